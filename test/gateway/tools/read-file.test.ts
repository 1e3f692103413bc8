// Only what the manifest lists leaves, under the digest that it really has, in pages that make up the file.
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sha256 } from "../../../src/core/base/digest.ts";
import { hasCorpora, rows } from "../../support/corpora.ts";
import { type GatewayLab, gatewayLab } from "../../support/gateway.ts";

/** 3,000 lines, some 200 KB, with characters of two, three and four bytes. */
const big = Array.from(
  { length: 3000 },
  (_, n) => `line ${n} ${"é日😀".repeat(n % 9)}${"x".repeat(40)}\n`,
).join("");
const wide = `${"日".repeat(70_000)}\nafter\n`;
const files = {
  "src/a.ts": "one\ntwo\nthree",
  "src/empty.ts": "",
  "src/big.txt": big,
  "src/wide.txt": wide,
  "src/damaged.ts": "damaged\n",
  "src/gone.ts": "gone\n",
  // Names that objects have anyhow: a manifest may list them.
  constructor: "a file\n",
};

let lab: GatewayLab;
beforeAll(async () => {
  lab = await gatewayLab({ toml: "[calls]\nper_minute = 100000\n" });
  await lab.publish(files, { omitted: [{ path: "image.png", reason: "binary" }] });
  await lab.shelf.refresh();
  const blob = (content: string): string =>
    join(lab.layout.exchange, "published/blobs", sha256(content).slice(0, 2), sha256(content));
  writeFileSync(blob(files["src/damaged.ts"]), "changed\n");
  writeFileSync(blob(files["src/gone.ts"]), Buffer.alloc(40_000_000));
});
afterAll(() => lab.stop());

describe("refuses", () => {
  test.each([
    ["a path that is not listed", { path: "src/b.ts" }, "not_listed"],
    ["a path that is only named", { path: "image.png" }, "not_listed"],
    ["a folder", { path: "src" }, "not_listed"],
    ["another spelling", { path: "./src/a.ts" }, "not_listed"],
    ["another case", { path: "SRC/a.ts" }, "not_listed"],
    ["a name that objects have", { path: "__proto__" }, "not_listed"],
    ["another such name", { path: "toString" }, "not_listed"],
    ["an empty path", { path: "" }, "input_invalid"],
    ["a path of 513 characters", { path: "a".repeat(513) }, "input_invalid"],
    ["a path that is no text", { path: ["src/a.ts"] }, "input_invalid"],
    ["no path", {}, "input_invalid"],
    ["an unknown key", { path: "src/a.ts", repository: "/" }, "input_invalid"],
    ["a __proto__ key", JSON.parse('{"path":"src/a.ts","__proto__":{"max_lines":9999}}'), "input_invalid"],
    ["line 0", { path: "src/a.ts", start_line: 0 }, "input_invalid"],
    ["half a line", { path: "src/a.ts", start_line: 1.5 }, "input_invalid"],
    ["501 lines", { path: "src/a.ts", max_lines: 501 }, "input_invalid"],
    ["a start behind the end", { path: "src/a.ts", start_line: 4 }, "range_invalid"],
    ["a byte behind the line", { path: "src/a.ts", start_byte: 4 }, "range_invalid"],
    ["a byte within a character", { path: "src/wide.txt", start_byte: 1 }, "range_invalid"],
    ["content that was changed", { path: "src/damaged.ts" }, "blob_damaged"],
    ["content that was replaced by something huge", { path: "src/gone.ts" }, "blob_damaged"],
  ])("%s", async (_, args, code) => {
    expect(await lab.code("read-file", args)).toBe(code);
  });

  test("missing, omitted and denied paths with one answer, which echoes nothing but the path", async () => {
    const answers = await Promise.all(
      ["src/b.ts", "image.png", "src"].map((path) => lab.call("read-file", { path })),
    );
    const bare = answers.map((answer) =>
      JSON.stringify(answer)
        .replaceAll(/"ref":"[^"]+"/g, "")
        .replaceAll(/"where":"[^"]+"/g, ""),
    );
    expect(new Set(bare).size).toBe(1);
  });
});

test.runIf(hasCorpora())("no hostile path of the corpus leads to content", { timeout: 60_000 }, async () => {
  const all = rows("paths/paths.jsonl") as readonly { path: string; must: string }[];
  const hostile = all
    .filter(({ must }) => must === "reject" || must === "no_escape")
    .filter((_, n) => n % 8 === 0);
  expect(hostile.length).toBeGreaterThan(300);
  for (const { path } of hostile) {
    expect({ path, code: await lab.code("read-file", { path }) }).toEqual({
      path,
      code: expect.stringMatching(/^(not_listed|input_invalid)$/) as string,
    });
  }
});

test("reads a name that objects have when it is listed", async () => {
  expect(await lab.output("read-file", { path: "constructor" })).toMatchObject({ text: "a file\n" });
});

test("tells range, digest and size of the whole file", async () => {
  expect(await lab.output("read-file", { path: "src/a.ts", start_line: 2, max_lines: 1 })).toEqual({
    path: "src/a.ts",
    manifest: lab.shelf.current()!.digest,
    sha256: sha256(files["src/a.ts"]),
    size: 13,
    total_lines: 3,
    start_line: 2,
    end_line: 2,
    text: "two\n",
    truncated: true,
    next_start_line: 3,
    next_start_byte: null,
    flags: [],
    flag_count: 0,
    redactions: [],
  });
  expect(await lab.output("read-file", { path: "src/empty.ts" })).toMatchObject({
    text: "",
    total_lines: 0,
    truncated: false,
  });
});

describe("G19", () => {
  test.each(["src/big.txt", "src/wide.txt", "src/a.ts"])("the pages of %s are the file", async (path) => {
    const hash = createHash("sha256");
    let from: Record<string, unknown> = {};
    let pages = 0;
    let whole: unknown;
    for (let more = true; more; pages++) {
      const page = await lab.output("read-file", { path, ...from });
      const text = String(page["text"]);
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(65_536);
      expect(text.split("\n").length - 1).toBeLessThanOrEqual(500);
      hash.update(text);
      whole = page["sha256"];
      more = page["truncated"] === true;
      from = {
        start_line: page["next_start_line"],
        ...(page["next_start_byte"] === null ? {} : { start_byte: page["next_start_byte"] }),
      };
      expect(pages).toBeLessThan(50);
    }
    expect(hash.digest("hex")).toBe(whole);
    expect(pages > 1).toBe(path !== "src/a.ts");
  });
});

test("the entry tells path and digests, and not a word of content", async () => {
  const outcome = await lab.call("read-file", { path: "src/a.ts" });
  const entry = lab.entries().at(-1)!;
  expect(entry).toMatchObject({
    event: "call.allowed",
    actor: { principal: "local:stdio", session: "session-1" },
    data: {
      tool: "read-file",
      path: "src/a.ts",
      sha256: sha256(files["src/a.ts"]),
      result_sha256: sha256(outcome.kind === "answer" ? outcome.text : ""),
    },
  });
  expect(entry.data["gate"]).toBe(
    "size=true principal=true tool=true authorized=true incident=true schema=true rate=true budget=true",
  );
  expect(JSON.stringify(lab.entries())).not.toContain("three");
});
