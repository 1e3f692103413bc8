// D19: anchors; the table of kinds is in test/vectors/gate/anchors.jsonl.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { canonical } from "../../../src/core/base/canonical.ts";
import { anchorFault } from "../../../src/core/gate/anchor.ts";

const rule = { type: "file_path_rooted", fields: ["path", "root_id"] };
const value = canonical({ path: "a.json", root_id: "main" });

test("what base/canonical.ts writes passes, and no other spelling of it does", () => {
  const text = fc.string({ unit: "binary" });
  fc.assert(
    fc.property(text, text, fc.nat(), fc.constantFrom(" ", "\n", "\t"), (path, root_id, at, space) => {
      const written = canonical({ path, root_id });
      expect(anchorFault(rule, { type: rule.type, value: written })).toBeUndefined();
      const place = at % (written.length + 1);
      const spaced = written.slice(0, place) + space + written.slice(place);
      // White space inside a text makes another text; outside it makes another spelling.
      if (JSON.stringify(read(spaced)) === JSON.stringify(read(written))) {
        expect(anchorFault(rule, { type: rule.type, value: spaced })).toBe("anchor_canonical");
      }
    }),
  );
});

function read(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

test("no rule asks for nothing; a rule without an anchor is not met", () => {
  expect(anchorFault(undefined, undefined)).toBeUndefined();
  expect(anchorFault(undefined, { type: "", value: "no JSON" })).toBeUndefined();
  expect(anchorFault(rule, undefined)).toBe("anchor_missing");
  expect(anchorFault(rule, { type: rule.type, value })).toBeUndefined();
});

test("the table of D19 holds every fault that there is", () => {
  const file = readFileSync(join(import.meta.dirname, "../../vectors/gate/anchors.jsonl"), "utf8");
  const details = file
    .trimEnd()
    .split("\n")
    .map((line) => (JSON.parse(line) as { readonly detail: string | null }).detail);
  const kinds = [
    "anchor_canonical",
    "anchor_field_missing",
    "anchor_field_type",
    "anchor_json",
    "anchor_missing",
    "anchor_object",
    "anchor_type",
  ];
  expect(details.length).toBeGreaterThan(18);
  expect([...new Set(details.filter((detail) => detail !== null))].sort()).toEqual(kinds);
});
