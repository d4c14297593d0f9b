/** The server's address in what somebody pasted: a bare name, an address, any page there, or a `datebook://` link. */
export function serverIn(text: string): string {
  const pasted = text.trim();
  if (!pasted) return '';
  if (!/^datebook:/i.test(pasted)) return pasted;
  try {
    return new URL(pasted).searchParams.get('server') ?? '';
  } catch {
    return '';
  }
}
