// Values that are taken out of lists one by one carry what the list carries, and the lines that they came over.
import { afterAll, expect, test } from "vitest";
import { packageRoot } from "../../../src/io/file/config.ts";
import { loadRules } from "../../../src/io/file/rules.ts";
import { inspectorProgram, openInspector } from "../../../src/validator/scanners/inspector.ts";
import type { Sighted } from "../../../src/validator/scanners/finding.ts";

const rules = JSON.stringify(loadRules(packageRoot())["static-analysis"].rules);
const inspector = openInspector(inspectorProgram(process.execPath, packageRoot()));
afterAll(() => inspector.close());

async function hits(path: string, text: string): Promise<readonly Sighted[]> {
  return (await inspector.analyse([{ path, text }], rules)).found;
}

const js = (...lines: readonly string[]): string => `async function f(req) {\n${lines.join("\n")}\n}\n`;
const go = (line: string): string =>
  `package a\n\nimport "net/http"\n\nfunc F(r *http.Request) {\n${line}\n}\n`;

test.each([
  ["of", "a.js", js("for (const h of req.query.hosts) {", "fetch(h);", "}"), "js-ssrf:3"],
  ["in", "a.js", js("for (const h in req.query)", "fetch(h);"), "js-ssrf:3"],
  ["await", "a.ts", js("for await (const { h } of req.body)", "fetch(h);"), "js-ssrf:3"],
  ["no declaration", "a.js", js("let h;", "for (h of req.query.hosts)", "fetch(h);"), "js-ssrf:4"],
  ["a part", "a.js", js("for (const [, h] of Object.entries(req.query))", "fetch(h);"), "js-ssrf:3"],
  ["forEach", "a.js", js("req.query.hosts.forEach((h) =>", "fetch(h));"), "js-ssrf:3"],
  ["no brackets", "a.js", js("req.query.hosts.forEach(h =>", "fetch(h));"), "js-ssrf:3"],
  ["optional", "a.js", js("req.query.hosts?.map((h) =>", "fetch(h));"), "js-ssrf:3"],
  ["typed", "a.ts", js("req.query.hosts.forEach((h: string) =>", "fetch(h));"), "js-ssrf:3"],
  [
    "a name",
    "a.js",
    js("const l = req.query.l;", "await Promise.all(l.map(async (h) =>", "fetch(h)));"),
    "js-ssrf:4",
  ],
  ["a function", "a.js", js("req.query.hosts.some(function (h) {", "fetch(h); });"), "js-ssrf:3"],
  ["a chain", "a.js", js("req.query.hosts.filter(Boolean).map((h) =>", "fetch(h));"), "js-ssrf:3"],
  ["parts", "a.js", js("Object.entries(req.query).forEach(([k, h]) =>", "fetch(h));"), "js-ssrf:3"],
  ["reduce", "a.js", js("req.query.hosts.reduce((a, h) =>", "fetch(h), 0);"), "js-ssrf:3"],
  ["from", "a.js", js("Array.from(req.query.hosts, (h) =>", "fetch(h));"), "js-ssrf:3"],
  ["quoted", "a.js", js("req.query.hosts['forEach']((h) =>", "fetch(h));"), "js-ssrf:3"],
  ["Go's range", "a.go", go('for _, h := range r.URL.Query()["h"] { http.Get(h) }'), "go-ssrf:6"],
  [
    "Python's comprehension",
    "a.py",
    "from flask import request\nimport requests\nx = [requests.get(h, timeout=3) for h in request.args]\n",
    "py-ssrf:3",
  ],
])("%s: %s carries what the list does", async (_, path, text, expected) => {
  expect((await hits(path, text)).map(({ rule, line }) => `${rule}:${line}`)).toContain(expected);
});

test.each([
  ["a.js", js("for (const h of CONFIG.hosts) fetch(h);")],
  ["a.js", "import { readFileSync } from 'node:fs';\nlisted(x).map((p) => readFileSync(p));\n"],
  ["a.js", js("CONFIG.hosts.forEach((h) => fetch(h));")],
  ["a.js", js("['a', 'b'].map((h) => fetch(h));")],
  ["a.js", js("req.query.hosts.map((h) => h.length);", "fetch(other);")],
])("%s: %j is left alone", async (path, text) => {
  expect(await hits(path, text)).toEqual([]);
});

test("a list that grows later is no constant", async () => {
  const found = await hits(
    "a.js",
    js("const l = [];", "l.push(req.query.x);", "for (const c of l) eval(c);"),
  );
  expect(found.map(({ rule }) => rule)).toContain("js-eval");
});

test("the lines of a list are those of its own loop or callback", async () => {
  const two = js("for (const h of req.query.a)", "fetch(h);") + js("req.query.b.map((h) =>", "fetch(h));");
  const ways = (await hits("a.js", two)).map(({ line, from }) => [line, from]);
  expect(ways).toEqual([
    [3, [[2, 2]]],
    [7, [[6, 6]]],
  ]);
});

test.each([
  ["an element", "a.js", "c['h'] = req.query.h;"],
  ["a member", "a.js", "c.h = req.query.h;"],
  ["an addition", "a.js", "c.push(req.query.h);"],
])("%s is a line that another function's value comes over", async (_, path, line) => {
  const text = js("const c = req.query;", "fetch(c.h);") + js(line) + js("fetch(c.h);");
  const ways = (await hits(path, text)).map(({ line: at, from }) => [at, from]);
  expect(ways).toContainEqual([9, [[6, 6]]]);
});
