/** The minutes of a way as somebody wrote them; nothing when they are not 1 to 720. */
export function minutesOf(text: string): number | null {
  const trimmed = text.trim();
  if (!/^\d{1,3}$/.test(trimmed)) return null;
  const minutes = Number(trimmed);
  return minutes >= 1 && minutes <= 720 ? minutes : null;
}
