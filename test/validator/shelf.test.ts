// The shelf: what lies there is not opened again, what is too old is, and a failure is not kept.
import { expect, test } from "vitest";
import { sha256 } from "../../src/core/base/digest.ts";
import type { GitOid } from "../../src/core/base/ids.ts";
import { type Manifest, openManifest, type OpenManifest } from "../../src/core/manifest/manifest.ts";
import { Shelf } from "../../src/validator/shelf.ts";

const base = (name: string): OpenManifest =>
  openManifest(sha256(name), { entries: [] } as unknown as Manifest);

test("two bases are kept, the third one displaces the oldest", async () => {
  const shelf = new Shelf();
  let opened = "";
  const take = (name: string): Promise<OpenManifest | undefined> =>
    shelf.manifest(sha256(name), () => {
      opened += name;
      return Promise.resolve(base(name));
    });
  for (const name of ["a", "b", "a", "b", "c", "a", "c"])
    expect((await take(name))?.digest).toBe(sha256(name));
  expect(opened).toBe("abca");
});

test("a base that could not be opened is looked for again", async () => {
  const shelf = new Shelf();
  expect(await shelf.manifest(sha256("a"), () => Promise.resolve(undefined))).toBeUndefined();
  expect((await shelf.manifest(sha256("a"), () => Promise.resolve(base("a"))))?.digest).toBe(sha256("a"));
});

test("of filled indexes two are kept, and none that is too large", () => {
  const shelf = new Shelf();
  const tree = (digit: string): GitOid => digit.repeat(40) as GitOid;
  shelf.keepLoaded(tree("0"), new Uint8Array(33_554_433));
  expect(shelf.loaded(tree("0"))).toBeUndefined();
  for (const digit of ["1", "2", "3"]) shelf.keepLoaded(tree(digit), Buffer.from(digit));
  expect(["1", "2", "3"].map((digit) => shelf.loaded(tree(digit)))).toEqual([
    undefined,
    Buffer.from("2"),
    Buffer.from("3"),
  ]);
});
