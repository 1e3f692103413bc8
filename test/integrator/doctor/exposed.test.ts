// What others could change: a file of the configuration, or any folder on the way to it.
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { exposed, exposedFinding } from "../../../src/integrator/doctor/exposed.ts";
import { removeScratch, scratch } from "../../support/scratch.ts";

let dir: string;
let folder: string;
let path: string;
beforeEach(() => {
  dir = scratch("exposed");
  folder = join(dir, "etc");
  path = join(folder, "people.toml");
  mkdirSync(folder, { mode: 0o755 });
  writeFileSync(path, "", { mode: 0o644 });
});
afterEach(() => removeScratch(dir));

test("a file that only its owner writes, and one that is not there", () => {
  expect(exposed([path, join(folder, "none")])).toEqual([]);
  expect(exposedFinding([])).toMatchObject({ id: "exposed", level: "ok" });
});

test.each([
  ["for everybody to write", () => chmodSync(path, 0o666), () => path],
  ["for its group to write", () => chmodSync(path, 0o660), () => path],
  ["in a folder for everybody to write", () => chmodSync(folder, 0o777), () => folder],
  ["in a folder for its group to write", () => chmodSync(folder, 0o775), () => folder],
  ["below a folder for everybody to write", () => chmodSync(dir, 0o777), () => dir],
] as const)("a file %s", (_, loosen, culprit) => {
  loosen();
  const found = exposed([path, path]);
  expect(found).toHaveLength(1);
  expect(found[0]).toContain(culprit());
  expect(exposedFinding(found)).toMatchObject({
    level: "fail",
    fix: expect.stringContaining("chmod") as string,
  });
});

test("a sticky folder lets nobody replace what is another's", () => {
  chmodSync(folder, 0o1777);
  expect(exposed([path])).toEqual([]);
});

test("a link is followed to the file, and both ways to it count", () => {
  const open = join(dir, "open");
  mkdirSync(open);
  chmodSync(open, 0o777);
  symlinkSync(path, join(open, "link"));
  expect(exposed([join(open, "link")])).toEqual([expect.stringContaining(open) as string]);
  chmodSync(path, 0o666);
  expect(exposed([join(open, "link")])).toHaveLength(2);
});
