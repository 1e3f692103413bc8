// A key that a person names is read from a regular file of a key's size, and from nothing else.
import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readKey } from "../../src/integrator/context.ts";
import { removeScratch, scratch } from "../support/scratch.ts";
import { throwAwayKey } from "../support/verdicts.ts";

let dir: string;
const at = (name: string): string => join(dir, name);
const key = throwAwayKey();
beforeEach(() => {
  dir = scratch("key");
  writeFileSync(at("key.pem"), key.pem);
});
afterEach(() => removeScratch(dir));

describe("a public key", () => {
  test.each<[string, () => void, string]>([
    ["is a fifo that nobody writes", () => execFileSync("mkfifo", [at("odd")]), "is not a regular file"],
    [
      "is larger than any key, and than memory",
      () => {
        writeFileSync(at("odd"), key.pem);
        truncateSync(at("odd"), 2 ** 40);
      },
      "is larger than 10000 bytes",
    ],
    ["is a folder", () => mkdirSync(at("odd")), "is not a regular file"],
    ["is a device", () => symlinkSync("/dev/zero", at("odd")), "is not a regular file"],
    ["is not there", () => undefined, "is not there"],
    ["is a link to nowhere", () => symlinkSync(at("nowhere"), at("odd")), "is a symbolic link"],
  ])("that %s is refused at once", (_what, make, why) => {
    make();
    expect(() => readKey(at("odd"))).toThrow(
      expect.objectContaining({
        code: "key_unusable",
        message: `cannot read the public key ${at("odd")}: it ${why}`,
      }),
    );
  });

  test("may be mounted as a link", () => {
    symlinkSync("key.pem", at("odd"));
    expect(readKey(at("odd")).keyid).toBe(key.keyid);
  });
});
