// Only evaluate.ts makes a yes: no other source of ours builds one, casts to one, or dresses another decision up as one.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { yesMakers, yesNames } from "../../support/yes.ts";

const root = join(import.meta.dirname, "../../../src");
const sources = new Map(
  readdirSync(root, { recursive: true, encoding: "utf8" })
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => path.endsWith(".ts"))
    .sort()
    .map((path): [string, string] => [path, readFileSync(join(root, path), "utf8")]),
);
const names = yesNames(sources.values());

/** Where the rules find something, and why it stands. */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  "core/gate/decision.ts": ["brand", "brand"], // declares the brand and the type that carries it
  "core/gate/evaluate.ts": ["function", "literal", "cast"], // the yes
  "core/gate/vector.ts": ["literal"], // the schema of a line of a vector file
  "gateway/actions/print.ts": ["cast"], // a Proxy that throws on every access, for describing tools
  "integrator/git/integrate.ts": ["spread"], // a refusal (behind `if (!held.allowed)`) with a longer trace
  "io/store/sqlite/session.ts": ["cast"], // a prepared statement, by the type of its rows
  "io/store/sqlite/subject-names.ts": ["cast"], // the same, of a file that is only read
};

test("in the whole of src, a yes is made in evaluate.ts and nowhere else", () => {
  expect(sources.size).toBeGreaterThan(200);
  const found = [...sources].map(([path, text]) => [path, yesMakers(text, names)] as const);
  expect(Object.fromEntries(found.filter(([, rules]) => rules.length > 0))).toEqual(KNOWN);
});

test("nobody but decision.ts and its readers names the type, and nobody renames it", () => {
  expect([...names].sort()).toEqual(["Allowed", "Decision"]);
});

describe("the net catches", () => {
  test.each<[string, string]>([
    ["cast", "export const yes = { allowed: false, gate: 'g' } as unknown as Allowed;"],
    ["cast", "export const yes = <Allowed>made;"],
    ["cast", "export const yes = made as Decision;"],
    ["cast", "export const yes = made as Extract<Decision, { allowed: true }>;"],
    ["cast", "export const yes = made as ReturnType<typeof evaluate>;"],
    ["cast", "export const yes = made as Readonly<Allowed>;"],
    ["cast", "land(made as never);"],
    ["cast", "land(made as any);"],
    ["cast", "function cast<T>(from: unknown): T { return from as T; }\nland(cast({}));"],
    ["cast", "const cast = <T,>(from: unknown) => from as T & object;"],
    ["literal", "export const yes = { allowed: true, gate: 'g', trace: [] };"],
    ["literal", "export const yes = { 'allowed': true };"],
    ["literal", "export const yes = { ['allowed']: true };"],
    ["literal", "export const yes = (allowed: boolean) => ({ allowed });"],
    ["literal", "export const yes = (ok: boolean) => ({ gate: 'g', allowed: ok });"],
    ["literal", "export const yes = { allowed: !0 };"],
    ["predicate", "export function isYes(made: unknown): made is Allowed { return true; }"],
    ["predicate", "export function assertYes(made: unknown): asserts made is Allowed {}"],
    ["type argument", "export const yes = cast<Allowed>({});"],
    ["type argument", "export const yes = new Box<Decision>(made).open();"],
    ["annotation", "export const yes: Allowed = JSON.parse(text);"],
    ["annotation", "export const yes: readonly Allowed[] = [JSON.parse(text)];"],
    ["annotation", "declare const yes: Allowed;"],
    ["function", "export function yes(): Decision { return JSON.parse(text); }"],
    ["function", "export const yes = (): Allowed => made;"],
    ["function", "export class Yes { make(): Promise<Allowed> { return made; } }"],
    ["function", "declare function yes(): Allowed;"],
    ["class", "export class Yes implements Allowed {}"],
    ["assignment", "decision.allowed = true;"],
    ["assignment", "decision['allowed'] = true;"],
    ["assignment", "Object.defineProperty(decision, 'allowed', { value: true });"],
    ["assignment", "Reflect.set(decision, 'allowed', true);"],
    ["brand", "export const yes = { [allowedBrand]: true };"],
    ["spread", "const other = (yes: Allowed) => ({ ...yes, gate: 'another' });"],
    ["spread", "const first = evaluate(gate, []);\nland({ ...first, gate: 'another' });"],
    ["spread", "land({ ...found.decision, gate: 'another' });"],
  ])("%s: %s", (rule, text) => {
    expect(yesMakers(text, names)).toContain(rule);
  });

  test("an alias, an import under another name, a type that extends it, over two files", () => {
    const files = [
      'import type { Allowed as Ok } from "./decision.ts";\nexport type Go = Ok;',
      'import type { Go } from "./a.ts";\nexport interface Went extends Go { readonly at: number }',
    ];
    const found = yesNames(files);
    expect([...found]).toEqual(expect.arrayContaining(["Ok", "Go", "Went"]));
    expect(yesMakers("export const yes = made as Went;", found)).toEqual(["cast"]);
  });

  test("nothing in a refusal, a call of evaluate, or the mere passing on of a decision", () => {
    const fine = [
      "export const no = { allowed: false, gate: 'g' };",
      "export const decision: Decision = evaluate(gate, []);",
      "export function decide(): Decision { return evaluate(gate, []); }",
      "export function land(allowed: Allowed): void { write(allowed.gate); }",
      "export const names = ['a'] as const;",
      "export const list = { allowed: (address: string) => address === peer };",
    ];
    expect(fine.flatMap((text) => yesMakers(text, names))).toEqual([]);
  });
});
