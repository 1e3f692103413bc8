// A secret that is looked for everywhere afterwards: in every form in which a file or a log could still hold it.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

function files(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true);
}

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
  return folders.flatMap(files).filter((path) => holds(bytesOf(path), secret));
}

/** Nothing where the file was moved meanwhile: whoever waits for it looks again, at its new place. */
function bytesOf(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return Buffer.alloc(0);
    throw error;
  }
}
