// What everybody may know: examples that makers of tokens printed in manuals, and keys that a site gives to every browser.
import { sha256 } from "../base/digest.ts";

/** By digest: no scanner of this repository finds one here. */
const PUBLISHED: ReadonlySet<string> = new Set([
  "78314b11be2e581549ac1c4f616563fad3fdf0c3b71678f6e2299182080e0598", // secret key in manuals of AWS
  "7f75367e7881255134e1375e723d1dea8ad5f6a4fdb79d938df1f1754a830606", // first token of jwt.io
]);
const LENGTHS: ReadonlySet<number> = new Set([40, 155]);

export function isPublished(secret: string): boolean {
  return LENGTHS.has(secret.length) && PUBLISHED.has(sha256(secret));
}

const REACH = 200;

/** A public token of Mapbox; a key of Firebase beside the domain of the site that shows it. Both open more where nobody bounded them. */
export function isOfSite(text: string, start: number): boolean {
  if (text.startsWith("pk.eyJ", start)) return true;
  return text.startsWith("AIza", start) && text.slice(start, start + REACH).includes("authDomain");
}
