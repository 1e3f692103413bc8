// P17: snapshots are programs to the test runners that read them; only such as hold nothing but texts may pass.
import { afterAll, expect, test } from "vitest";
import { packageRoot } from "../../../src/io/file/config.ts";
import { loadRules } from "../../../src/io/file/rules.ts";
import { inspectorProgram, openInspector } from "../../../src/validator/scanners/inspector.ts";

const rules = JSON.stringify(loadRules(packageRoot())["static-analysis"].rules);
const inspector = openInspector(inspectorProgram(process.execPath, packageRoot()));
afterAll(() => inspector.close());

async function found(text: string, path = "test/__snapshots__/a.test.ts.snap"): Promise<readonly string[]> {
  return (await inspector.analyse([{ path, text }], rules)).found.map(({ rule }) => rule);
}

const running: readonly (readonly [string, string])[] = [
  ["a value that is worked out", "exports[`a 1`] = `${process.getBuiltinModule('x')}`;\n"],
  ["a name that is worked out", "exports[`a ${f()}`] = `b`;\n"],
  ["a call", "exports[`a 1`] = `b`;\nf();\n"],
  ["a call behind the text", "exports[`a 1`] = `b`, f();\n"],
  ["a tag", "exports[`a 1`] = f`b`;\n"],
  ["another target", "process[`a 1`] = `b`;\n"],
  ["a sum", "exports[`a 1`] = `b` + f();\n"],
  ["a default", "exports[`a 1`] ||= `b`;\n"],
  ["an escaped backslash before the sign", "exports[`a 1`] = `\\\\${f()}`;\n"],
  ["a comment that ends early for the language", "// Jest Snapshot v1\u2028f();\n\nexports[`a 1`] = `b`;\n"],
  ["a comment of markup", "<!-- x\nf();\n-->\nexports[`a 1`] = `b`;\n"],
  ["no JavaScript to the grammar", "exports[`a 1`] = `b\n"],
];

test.each(running)("P17: %s in a snapshot is told", async (_, text) => {
  expect(await found(text)).toContain("misread");
});

test("P17: of what runs in a snapshot, the imports are told, too", async () => {
  const text = "exports[`a 1`] = `${require('left-pad')}`;\n";
  const { imports } = await inspector.analyse([{ path: "a.storyshot", text }], rules);
  expect(imports.map(({ module }) => module)).toEqual(["left-pad"]);
});

const plain: readonly (readonly [string, string])[] = [
  [
    "a snapshot of Jest",
    "// Jest Snapshot v1, https://goo.gl/fbAQLP\n\nexports[`a 1`] = `\n<a>\n  b\n</a>\n`;\n",
  ],
  ["escapes", 'exports[`a \\`b\\` 1`] = `\\${f()} \\\\ \\``;\n\nexports[`c 1`] = `"eval(x)"`;\n'],
  [
    "a snapshot of Vitest with text of code",
    "exports[`a > b 1`] = `\n\"require('child_process').exec(x)\"\n`;\n",
  ],
  ["quotes", "exports['a 1'] = 'b';\n"],
  ["nothing", "// Vitest Snapshot v1, https://vitest.dev/guide/snapshot.html\n"],
  ["a snapshot of insta", "---\nsource: src/lib.rs\nexpression: x\n---\nSome(1)\n"],
];

test.each(plain)("%s passes", async (_, text) => {
  expect(await found(text)).toEqual([]);
});
