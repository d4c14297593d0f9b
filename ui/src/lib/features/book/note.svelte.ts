/** The note that is being written, kept while the customer goes away to sign in. */
export const kept = $state({ note: '' });
