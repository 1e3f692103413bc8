// A patch that leaves a line alone and changes what it means: where its value comes from, what its name stands for, whether it runs.
import { afterAll, beforeAll, expect, test } from "vitest";
import type { OpenManifest } from "../../../src/core/manifest/manifest.ts";
import { judge } from "../../../src/validator/round.ts";
import { openBench, publishNow, putOrder, type TestBench, verdictOn } from "../../support/bench.ts";
import { removeScratch, scratchRepository } from "../../support/scratch.ts";

const DISTANCE =
  "const CONFIG = { host: 'https://a.example' };\n\nexport async function proxy(req) {\n  const target = CONFIG.host;\n  a();\n  b();\n  c();\n  d();\n  return fetch(target);\n}\n";
const NAMED =
  "from tools import log\n\n\ndef a():\n    return 1\n\n\ndef handle(name):\n    log('hello ' + name)\n";
const ASLEEP = "export const x = 1;\n/*\nexport function run(req) {\n  return eval(req.body.code);\n}\n*/\n";
const DEMO = 'import { exec } from "child_process";\nexport const run = (req) => exec(req.body.cmd);\n';
const TWICE = "eval(a.b);\none();\ntwo();\nthree();\n/*\neval(a.b);\n*/\nfour();\n";

const PAIR = (source: string, run: string): string =>
  `async function one(req) {\n  const target = req.query.host;\n  const go = exec;\n  a();\n  b();\n  go(target);\n  return fetch(target);\n}\n\nasync function two(req) {\n  const target = ${source};\n  const go = ${run};\n  a();\n  b();\n  go(target);\n  return fetch(target);\n}\nimport { exec } from "child_process";\n`;
const SWAP = PAIR("CONFIG.host", "console.log");
const SAFE =
  "import os\n\n\ndef safe():\n    cmd = 'ls'\n    a()\n    b()\n    os.system(cmd)\n\n\ndef other(req):\n    cmd = req.args['c']\n    a()\n    b()\n    os.system(cmd)\n";
const ROUTED =
  "import os\n\n\n@app.get('/a')\ndef one(name):\n    a()\n    b()\n    return open(name)\n\n\ndef two(name):\n    a()\n    b()\n    c()\n    return open(name)\n";
const LASTING =
  "def one\n  @host = params[:host]\n  system(@host)\nend\n\ndef set\n  @host = 'a'\nend\n\ndef two\n  a()\n  b()\n  c()\n  system(@host)\nend\n";

let repo: string;
let on: TestBench;
let base: OpenManifest;

beforeAll(async () => {
  repo = scratchRepository("static-before", {
    "src/distance.js": DISTANCE,
    "src/named.py": NAMED,
    "src/asleep.js": ASLEEP,
    "src/twice.js": TWICE,
    "src/swap.js": SWAP,
    "src/safe.py": SAFE,
    "src/lasting.rb": LASTING,
    "src/routed.py": ROUTED,
    "src/shell.sh": "#!/bin/bash\neval $1\necho\n",
    "notes/demo.txt": DEMO,
    "notes/list.txt": "event-stream\n",
    "notes/package.txt": '{\n  "dependencies": { \n    "event-stream": "3.3.6"\n  }\n}\n',
  });
  on = await openBench(repo, '[static_analysis]\ndenied_imports = ["child_process"]\n');
  base = await publishNow(on);
});

afterAll(() => {
  removeScratch(repo);
  removeScratch(on.state);
});

async function found(patch: string): Promise<readonly string[]> {
  const id = await putOrder(on, base, patch);
  await judge(on.bench, base, id, true);
  const { predicate } = await verdictOn(on, id);
  const check = predicate.checks.find((one) => one.id === "static-analysis");
  expect(check?.result).not.toBe("ERROR");
  expect(check?.result).not.toBe("SKIPPED");
  return (check?.findings ?? []).map(({ rule, refusal }) => `${rule} ${refusal.where}`);
}

/** A patch of a whole file, line by line: `was` and `is` hold the same lines but for `-` and `+` before them. */
function edit(path: string, marked: readonly string[]): string {
  const [old, now] = ["+", "-"].map((sign) => marked.filter((line) => !line.startsWith(sign)).length);
  return `diff --git a/${path} b/${path}\n--- a/${path}\n+++ b/${path}\n@@ -1,${old} +1,${now} @@\n${marked.join("\n")}\n`;
}

function marked(text: string, change: (line: string, at: number) => readonly string[]): readonly string[] {
  return text
    .trimEnd()
    .split("\n")
    .flatMap((line, at) => change(line, at + 1));
}

test.each([
  [
    "a value of the same name comes from a request elsewhere in the file",
    edit(
      "src/swap.js",
      marked(SWAP, (line, at) =>
        at === 11 ? [`-${line}`, "+  const target = req.query.host;"] : [` ${line}`],
      ),
    ),
    "js-ssrf src/swap.js:16",
  ],
  [
    "a name stands for a command elsewhere in the file",
    edit(
      "src/swap.js",
      marked(SWAP, (line, at) => (at === 12 ? [`-${line}`, "+  const go = exec;"] : [` ${line}`])),
    ),
    "js-child-process src/swap.js:15",
  ],
  [
    "a constant becomes an input, as it is elsewhere in the file",
    edit(
      "src/safe.py",
      marked(SAFE, (line, at) => (at === 5 ? [`-${line}`, "+    cmd = input()"] : [` ${line}`])),
    ),
    "py-subprocess-tainted src/safe.py:8",
  ],
  [
    "a function becomes a route, as another of the file is",
    edit(
      "src/routed.py",
      marked(ROUTED, (line, at) => (at === 11 ? ["+@app.get('/b')", ` ${line}`] : [` ${line}`])),
    ),
    "py-path-tainted src/routed.py:16",
  ],
  [
    "a name that outlives its function is assigned in another one",
    edit(
      "src/lasting.rb",
      marked(LASTING, (line, at) => (at === 7 ? [`-${line}`, "+  @host = params[:name]"] : [` ${line}`])),
    ),
    "rb-command src/lasting.rb:14",
  ],
  [
    "the value comes from somewhere else",
    edit(
      "src/distance.js",
      marked(DISTANCE, (line, at) =>
        at === 4 ? [`-${line}`, "+  const target = req.query.host;"] : [` ${line}`],
      ).slice(0, 8),
    ),
    "js-ssrf src/distance.js:9",
  ],
  [
    "the name stands for something else",
    edit(
      "src/named.py",
      marked(NAMED, (line, at) =>
        at === 1 ? [`-${line}`, "+from os import system as log"] : [` ${line}`],
      ).slice(0, 5),
    ),
    "py-os-system src/named.py:9",
  ],
  [
    "a comment becomes code by deletion alone",
    edit(
      "src/asleep.js",
      marked(ASLEEP, (line) => [/^(?:\/\*|\*\/)/.test(line) ? `-${line}` : ` ${line}`]),
    ),
    "js-eval src/asleep.js:3",
  ],
  [
    "one of two that are the same goes, the other wakes up",
    edit(
      "src/twice.js",
      marked(TWICE, (line, at) => [at === 1 || /^(?:\/\*|\*\/)/.test(line) ? `-${line}` : ` ${line}`]),
    ),
    "js-eval src/twice.js:4",
  ],
  [
    "a text becomes code by its name",
    "diff --git a/notes/demo.txt b/src/demo.js\nrename from notes/demo.txt\nrename to src/demo.js\n",
    "js-child-process src/demo.js:2",
  ],
  [
    "imports come with it",
    "diff --git a/notes/demo.txt b/src/demo.js\nrename from notes/demo.txt\nrename to src/demo.js\n",
    "import-denied src/demo.js:1",
  ],
  [
    "a text becomes a manifest by its name",
    "diff --git a/notes/package.txt b/src/package.json\nrename from notes/package.txt\nrename to src/package.json\n",
    "advisory src/package.json:3",
  ],
])("%s", async (_, patch, expected) => {
  expect(await found(patch)).toContain(expected);
});

test("what is the same before and after is not new, wherever it stands now", async () => {
  const patch = edit("src/twice.js", [
    "+zero();",
    ...marked(TWICE, (line, at) => (at > 3 ? [] : [` ${line}`])),
  ]);
  expect(await found(patch)).toEqual([]);
  const rename = "diff --git a/src/twice.js b/src/once.js\nrename from src/twice.js\nrename to src/once.js\n";
  expect(await found(rename)).toEqual([]);
});
