// Whoever alters a bundle, with no key at all, is refused before reading it costs more than a genuine one.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { canonical } from "../../../src/core/base/canonical.ts";
import { examineBundle } from "../../../src/integrator/bundle/examine.ts";
import { type Bundle, listOf, type Members } from "../../../src/integrator/bundle/file.ts";
import { type BundleLab, bundleLab, writtenBundle } from "../../support/bundle-lab.ts";

let lab: BundleLab;
const made: Partial<Record<"patch" | "incident", Bundle>> = {};
beforeAll(async () => {
  lab = await bundleLab();
  made.patch = await lab.patch();
  made.incident = await lab.incidents();
});
afterAll(() => lab.remove());

/** As anybody can make it: other members, and a list over them. */
const altered = (kind: "patch" | "incident", files: Readonly<Record<string, Uint8Array>>): Uint8Array => {
  const members: Members = new Map([...made[kind]!.members, ...Object.entries(files)]);
  return writtenBundle({ ...made[kind]!, members, list: listOf(made[kind]!.list, members) });
};
const member = (kind: "patch" | "incident", path: string): string =>
  Buffer.from(made[kind]!.members.get(path) ?? []).toString();

describe("a file of more parts than a bundle has is not parsed", () => {
  const format = '{"format":"countersign-bundle/v1","list":';
  test.each([
    ["a list of numbers", `${format}[${"0,".repeat(150_000)}0],"members":{},"seal":{}}\n`],
    ["lists in lists", `${format}${"[".repeat(150_000)}${"]".repeat(150_000)},"members":{},"seal":{}}\n`],
    [
      "members without end",
      `${format}{},"members":{${Array.from({ length: 50_000 }, (_, n) => `"m${n}":"AA=="`).join(",")}},"seal":{}}\n`,
    ],
  ])("%s", (_, text) => {
    const { verdict, where, why } = examineBundle(Buffer.from(text), lab.terms);
    expect([verdict, where, why]).toEqual(["failed", "file", expect.stringContaining("more parts than")]);
  });

  test("the largest list of members has fewer", () => {
    const members = new Map(Array.from({ length: 5000 }, (_, n) => [`m/${n}`, Buffer.from(`${n}`)] as const));
    const bytes = writtenBundle({ ...made.patch!, members, list: listOf(made.patch!.list, members) });
    expect(examineBundle(bytes, lab.terms)).toMatchObject({ verdict: "failed", where: "log/" });
  });
});

test.each(["order.json", "verdict.dsse.json", "log/2026-10.checkpoint", "policy.json", "public-keys.json"])(
  "a member larger than any of its kind is not parsed, whoever sealed it: %s",
  (path) => {
    const bytes = Buffer.from(canonical(Array.from({ length: 530_000 }, () => 0)));
    const members = new Map([...made.patch!.members, [path, bytes] as const]);
    expect(examineBundle(writtenBundle(lab.sealed(made.patch!, members)), lab.terms)).toMatchObject({
      verdict: "failed",
      where: path,
      why: expect.stringContaining("larger than") as unknown,
    });
  },
);

describe("lines of an incident", () => {
  const [file, name] = ["log/2026-11.ndjson", "log/2026-11.slice"];
  const sliced = (to: (from: number) => number, lines: string): Uint8Array => {
    const slice = JSON.parse(member("incident", name)) as { from: number };
    const bent = canonical({ ...slice, to: to(slice.from) });
    return altered("incident", { [file]: Buffer.from(lines), [name]: Buffer.from(bent) });
  };

  test("more of them than the checkpoint covers", () => {
    const bytes = sliced((from) => from + 100_000, "\n".repeat(100_000));
    expect(examineBundle(bytes, lab.terms)).toMatchObject({
      where: name,
      why: expect.stringContaining("entries, and its checkpoint covers") as unknown,
    });
  });

  test("too short for entries", () => {
    const bytes = sliced((from) => from + 10, `${"x".repeat(50)}\n`.repeat(10));
    expect(examineBundle(bytes, lab.terms)).toMatchObject({
      where: file,
      why: "its lines are too short for entries",
    });
  });

  test("another number than their proof is about", () => {
    const bytes = sliced((from) => from + 10, member("incident", file));
    expect(examineBundle(bytes, lab.terms)).toMatchObject({
      where: file,
      why: expect.stringMatching(/^it has \d+ lines, not 10$/) as unknown,
    });
  });
});

test("the checkpoint of a proof is compared with its month's before any signature of it is looked at", () => {
  const path = [...made.patch!.members.keys()].find((name) =>
    /^log\/2026-11-[1-9]\d*\.tlog-proof$/.test(name),
  )!;
  // Signed by nobody: to say so, somebody would have had to verify it.
  const unsigned = member("patch", path).replace(/\n— .*\n$/, "\n— nobody AAAAAAAAAAAA\n");
  expect(examineBundle(altered("patch", { [path]: Buffer.from(unsigned) }), lab.terms)).toMatchObject({
    where: path,
    why: "it is under another checkpoint than its month's",
  });
});
