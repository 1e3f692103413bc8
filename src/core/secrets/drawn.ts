// What tells a drawn value from one that somebody wrote to show where a secret would stand.

/** Shannon entropy in bits for each character. */
export function entropyOf(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  let sum = 0;
  for (const count of counts.values()) sum -= (count / text.length) * Math.log2(count / text.length);
  return sum;
}

/** The value itself says that it is none: what stands around it, a comment say, is never asked. */
export function isPlaceholder(secret: string): boolean {
  return /EXAMPLE|^(.)\1{0,400}$|(.)\2{9}/.test(secret);
}
