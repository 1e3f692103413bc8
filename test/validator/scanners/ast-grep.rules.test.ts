// P17: every rule of static analysis both ways, on our own code: what it has to find, and what it has to leave alone.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "smol-toml";
import { afterAll, expect, test } from "vitest";
import { z } from "zod";
import { languages } from "../../../src/core/analysis/rules.ts";
import { packageRoot } from "../../../src/io/file/config.ts";
import { loadRules } from "../../../src/io/file/rules.ts";
import { inspectorProgram, openInspector } from "../../../src/validator/scanners/inspector.ts";

const home = join(import.meta.dirname, "../../vectors/static-analysis");
const cases = z.record(z.string(), z.tuple([z.array(z.string()).min(1), z.array(z.string()).min(1)]));
const fileSchema = z.strictObject({ extension: z.string(), vectors: cases, whole: cases.optional() });

const pack = loadRules(packageRoot())["static-analysis"];
const rules = JSON.stringify(pack.rules);
const inspector = openInspector(inspectorProgram(process.execPath, packageRoot()));
afterAll(() => inspector.close());

/** Java and Go have no code outside of functions, PHP none outside of its tags. */
const AROUND: Readonly<Record<string, (code: string) => string>> = {
  java: (code) =>
    `class A {\n void f(HttpServletRequest request, String cmd) throws Exception {\n${code}\n}\n}\n`,
  php: (code) => `<?php\n${code}\n`,
  go: (code) => `package p\n\nfunc f(w http.ResponseWriter, r *http.Request, name string) {\n${code}\n}\n`,
};

const vectors = readdirSync(home).flatMap((name) => {
  const {
    extension,
    vectors: parts,
    whole = {},
  } = fileSchema.parse(parse(readFileSync(join(home, name), "utf8")));
  const around = AROUND[extension] ?? ((code: string): string => `${code}\n`);
  const as = (all: z.infer<typeof cases>, make: (code: string) => string): readonly Vector[] =>
    Object.entries(all).flatMap(([rule, [bad, good]]) => [
      ...bad.map((code) => ({ rule, path: `a.${extension}`, text: make(code), weak: true })),
      ...good.map((code) => ({ rule, path: `a.${extension}`, text: make(code), weak: false })),
    ]);
  return [...as(parts, around), ...as(whole, (code) => code)];
});

interface Vector {
  readonly rule: string;
  readonly path: string;
  readonly text: string;
  readonly weak: boolean;
}

async function rulesOf(vector: Vector): Promise<readonly string[]> {
  return (await inspector.analyse([vector], rules)).found.map(({ rule }) => rule);
}

test("there are at least ninety rules, for each language some, and each has vectors", () => {
  const tried = new Set(vectors.map(({ rule }) => rule));
  expect(pack.rules.length).toBeGreaterThanOrEqual(90);
  for (const language of languages) expect(pack.rules.some((rule) => rule.in.includes(language))).toBe(true);
  expect(pack.rules.map(({ id }) => id).filter((id) => !tried.has(id))).toEqual([]);
  expect([...tried].filter((id) => !pack.rules.some((rule) => rule.id === id))).toEqual([]);
});

test.each(vectors.filter(({ weak }) => weak))("P17: $rule finds $text", async (vector) => {
  expect(await rulesOf(vector)).toContain(vector.rule);
});

test.each(vectors.filter(({ weak }) => !weak))("$rule leaves $text alone", async (vector) => {
  const found = await rulesOf(vector);
  expect(found).not.toContain(vector.rule);
  expect(found).not.toContain("unreadable");
});

// eval, and keys in the code: what P17 names, in a file like any other.
test("P17: the dangerous patterns of the set are found to 95 % and more", async () => {
  const weak = vectors.filter(({ weak: is }) => is);
  const found = await Promise.all(weak.map(rulesOf));
  expect(found.filter((some) => some.length > 0).length / weak.length).toBeGreaterThanOrEqual(0.95);
});
