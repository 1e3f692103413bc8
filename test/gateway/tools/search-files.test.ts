// Search is bounded work in served content, and every line is found once.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sha256 } from "../../../src/core/base/digest.ts";
import { type GatewayLab, gatewayLab } from "../../support/gateway.ts";

let lab: GatewayLab;
beforeAll(async () => {
  lab = await gatewayLab();
  const many = Array.from({ length: 130 }, (_, n) => `needle ${n}`).join("\n");
  await lab.publish({
    "a/many.txt": many,
    "b/one.ts": "x\nneedle last\n",
    "b/two.js": "Needle\n",
    "c/damaged.ts": "needle damaged\n",
  });
  await lab.shelf.refresh();
  const digest = sha256("needle damaged\n");
  writeFileSync(join(lab.layout.exchange, "published/blobs", digest.slice(0, 2), digest), "needle forged\n");
});
afterAll(() => lab.stop());

test.each([
  ["an empty query", { query: "" }, "input_invalid"],
  ["a query of 501 characters", { query: "a".repeat(501) }, "input_invalid"],
  ["an unknown key", { query: "a", path: "b" }, "input_invalid"],
  ["a bad expression", { query: "(", regex: true }, "query_invalid"],
  ["a look-behind, which RE2 lacks", { query: "(?<=a)b", regex: true }, "query_invalid"],
  ["a query over two lines", { query: "a\nb" }, "query_invalid"],
  ["a bad glob", { query: "a", glob: "{" }, "glob_invalid"],
  ["a made-up cursor", { query: "a", cursor: "abc" }, "cursor_invalid"],
])("refuses %s", async (_, args, code) => {
  expect(await lab.code("search-files", args)).toBe(code);
});

test("finds every line once over its pages, and names what it could not search", async () => {
  const first = await lab.output("search-files", { query: "needle" });
  expect(first["matches"]).toHaveLength(100);
  const second = await lab.output("search-files", { query: "needle", cursor: first["next_cursor"] });
  const all = [...(first["matches"] as { text: string }[]), ...(second["matches"] as { text: string }[])].map(
    ({ text }) => text,
  );
  expect(all).toEqual([...Array.from({ length: 130 }, (_, n) => `needle ${n}`), "needle last"]);
  expect(second).toMatchObject({ next_cursor: null, damaged: ["c/damaged.ts"] });
  expect(await lab.code("search-files", { query: "other", cursor: first["next_cursor"] })).toBe(
    "cursor_invalid",
  );
});

test("glob, case and expressions", async () => {
  expect((await lab.output("search-files", { query: "needle", glob: "b/**" }))["matches"]).toEqual([
    { path: "b/one.ts", line: 2, text: "needle last", cut: false },
  ]);
  expect((await lab.output("search-files", { query: "(?i)^needle$", regex: true }))["matches"]).toMatchObject(
    [{ path: "b/two.js", line: 1 }],
  );
});

test("while it searches, the process turns to other things", async () => {
  let turns = 0;
  const timer = setInterval(() => (turns += 1), 0);
  const files = Object.fromEntries(
    Array.from({ length: 400 }, (_, n) => [`f${n}.txt`, `${"word ".repeat(400)}${n}\n`]),
  );
  const other = await gatewayLab();
  try {
    await other.publish(files);
    await other.shelf.refresh();
    turns = 0;
    expect(await other.output("search-files", { query: "w.*x", regex: true })).toMatchObject({
      files_searched: 400,
    });
    expect(turns).toBeGreaterThan(2);
  } finally {
    clearInterval(timer);
    await other.stop();
  }
});

test("a dear expression gets its answer in pages, each of bounded work, and finds every line once", async () => {
  const other = await gatewayLab();
  const line = (n: number) => `${n.toString(2).padStart(40, "0").replaceAll("0", "a").replaceAll("1", "b")}c`;
  try {
    await other.publish({
      "a.txt": Array.from({ length: 12_000 }, (_, n) => (n % 400 ? line(n).slice(0, 40) : line(n))).join(
        "\n",
      ),
    });
    await other.shelf.refresh();
    const lines: number[] = [];
    let pages = 0;
    for (let cursor: unknown; cursor !== null; pages++) {
      const args = { query: "[ab]{38}[ab]c", regex: true, ...(cursor === undefined ? {} : { cursor }) };
      const page = await other.output("search-files", { ...args, query: `${args.query}|a.{60}[yz]` });
      lines.push(...(page["matches"] as { line: number }[]).map((match) => match.line));
      cursor = page["next_cursor"];
    }
    expect(pages).toBeGreaterThan(1);
    expect(lines).toEqual(Array.from({ length: 30 }, (_, n) => n * 400 + 1));
  } finally {
    await other.stop();
  }
});

test("the entry holds the digest of the result and no query", async () => {
  const outcome = await lab.call("search-files", { query: "needle last" });
  const { data } = lab.entries().at(-1)!;
  expect(data).toMatchObject({
    tool: "search-files",
    results: 1,
    result_sha256: sha256(outcome.kind === "answer" ? outcome.text : ""),
  });
  expect(JSON.stringify(data)).not.toContain("needle");
});
