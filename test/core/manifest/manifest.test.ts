// Manifests: a closed form, and an index that no file name can fool.
import { describe, expect, test } from "vitest";
import { digestSchema } from "../../../src/core/base/digest.ts";
import { manifestSchema, openManifest } from "../../../src/core/manifest/manifest.ts";

const OID = "1".repeat(40);
const DIGEST = "a".repeat(64);
const entry = { path: "a.md", mode: "100644", sha256: DIGEST, blob: OID, size: 1, lines: 1 };
const manifest = {
  version: 1,
  repository: "lab",
  ref: "refs/heads/main",
  commit: OID,
  tree: OID,
  policy: DIGEST,
  created: "2026-11-22T10:00:00.000Z",
  entries: [entry],
  omitted: [{ path: "link", reason: "symlink" }],
};

describe("refusals", () => {
  test.each<[string, object]>([
    ["a field too many", { ...manifest, path: "/home" }],
    ["a field too many in an entry", { ...manifest, entries: [{ ...entry, text: "x" }] }],
    ["a link that is served", { ...manifest, entries: [{ ...entry, mode: "120000" }] }],
    ["an empty path", { ...manifest, entries: [{ ...entry, path: "" }] }],
    ["a negative size", { ...manifest, entries: [{ ...entry, size: -1 }] }],
    ["a size that is infinite", { ...manifest, entries: [{ ...entry, size: Infinity }] }],
    ["another reason for an omission", { ...manifest, omitted: [{ path: "x", reason: "because" }] }],
    ["a ref that is none", { ...manifest, ref: "main" }],
    ["another version", { ...manifest, version: 3 }],
    ["a list of no redactions", { ...manifest, entries: [{ ...entry, redactions: [] }] }],
    [
      "a rule that masked nothing",
      { ...manifest, entries: [{ ...entry, redactions: [{ rule: "aws", count: 0 }] }] },
    ],
    [
      "a rule without a name",
      { ...manifest, entries: [{ ...entry, redactions: [{ rule: "]", count: 1 }] }] },
    ],
    ["no policy", { ...manifest, policy: undefined }],
  ])("%s", (_, value) => {
    expect(manifestSchema.safeParse(value).success).toBe(false);
  });
});

test("what was published before masking is read still, and what is masked now", () => {
  const redactions = [{ rule: "aws-access-key", count: 2 }];
  const now = { ...manifest, version: 2, entries: [{ ...entry, redactions }] };
  expect([manifestSchema.parse(manifest), manifestSchema.parse(now)]).toEqual([manifest, now]);
});

test("names of an object's own are names like any other, and listed only when they are", () => {
  const open = openManifest(
    digestSchema.parse(DIGEST),
    manifestSchema.parse({ ...manifest, entries: [entry, { ...entry, path: "__proto__" }] }),
  );
  expect(open.byPath.get("__proto__")?.path).toBe("__proto__");
  for (const name of ["constructor", "toString", "A.md", "link", "./a.md"])
    expect(open.byPath.has(name)).toBe(false);
  expect(open.byPath.get("a.md")).toEqual(entry);
});
