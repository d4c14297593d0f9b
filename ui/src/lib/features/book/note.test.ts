import { beforeEach, describe, expect, it } from 'vitest';

import { Notes } from './note.svelte';

const at = (id: string, customer: string | null) => ({ id, customer });

let notes: Notes;
beforeEach(() => (notes = new Notes()));

describe('a note that is being written', () => {
  it('is for one business', () => {
    notes.write(at('salon', 'me'), 'Allergic to nuts.');
    expect(notes.of(at('garage', 'me')), 'the garage learns nothing of it').toBe('');
    expect(notes.of(at('salon', 'me')), 'there it is still').toBe('Allergic to nuts.');
  });

  it('is of one customer', () => {
    notes.write(at('salon', 'me'), 'Allergic to nuts.');
    notes.claim(at('salon', 'you'));
    expect(notes.of(at('salon', 'you')), 'whoever signs in next begins anew').toBe('');
    expect(notes.of(at('salon', null)), 'nor does it lie there in between').toBe('');
  });

  it('goes along when its writer signs in to send it', () => {
    notes.write(at('salon', null), 'By the window, please.');
    notes.claim(at('salon', null));
    notes.claim(at('garage', 'me'));
    notes.claim(at('salon', 'me'));
    expect(notes.of(at('salon', 'me')), 'nothing has to be written twice').toBe('By the window, please.');
    notes.claim(at('salon', 'you'));
    expect(notes.of(at('salon', 'you')), 'and it is theirs alone').toBe('');
  });

  it('survives a refresh', () => {
    notes.write(at('salon', 'me'), 'Later, please.');
    const afresh = new Notes();
    afresh.restore(notes.capture());
    expect(afresh.of(at('salon', 'me'))).toBe('Later, please.');
  });

  it('comes to nobody else by going back', () => {
    notes.restore({});
    notes.write(at('salon', null), 'By the window, please.');
    const before = notes.capture();
    notes.claim(at('salon', 'me'));
    notes.restore(before);
    notes.claim(at('salon', 'you'));
    expect(notes.of(at('salon', 'you')), 'whom it does not concern').toBe('');
    expect(notes.of(at('salon', 'me')), 'and its writer has it still').toBe('By the window, please.');
  });
});
