// What base64 says, of either alphabet, whole or cut off.

/** Undefined when it is none. */
export function decoded(run: string): string | undefined {
  const bare = run
    .replace(/={0,2}$/, "")
    .replaceAll("-", "+")
    .replaceAll("_", "/");
  try {
    return atob(bare.slice(0, bare.length - (bare.length % 4 === 1 ? 1 : 0)));
  } catch {
    return undefined;
  }
}
