// A ban that the linter silently ignores (a renamed rule, a lost override) is worse than none: each is broken once.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { copyWith, lint } from "./arch.ts";

interface Slip {
  readonly rule: string;
  readonly text: string;
  readonly file?: string;
}

const slips: readonly Slip[] = [
  { rule: "eslint(no-restricted-properties)", text: "export const now = (): number => Date.now();" },
  { rule: "eslint(no-restricted-properties)", text: "export const clock = Date.now;" },
  { rule: "eslint(no-restricted-properties)", text: "export const now = (): number => performance.now();" },
  { rule: "eslint(no-restricted-properties)", text: "export const dice = (): number => Math.random();" },
  { rule: "eslint(no-restricted-properties)", text: 'export const home = process.env["HOME"];' },
  { rule: "eslint(no-restricted-properties)", text: "export const { env } = process;" },
  {
    rule: "eslint(no-restricted-properties)",
    text: 'export const fs = process.getBuiltinModule("node:fs");',
  },
  { rule: "eslint(no-console)", text: 'console.log("hello");\nexport const a = 1;' },
  { rule: "eslint(no-restricted-globals)", text: "export const ask = (url: string): unknown => fetch(url);" },
  {
    rule: "eslint(no-restricted-globals)",
    text: "export const ask = (url: string): unknown => globalThis.fetch(url);",
  },
  { rule: "eslint(no-restricted-globals)", text: "export const id = (): string => crypto.randomUUID();" },
  { rule: "eslint(no-restricted-imports)", text: 'export { sign } from "node:crypto";' },
  {
    rule: "eslint(no-restricted-imports)",
    text: 'export { randomUUID } from "node:crypto";',
    file: "src/core/slip.ts",
  },
  { rule: "import(no-default-export)", text: "export default 1;" },
  {
    rule: "import(no-dynamic-require)",
    text: "export const load = (name: string): unknown => import(name);",
  },
  { rule: "unicorn(prefer-node-protocol)", text: 'export { join } from "path";' },
  { rule: "typescript(no-explicit-any)", text: "export const a = (b: any): unknown => b;" },
  {
    rule: "typescript(no-floating-promises)",
    text: "export const a = (b: Promise<void>): void => {\n  b;\n};",
  },
  {
    rule: "typescript(consistent-type-imports)",
    text: 'export const a = (b: import("node:fs").Stats): unknown => b;',
  },
  { rule: "eslint(no-eval)", text: "export const a = (b: string): unknown => eval(b);" },
  { rule: "eslint(max-lines)", text: `export const a = [\n${"  1,\n".repeat(300)}];` },
];
const named = slips.map((slip, i) => ({ ...slip, file: slip.file ?? `src/gateway/slip${i}.ts` }));

const handedOn = "src/integrator/terminal/slip.ts";

let tree: ReturnType<typeof copyWith>;
let told: readonly string[];

beforeAll(() => {
  const faults: [string, string][] = named.map(({ file, text }) => [
    file,
    `// A slip of the pen.\n${text}\n`,
  ]);
  const taken =
    "// Takes them.\nexport const at = Date.now;\nexport const { env } = process;\nconsole.log(at());\n";
  tree = copyWith(Object.fromEntries([...faults, [handedOn, taken]]));
  told = lint(tree.dir);
});
afterAll(() => tree.remove());

describe("oxlint", () => {
  test.each(named)("catches $rule (%#)", ({ rule, file }) => {
    expect(told.filter((line) => line.startsWith(`${file}: `)).join("\n")).toContain(`${file}: ${rule}`);
  });

  test("lets the rooms that hand clock, environment and terminal on take them", () => {
    expect(told.filter((line) => line.startsWith(handedOn))).toEqual([]);
  });
});
