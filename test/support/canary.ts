// A secret that is looked for everywhere afterwards: in every form in which a file or a log could still hold it.
import { standingBytes, standingFiles } from "./standing.ts";

/** As it is, in base64 at each of its three offsets, and without its last characters: a cut secret is half a secret. */
function forms(secret: string): readonly Buffer[] {
  const shifted = [0, 1, 2].map((by) => {
    const text = Buffer.from("x".repeat(by) + secret).toString("base64");
    return text.slice(4, text.length - 4 - (text.length % 4));
  });
  return [secret, secret.slice(0, 24), secret.slice(8), ...shifted].map((text) => Buffer.from(text));
}

export function holds(bytes: Buffer, secret: string): boolean {
  return forms(secret).some((form) => bytes.includes(form));
}

/** Every file below these folders that holds it. */
export function filesWith(secret: string, folders: readonly string[]): readonly string[] {
  return folders.flatMap(standingFiles).filter((path) => holds(standingBytes(path), secret));
}
