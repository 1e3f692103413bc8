// Code that says one thing to a rule and another to its language: what is seen of it, and what nobody pretends to have read.
import { afterAll, expect, test } from "vitest";
import { packageRoot } from "../../../src/io/file/config.ts";
import { loadRules } from "../../../src/io/file/rules.ts";
import { inspectorProgram, openInspector } from "../../../src/validator/scanners/inspector.ts";
import { pieced } from "../../support/pieced.ts";

const rules = JSON.stringify(loadRules(packageRoot())["static-analysis"].rules);
const inspector = openInspector(inspectorProgram(process.execPath, packageRoot()));
afterAll(() => inspector.close());

const BOLD = "\u{1D41E}\u{1D42F}\u{1D41A}\u{1D425}";

test.each([
  ["escapes in a name", "a.js", "\\u0065val(x);\n", "js-eval:1"],
  ["escapes with braces", "a.js", "\\u{0065}val(x);\n", "js-eval:1"],
  ["the last of a sequence", "a.js", "(0, eval)(x);\n", "js-eval:1"],
  ["a type in between", "a.ts", "(eval as any)(x);\n", "js-eval:1"],
  ["a type before it", "a.ts", "(<any>eval)(x);\n", "js-eval:1"],
  ["another name of eval", "a.py", "e = eval\ne(x)\n", "py-eval:2"],
  ["a long s", "a.py", "import os\nos.\u017Fystem(c)\n", "py-os-system:2"],
  ["mathematical letters", "a.py", `${BOLD}(input())\n`, "py-eval:1"],
  [
    "a keyword in other letters",
    "a.py",
    "import subprocess\nsubprocess.run(c, \u017Fhell=True)\n",
    "py-subprocess-shell:2",
  ],
  ["everything of a module", "a.py", "from os import *\nsystem(c)\n", "py-os-system:2"],
  [
    "the table of modules",
    "a.py",
    "from os import sys\ns = sys.modules['subprocess']\ns.run(c, shell=True)\n",
    "py-subprocess-shell:3",
  ],
  [
    "Go's dot",
    "a.go",
    'package a\n\nimport . "os/exec"\n\nfunc F(s string) { Command(s).Run() }\n',
    "go-exec:5",
  ],
  [
    "a request without its name",
    "a.js",
    "export const f = ({ query }, res) => fetch(query.u);\n",
    "js-ssrf:1",
  ],
  [
    "a request taken apart",
    "a.js",
    "function g(req) {\n  const { query: { u } } = req;\n  return fetch(u);\n}\n",
    "js-ssrf:3",
  ],
  ["a backslash before a command", "a.sh", '\\eval "$1"\n', "sh-eval:1"],
  ["a command that runs it", "a.sh", 'command eval "$1"\n', "sh-eval:1"],
  ["quotes in a command", "a.sh", "e'v'al \"$1\"\n", "sh-eval:1"],
  ["another shell", "run", `#!${" ".repeat(220)}/bin/ash\neval $1\n`, "sh-eval:2"],
  ["another Python", "run", "#!/usr/bin/env -S uv run --script\neval(x)\n", "py-eval:2"],
  ["another encoding", "a.py", "# coding: raw_unicode_escape\n# \\u000aimport os\n", "misread:1"],
  ["a carriage return that ends a comment", "a.py", "# a\ros.system(c)\n", "misread:1"],
  ["Java's escapes, read before comments are", "A.java", "class A {\n  // \\u000a f();\n}\n", "misread:2"],
  [
    "a quote of the same kind",
    "A.java",
    'class A {\n  String s = "\\uu0022 + f() + \\u0022";\n}\n',
    "misread:2",
  ],
  [
    "a text whose end the shell sees elsewhere",
    "a.sh",
    'cat <<E"F"\nx\nEF\neval "$1"\nE"F"\n',
    "unreadable:1",
  ],
  ["escapes in a command", "a.sh", "$'\\x65val' $1\n", "unreadable:1"],
  ["commands in a text", "a.sh", "cat <<E\n`curl x | sh`\nE\n", "unreadable:1"],
  ["Python in a shell's file", "a.sh", "#!/usr/bin/env python3\nE = 1\na = 1 <<E\nimport os\n", "misread:1"],
  ["a shell in Python's file", "a.py", "#!/bin/sh\n''':'\neval $1\nexit\n'''\n", "misread:1"],
  ["syntax that the grammar misses a part of", "a.ts", "export import s = require('x');\n", "unreadable:1"],
])("%s", async (_, path, text, expected) => {
  const { found } = await inspector.analyse([{ path, text }], rules);
  expect(found.map(({ rule, line }) => `${rule}:${line}`)).toContain(expected);
});

test.each([
  ["a.py", "#!/usr/bin/env python3\n# -*- coding: utf-8 -*-\nx = 'été'\n"],
  ["a.py", "# coding=latin-1\nx = 1\r\n"],
  ["a.js", "#!/usr/bin/env -S tsx\nconst s = '\\u0027eval(x)';\n"],
  ["A.java", 'class A {\n  String s = "\\u001b[0m\\u00e9\\\\u0022";\n}\n'],
  ["a.sh", "#!/bin/bash\ncat <<'E'\n`x`\nE\ncat <<-\"F\" > out\nx\n\tF\ncat <<G\n$(date) \\`\nG\n"],
])("%s is left alone with %j", async (path, text) => {
  expect((await inspector.analyse([{ path, text }], rules)).found).toEqual([]);
});

test.each([
  ["a.js", "require('.' && 'child_process');\n", "?"],
  ["a.js", "require('lodash/' && 'x');\n", "?"],
  ["a.js", "require(`lodash/${x}`);\n", "?"],
  ["a.js", "require('child_' + ('process'));\n", "child_process"],
  ["a.js", "require(`child_process`);\n", "child_process"],
  ["a.js", "module.require('x');\n", "x"],
  ["a.js", "const r = require;\nr('x');\n", "x"],
  ["a.js", "import { createRequire as c } from 'module';\nc(import.meta.url)('x');\n", "x"],
  ["a.js", "process.getBuiltinModule('x');\n", "x"],
  ["a.js", "import 'child\\u005fprocess';\n", "child_process"],
  ["a.js", "import 'c\\150ild\\x5fprocess';\n", "child_process"],
  ["a.ts", "import x = require('x');\n", "x"],
  ["a.ts", "let x: import('x').X;\n", "x"],
  ["a.py", "import xml . \\\n  sax\n", "xml.sax"],
  ["a.py", "from . x import y\n", ".x.y"],
  ["a.py", "import \u017Fubprocess\n", "subprocess"],
  ["a.py", "i = __import__\ni('sub' 'process')\n", "subprocess"],
  ["a.py", "__builtins__.__import__('x')\n", "x"],
  ["a.py", "b = __builtins__\nb['__import__']('x')\n", "x"],
  ["a.py", "import os\nos.sys.modules['x']\n", "x"],
  ["a.py", "import sys\nsys.modules[name]\n", "?"],
  ["a.go", 'package a\n\nimport e "os\\x2fexec"\n', "os/exec"],
  ["A.java", "class A {\n  Object f() { return new java.net . Socket(); }\n}\n", "java.net.Socket"],
  ["A.java", "class A {\n  void f() { java.lang.Runtime.getRuntime(); }\n}\n", "java.lang.Runtime"],
])("%s %j imports %s", async (path, text, module) => {
  const { imports } = await inspector.analyse([{ path, text }], rules);
  expect(imports.map((one) => one.module)).toContain(module);
});

test.each([
  ["calls within calls", "a.js", `${"fetch(".repeat(5000)}x${")".repeat(5000)}`],
  ["generics within generics", "a.ts", "a<b>(c)<".repeat(3750)],
])("%s keep nobody waiting", async (_, path, text) => {
  const { found } = await inspector.analyse([{ path, text }], rules);
  expect(found.map(({ rule }) => rule)).toEqual(["unreadable"]);
});

test.each(["\r", "\u2028", "\u2029", "\u0085", "\v"])(
  "%j before a secret does not move its line",
  async (end) => {
    const token = pieced(["gh", "p_", "wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO0pINUx"]);
    const found = await inspector.secrets([{ path: "a.txt", text: `a${end}b${end}c\nt = "${token}"\n` }]);
    expect(found.map(({ line, end: last }) => [line, last])).toEqual([[2, 2]]);
  },
);

test.each([
  ["tests/test_login.py", "password = 'hunter22'\nfile = '/tmp/x'\nimport pickle\n"],
  [
    "src/server_test.go",
    'package p\n\nfunc f() {\n\texec.Command(bin, "x")\n\tnet.Listen("tcp", "0.0.0.0:0")\n}\n',
  ],
  ["src/a.py", "args = p.parse_args(sys.argv[1:])\nopen(args.file)\n"],
])("%s: honest code is left alone", async (path, text) => {
  expect((await inspector.analyse([{ path, text }], rules)).found).toEqual([]);
});

test("tests may make up passwords, and run no text as code", async () => {
  const text = "password = 'hunter22'\neval(x)\n";
  const both = ["src/a.py", "test/a.py"].map((path) => ({ path, text }));
  const { found } = await inspector.analyse(both, rules);
  expect(found.map(({ rule, path }) => `${path} ${rule}`).toSorted()).toEqual([
    "src/a.py credential",
    "src/a.py py-eval",
    "test/a.py py-eval",
  ]);
});
