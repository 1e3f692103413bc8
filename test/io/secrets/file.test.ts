// Secret files: whatever somebody else could have read or chosen is refused, and nothing that is refused is shown.
import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, lchownSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { MAX_SECRET_BYTES, readSecretFile } from "../../../src/io/secrets/file.ts";
import { removeScratch, scratch } from "../../support/scratch.ts";

const folder = scratch("secrets");
afterAll(() => removeScratch(folder));

const uid = process.getuid?.() ?? 0;
const SECRET = "canary-of-a-secret-file";
let made = 0;
const put = (content: string | Uint8Array, mode = 0o600): string => {
  const path = join(folder, `s${++made}`);
  writeFileSync(path, content);
  chmodSync(path, mode);
  return path;
};

describe("read", () => {
  test.each<[string, string | Uint8Array, string]>([
    ["as it is", SECRET, SECRET],
    ["without the line break at its end", `${SECRET}\n`, SECRET],
    ["without both characters of it", `${SECRET}\r\n`, SECRET],
    ["with all others", `${SECRET}\n\n`, `${SECRET}\n`],
    ["up to its full size", "x".repeat(MAX_SECRET_BYTES), "x".repeat(MAX_SECRET_BYTES)],
  ])("%s", (_, content, text) => {
    expect(readSecretFile(put(content), uid)).toBe(text);
  });

  test("for its owner alone, also read-only, and by a link of our own", () => {
    const path = put(SECRET, 0o400);
    const link = join(folder, "link");
    symlinkSync(path, link);
    expect(readSecretFile(path, uid)).toBe(SECRET);
    expect(readSecretFile(link, uid)).toBe(SECRET);
  });
});

describe("refused", () => {
  const refused = (path: string, why: RegExp, asUid = uid): void => {
    let said = "";
    try {
      readSecretFile(path, asUid);
    } catch (cause) {
      said = String(cause);
    }
    expect(said).toMatch(why);
    expect(said).toContain(path);
    expect(said).not.toContain(SECRET);
  };

  test.each([0o640, 0o604, 0o620, 0o602, 0o610, 0o644, 0o777])("mode %o", (mode) => {
    refused(put(SECRET, mode), /group or others/);
  });

  test("one byte too many", () => refused(put("x".repeat(MAX_SECRET_BYTES + 1)), /larger than 4096/));
  test("nothing there", () => refused(join(folder, "none"), /does not exist/));
  test("bytes that are no text", () => refused(put(new Uint8Array([0xff, 0xfe])), /UTF-8/));

  test("a folder", () => {
    const path = join(folder, "folder");
    mkdirSync(path, { mode: 0o700 });
    refused(path, /not a regular file|cannot be read/);
  });

  test("a fifo, without waiting for its writer", () => {
    const path = join(folder, "fifo");
    execFileSync("mkfifo", ["-m", "600", path]);
    refused(path, /not a regular file/);
  });

  test("a device", () => refused("/dev/null", /not a regular file/));

  test.skipIf(uid !== 0)("a file of somebody else, and a link of somebody else to a good one", () => {
    const path = put(SECRET);
    chownSync(path, 4242, 4242);
    refused(path, /somebody else/);
    const link = join(folder, "foreign");
    symlinkSync(put(SECRET), link);
    lchownSync(link, 4242, 4242);
    refused(link, /link that belongs to somebody else/);
  });
});
