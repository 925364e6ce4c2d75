/** A value that somebody wrote, as a label: words only, because free text would be a label without bounds. */
export function wordOr(text: string | undefined, otherwise: string): string {
  return text !== undefined && /^[A-Za-z][A-Za-z_-]{0,39}$/.test(text) ? text : otherwise;
}
