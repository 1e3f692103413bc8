// Nothing in the files that are scanned turns a real scanner off: no comment, no configuration, no name.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { scannerNames, type ScannerName } from "../../../src/io/exec/scanners.ts";
import { pieced } from "../../support/pieced.ts";
import { openTestScanners, realScanners, type TestScanners } from "../../support/scanners.ts";
import { removeScratch, scratch } from "../../support/scratch.ts";

const folder = realScanners();
const KEY = pieced(["AKIA", "Z7QX4KJ2", "M3N5P6RT"]);
const LEAK = `export const key = "${KEY}";`;
const SHELL = "import subprocess\nsubprocess.call(words, shell=True)";
const GO = 'package a\nimport "os/exec"\nfunc f(x string) { exec.Command("sh", "-c", x).Run() }\n';
const WEAK = "import hashlib\nhashlib.md5(b'x')\n";
const EVAL = "export const f = (w: string) => eval(w);";

describe.runIf(folder !== undefined)("what the files say", { timeout: 120_000 }, () => {
  let scanners: TestScanners;
  const place = scratch("silence");

  beforeAll(async () => {
    scanners = await openTestScanners(folder ?? "", scannerNames);
  });
  afterAll(() => removeScratch(place));

  let counter = 0;
  async function found(
    name: ScannerName,
    files: Readonly<Record<string, string>>,
  ): Promise<readonly string[]> {
    counter += 1;
    mkdirSync(place, { recursive: true });
    const given = Object.entries(files).map(([path, text]) => ({ path, text }));
    const { found: all } = await scanners.scan(name, given, join(place, `run-${counter}`));
    return all.map(({ rule, path, line }) => `${rule} ${path}:${line}`);
  }

  test.each<[string, ScannerName, Readonly<Record<string, string>>, string]>([
    ["gitleaks:allow", "gitleaks", { "a.ts": `${LEAK} // gitleaks:allow\n` }, "aws-access-token a.ts:1"],
    [
      ".gitleaksignore",
      "gitleaks",
      {
        ".gitleaksignore":
          "a.ts:aws-access-token:1\n1.txt:aws-access-token:1\nfiles/1.txt:aws-access-token:1\n",
        "a.ts": LEAK,
      },
      "aws-access-token a.ts:1",
    ],
    [
      ".gitleaks.toml",
      "gitleaks",
      { ".gitleaks.toml": "[allowlist]\npaths = ['''.*''']\n", "a.ts": LEAK },
      "aws-access-token a.ts:1",
    ],
    [
      "the name of a picture",
      "gitleaks",
      { "node_modules/a.svg": `<!-- ${LEAK} -->` },
      "aws-access-token node_modules/a.svg:1",
    ],
    ["the name of a lock file", "gitleaks", { "go.sum": LEAK }, "aws-access-token go.sum:1"],
    ...[
      "MZ = 1",
      "BZh = 1",
      "%PDF-1",
      "%!PS",
      "FWS",
      "PK\u0003\u0004",
      "SQLi",
      "{\\rtf",
      "\u007fELF",
      "OTTO\0",
    ].map((first): [string, ScannerName, Readonly<Record<string, string>>, string] => [
      `a first line like that of another format (${JSON.stringify(first)})`,
      "gitleaks",
      { "a.md": `${first}\n${LEAK}\n` },
      "aws-access-token a.md:2",
    ]),
    ...[34, 128, 257].map((at): [string, ScannerName, Readonly<Record<string, string>>, string] => [
      `the sign of another format at ${at}`,
      "gitleaks",
      { "a.md": `${" ".repeat(at)}${at === 257 ? "ustar" : "DICM"}\n${LEAK}` },
      "aws-access-token a.md:2",
    ]),
    ["a secret in the file of exceptions", "gitleaks", { ".gitleaksignore": LEAK }, ".gitleaksignore:1"],
    [
      "nosemgrep",
      "semgrep",
      { "a.ts": `// nosemgrep\n${EVAL} // nosemgrep\n` },
      "javascript-eval-of-a-value a.ts:2",
    ],
    [
      ".semgrepignore",
      "semgrep",
      { ".semgrepignore": "*\n", "src/.semgrepignore": "*\n", "src/a.ts": EVAL },
      "javascript-eval-of-a-value src/a.ts:1",
    ],
    [".gitignore", "semgrep", { ".gitignore": "*\n", "a.ts": EVAL }, "javascript-eval-of-a-value a.ts:1"],
    ["the name of a test", "semgrep", { "tests/a_test.go": GO }, "tests/a_test.go:3"],
    [
      "a vendored folder",
      "semgrep",
      { "vendor/node_modules/a.min.js": EVAL },
      "vendor/node_modules/a.min.js:1",
    ],
    ["a hidden folder", "semgrep", { ".hidden/a.go": GO }, ".hidden/a.go:3"],
    ["a name like an option", "semgrep", { "--help.go": GO }, "--help.go:3"],
    ["an ending in capitals", "semgrep", { "src/A.PY": WEAK }, "src/A.PY:2"],
    ["an ending of its own", "semgrep", { "a.pyw": WEAK }, "a.pyw:2"],
    ["a first line alone", "semgrep", { "bin/tool": `#!/usr/bin/env python3\n${WEAK}` }, "bin/tool:3"],
    ["another ending", "semgrep", { "a.sh": `#!/usr/bin/python3 -I\n${WEAK}` }, "a.sh:3"],
    ["types of its own", "semgrep", { "a.mts": `${EVAL}\n` }, "a.mts:1"],
    ["a first line of deno", "semgrep", { tool: `#!/usr/bin/env -S deno run\n${EVAL}\n` }, "tool:2"],
    ["a first line alone", "bandit", { "bin/tool": `#!/usr/bin/python3\n${SHELL}\n` }, "b602 bin/tool:3"],
    ["another ending", "bandit", { "a.sh": `#!/usr/bin/env python3\n${SHELL}\n` }, "b602 a.sh:3"],
    ["nosec", "bandit", { "a.py": `${SHELL}  # nosec B602\n` }, "bandit.b602 a.py:2"],
    [
      ".bandit and setup.cfg",
      "bandit",
      {
        ".bandit": "[bandit]\nexclude = /\nskips = B602\n",
        "setup.cfg": "[bandit]\nskips = B602\n",
        "pyproject.toml": '[tool.bandit]\nskips = ["B602"]\n',
        "a.py": SHELL,
      },
      "bandit.b602 a.py:2",
    ],
    [
      "the name of an excluded folder",
      "bandit",
      { ".tox/a.egg/a.py": SHELL },
      "bandit.b602 .tox/a.egg/a.py:2",
    ],
  ])("%s silences nothing of %s", async (_title, name, files, expected) => {
    expect((await found(name, files)).join("\n")).toContain(expected);
  });

  test("the words of our own probes in a file of the patch are no finding", async () => {
    expect(await found("gitleaks", { "a.txt": `countersign-probe-${"0".repeat(16)}\n` })).toEqual([]);
    expect(await found("semgrep", { "a.py": "countersign_probe()\n" })).toEqual([]);
  });

  test("what the frame cannot keep from looking like another format is no answer", async () => {
    const disc = ` ${"語".repeat((32_769 - 402) / 3)}CD001\n${LEAK}\n`;
    await expect(found("gitleaks", { "a.md": disc })).rejects.toThrow("did not look at every file");
  });

  // Threat: a file without blank lines is read in parts of 125,000 bytes, and what lies across the end of one is in neither.
  test.each([
    ["lines", "x y z\n"],
    ["one line", "x y z "],
    ["letters of three bytes", "語 語\n"],
  ])("what lies where a part of the file ends is found: %s", async (_title, filler) => {
    // With the line of ours before it, 140 characters more put the cut into the middle of it.
    const text = filler.repeat(124_400 / Buffer.byteLength(filler));
    for (const shift of [0, 140]) {
      const before = `${text}${"y".repeat(shift)}\n`;
      const line = before.split("\n").length;
      const hidden = Buffer.from(`token = "${pieced(["gl", "pat-1234abcd", "ABCD5678efgh"])}"`).toString(
        "hex",
      );
      expect(await found("gitleaks", { "a.md": `${before}v ${hidden}\nend\n` })).toEqual([
        `gitleaks.gitlab-pat a.md:${line}`,
      ]);
    }
  });

  test("first and last lines are counted as they are in the file", async () => {
    const all = await found("gitleaks", { "a.ts": LEAK, "b.ts": `${LEAK}\n\n${LEAK}\n`, "c.ts": "" });
    expect(all.toSorted()).toEqual(
      ["a.ts:1", "b.ts:1", "b.ts:3"].map((place) => `gitleaks.aws-access-token ${place}`),
    );
    expect(await found("gitleaks", { "a.yml": "password =" })).toEqual([]);
  });

  test("what is laid twice is told once", async () => {
    expect(await found("semgrep", { "a.py": `#!/usr/bin/python3\n${WEAK}`, "b.PY": WEAK })).toHaveLength(2);
  });

  test("files that no scanner is for: nothing runs", async () => {
    expect(await found("bandit", { "a.ts": EVAL })).toEqual([]);
  });
});
