// P17: where lists limit what code may import, every way to a module by another name is one that the lists are about.
import { afterAll, expect, test } from "vitest";
import { importJudge } from "../../../src/core/analysis/imports.ts";
import { packageRoot } from "../../../src/io/file/config.ts";
import { loadRules } from "../../../src/io/file/rules.ts";
import { inspectorProgram, openInspector } from "../../../src/validator/scanners/inspector.ts";

const rules = JSON.stringify(loadRules(packageRoot())["static-analysis"].rules);
const inspector = openInspector(inspectorProgram(process.execPath, packageRoot()));
afterAll(() => inspector.close());

const FEW = importJudge({
  allowed_imports: ["react", "lodash", "fmt", "java.util", "pathlib", "shutil", "importlib.util"],
  denied_imports: [],
});
const NOT_THESE = importJudge({
  allowed_imports: ["*"],
  denied_imports: ["child_process", "os", "subprocess", "os/exec", "evil", "java.net"],
});
const OPEN = importJudge({ allowed_imports: ["*"], denied_imports: [] });

async function judged(path: string, text: string, judge: typeof FEW): Promise<readonly string[]> {
  const { imports } = await inspector.analyse([{ path, text }], rules);
  return imports.map(({ module }) => judge(module)).filter((word) => word !== "allowed");
}

const both: readonly (readonly [string, string])[] = [
  ["a.jsx", "/** @jsxImportSource evil */\nexport const a = <b/>;\n"],
  ["a.jsx", "/** @jsx require */\nexport const a = <b/>;\n"],
  ["a.ts", '/// <reference types="evil" />\n'],
  ["a.js", 'Object.values(require.cache)[0].require("evil");\n'],
  ["a.js", 'require["call"](module, "evil");\n'],
  ["a.js", 'require.apply(null, ["evil"]);\n'],
  ["a.js", '[require][0]("evil");\n'],
  ["a.js", 'const o = { r: require };\no.r("evil");\n'],
  ["a.js", "export const o = { require };\n"],
  ["a.js", '["evil"].map(require);\n'],
  ["a.js", 'export const f = (r = require) => r("evil");\n'],
  ["a.js", 'Reflect.apply(require, null, ["evil"]);\n'],
  ["a.js", 'module.parent.require("evil");\n'],
  ["a.js", "export const f = [process.getBuiltinModule];\n"],
  ["a.js", 'arguments[1]("evil");\n'],
  ["a.js", 'import.meta.glob("../node_modules/evil/*.js");\n'],
  ["a.js", 'import.meta.glob(["./a.js", "../node_modules/evil/*.js"]);\n'],
  ["a.js", 'new Worker("evil");\n'],
  ["a.js", 'new Worker(new URL("../node_modules/evil/x.js", import.meta.url));\n'],
  ["a.js", "new Worker(name);\n"],
  ["a.js", 'importScripts("./a.js", "evil");\n'],
  ["a.py", '__loader__.load_module("subprocess")\n'],
  ["a.py", '__spec__.loader.load_module("subprocess")\n'],
  ["a.py", 'exec("import subprocess")\n'],
  ["a.py", 'import shutil\nshutil.os.system("id")\n'],
  ["a.py", "import shutil as s\nrun = s.os\n"],
  ["a.py", 'import importlib.util\nimportlib.util.os.remove("x")\n'],
  ["a.py", 'from pathlib import os as p\np.remove("x")\n'],
  ["a.py", 'from shutil import _os\n_os.remove("x")\n'],
  ["A.java", 'class A { Object f() throws Exception { return Class.forName("java.net.Socket"); } }\n'],
  ["A.java", "class A { Object f(String s) throws Exception { return Class.forName(s); } }\n"],
  [
    "A.java",
    'class A { Object f(ClassLoader l) throws Exception { return l.loadClass("java.net.Socket"); } }\n',
  ],
  ["module-info.java", "module a { requires java.net.http; }\n"],
  ["A.java", "import module java.net.http;\nclass A {}\n"],
  ["a.go", 'package a\n\nimport "syscall"\n\nvar R = syscall.ForkExec\n'],
  ["a.go", 'package a\n\nimport _ "unsafe"\n\n//go:linkname s os.StartProcess\nfunc s()\n'],
  ["a.mjs", 'import x from "#evil";\n'],
];

test.each(both)("P17: %s gets at a module by a detour: %s", async (path, text) => {
  expect(await judged(path, text, FEW)).not.toEqual([]);
  expect(await judged(path, text, NOT_THESE)).not.toEqual([]);
  expect(await judged(path, text, OPEN)).toEqual([]);
});

test.each([
  ["import posix\n"],
  ["import _posixsubprocess\n"],
  ['import pkgutil\npkgutil.resolve_name("subprocess:run")\n'],
  ['import runpy\nrunpy.run_module("subprocess")\n'],
])("P17: a denied module has other names: %s", async (text) => {
  expect(await judged("a.py", text, NOT_THESE)).toEqual(["denied"]);
});

test.each([
  ["a.js", 'const react = require("react");\nif (require.main === module) react.f();\n'],
  ["a.js", 'if (typeof require === "function") require("lodash");\n'],
  ["a.js", 'const path = require.resolve("lodash/fp");\n'],
  ["a.js", 'const require = 1;\nexport const o = { require: "./a.cjs" };\n'],
  ["a.js", 'new Worker(new URL("./worker.js", import.meta.url));\nimport.meta.glob("/src/*.ts");\n'],
  ["a.jsx", "/** @jsx h */\nexport const a = <b/>;\n"],
  ["a.ts", '/// <reference path="./types.d.ts" />\n/// <reference lib="dom" />\n'],
  ["a.js", "function f() { return arguments[0]; }\n"],
  ["a.py", "from pathlib import Path\nimport shutil\nshutil.copy(Path.home(), 'x')\n"],
  ["A.java", 'class A { Object f() { return java.util.List.of(Charset.forName("UTF-8")); } }\n'],
])("%s has no detour: %s", async (path, text) => {
  expect(await judged(path, text, FEW)).toEqual([]);
});
