// What docs/formats/bundle.md has people type over a file that nobody verified: nothing is written but below its own folder.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { sha256 } from "../../src/core/base/digest.ts";
import { utf8 } from "../../src/core/base/bytes.ts";
import { removeScratch, scratch } from "../support/scratch.ts";
import { needs } from "../support/needs.ts";

const page = readFileSync(join(import.meta.dirname, "../../docs/formats/bundle.md"), "utf8");
const [, unpack = ""] = /```sh\n([^]*?)```/.exec(page) ?? [];

let above: string;
let folder: string;
beforeEach(() => {
  above = scratch("unpack");
  folder = join(above, "here");
  mkdirSync(folder);
});
afterEach(() => removeScratch(above));

/** As typed into a shell, line by line: a command that fails ends nothing. */
function typed(
  members: Readonly<Record<string, string>>,
  digestOf = sha256,
): { all: string[]; said: string } {
  const rows = Object.entries(members).map(([path, text]) => ({ path, sha256: digestOf(utf8(text)) }));
  const coded = Object.entries(members).map(([path, text]) => [path, Buffer.from(text).toString("base64")]);
  const file = {
    list: { members: rows },
    members: Object.fromEntries(coded) as object,
    seal: { receipt: "" },
  };
  writeFileSync(join(folder, "b.json"), JSON.stringify(file));
  const { stdout, stderr } = spawnSync("bash", ["-c", unpack], { cwd: folder, encoding: "utf8" });
  const all = readdirSync(above, { recursive: true, encoding: "utf8" });
  return { all: all.filter((name) => !["here", "here/b.json"].includes(name)), said: stdout + stderr };
}

test
  .skipIf(!needs("jq") || !needs("openssl"))
  .each([
    "../escaped.txt",
    "a/../../escaped.txt",
    "/tmp/countersign-escaped.txt",
    "a/../../../escaped.txt",
    "a\n../../escaped.txt",
    "escaped.txt\n",
    "\nescaped.txt",
    "..",
    ".escaped",
    "-escaped",
    "a//escaped",
    "a/b/c/d/escaped",
    "$(touch escaped)",
    "a`touch escaped`",
    "Escaped",
    "",
  ])("a member called %j: not one member is written", (name) => {
  const { all, said } = typed({ a1: "x", [name]: "owned" });
  expect(all).toEqual([]);
  expect(existsSync("/tmp/countersign-escaped.txt")).toBe(false);
  expect(said).toContain("has a name that no bundle has");
});

test.skipIf(!needs("jq") || !needs("openssl"))(
  "names of a bundle are unpacked, and bytes of another digest told",
  () => {
    const members = {
      "order.json": "{}",
      "log/2026-11.checkpoint": "note\n",
      "patches/0a/landings/b-1.json": "x",
    };
    const good = typed(members);
    expect(good.said).not.toMatch(/FAILED|error/);
    for (const [path, text] of Object.entries(members))
      expect(readFileSync(join(folder, "out", path), "utf8")).toBe(text);
  },
);

test.skipIf(!needs("jq") || !needs("openssl"))("bytes that are not those of the list", () => {
  expect(typed({ "order.json": "{}" }, () => sha256("others")).said).toContain("order.json: FAILED");
});

test.skipIf(!needs("jq") || !needs("openssl"))(
  "a folder that is there already, or a link, is not unpacked into",
  () => {
    mkdirSync(join(above, "target"));
    symlinkSync(join(above, "target"), join(folder, "out"));
    typed({ a1: "x" });
    expect(readdirSync(join(above, "target"))).toEqual([]);
  },
);
