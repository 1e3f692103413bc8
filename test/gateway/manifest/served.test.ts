// I30: what is masked for a caller is masked in every answer, with the digest of the masked text; and no proposal reaches it.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sha256 } from "../../../src/core/base/digest.ts";
import type { Manifest } from "../../../src/core/manifest/manifest.ts";
import type { Edit } from "../../../src/core/proposal/edits.ts";
import { type GatewayLab, gatewayLab, proposalArgs } from "../../support/gateway.ts";
import { manifestOf } from "../../support/published.ts";

const TOML = `
[calls]
per_minute = 100000
[proposal]
per_hour = 10000
max_pending = 100
[[secrets.redact]]
id = "password"
paths = ["*.json"]
principals = ["reader"]
json_path = "$.password"
[[secrets.redact]]
id = "salary"
paths = ["**/*.yml"]
principals = ["reader", "writer"]
pattern = 'salary: (.+)'
[[principals]]
name = "reader"
roles = ["proposer"]
[[principals]]
name = "writer"
roles = ["proposer"]
`;
const MASKED_JSON =
  '{\n  "user": "app",\n  "password": "[REDACTED:password]",\n  "port": 1,\n  "db": "x"\n}\n';
const files = {
  "app.json": MASKED_JSON.replace("[REDACTED:password]", "hunter2"),
  "broken.json": '{"password": "hunter2"',
  "pay.yml": "name: x\nsalary: 900\n",
  // As the validator publishes it.
  "key.ts": 'a\nkey = "[REDACTED:aws-access-key]"\nb\nc\n',
  "plain.ts": "hunter2 is a word here\n",
};
const entriesWith = (): Pick<Manifest, "entries" | "version"> => ({
  version: 2,
  entries: manifestOf(files).entries.map((entry) =>
    entry.path === "key.ts" ? { ...entry, redactions: [{ rule: "aws-access-key", count: 1 }] } : entry,
  ),
});

let lab: GatewayLab;
let base: string;
let reader: ReturnType<GatewayLab["as"]>;
let writer: ReturnType<GatewayLab["as"]>;
beforeAll(async () => {
  lab = await gatewayLab({ toml: TOML });
  base = await lab.publish(files, entriesWith());
  await lab.shelf.refresh();
  [reader, writer] = [lab.as("reader"), lab.as("writer")];
});
afterAll(() => lab.stop());

describe("read-file", () => {
  test("redacts the field, and answers with the digest and the size of what it shows", async () => {
    expect(await lab.output("read-file", { path: "app.json" }, reader)).toMatchObject({
      text: MASKED_JSON,
      sha256: sha256(MASKED_JSON),
      size: MASKED_JSON.length,
      redactions: [{ rule: "password", lines: [3] }],
    });
  });

  test("shows others what is there, before and behind the first one, from whatever is kept", async () => {
    for (const caller of [writer, reader, writer, reader]) {
      const { text, sha256: digest } = await lab.output("read-file", { path: "app.json" }, caller);
      const expected = caller === reader ? MASKED_JSON : files["app.json"];
      expect([text, digest]).toEqual([expected, sha256(expected)]);
    }
  });

  test("names rule and lines within the part that is read", async () => {
    const read = (start: number): Promise<Record<string, unknown>> =>
      lab.output("read-file", { path: "key.ts", start_line: start, max_lines: 2 }, writer);
    expect((await read(1))["redactions"]).toEqual([{ rule: "aws-access-key", lines: [2] }]);
    expect((await read(3))["redactions"]).toEqual([]);
  });

  test("serves nothing of a file that a rule for the caller cannot be applied to", async () => {
    expect(await lab.code("read-file", { path: "broken.json" }, reader)).toBe("not_listed");
    expect(await lab.code("read-file", { path: "broken.json" }, writer)).toBeUndefined();
  });
});

test("read-manifest tells neither digest nor size of what is masked for the caller", async () => {
  const told = JSON.stringify(await lab.output("read-manifest", {}, reader));
  for (const path of ["app.json", "broken.json", "pay.yml"] as const)
    expect(told).not.toContain(sha256(files[path]));
  const { entries, omitted } = await lab.output("read-manifest", {}, reader);
  expect(entries).toContainEqual(
    expect.objectContaining({
      path: "app.json",
      sha256: sha256(MASKED_JSON),
      size: MASKED_JSON.length,
      redacted: 1,
    }),
  );
  expect(entries).toContainEqual(expect.objectContaining({ path: "key.ts", redacted: 1 }));
  expect(omitted).toEqual([{ path: "broken.json", reason: "redaction" }]);
  const others = await lab.output("read-manifest", {}, writer);
  expect(others["entries"]).toContainEqual(
    expect.objectContaining({ path: "app.json", sha256: sha256(files["app.json"]) }),
  );
});

describe("search-files", () => {
  const found = async (query: string, caller: typeof reader): Promise<unknown> =>
    (await lab.output("search-files", { query }, caller))["matches"];

  test("finds nothing that is masked away, literally or by an expression", async () => {
    expect(await found("hunter2", reader)).toEqual([
      { path: "plain.ts", line: 1, text: "hunter2 is a word here", cut: false },
    ]);
    const regex = { query: "h.nter[0-9]", regex: true, glob: "*.json" };
    expect((await lab.output("search-files", regex, reader))["matches"]).toEqual([]);
    expect(await found("900", writer)).toEqual([]);
  });

  test("tells of masks in what it shows, and of files that it could not search", async () => {
    expect(await found("password", reader)).toEqual([
      {
        path: "app.json",
        line: 3,
        text: '  "password": "[REDACTED:password]",',
        cut: false,
        redactions: ["password"],
      },
    ]);
    expect((await lab.output("search-files", { query: "x" }, reader))["damaged"]).toEqual(["broken.json"]);
  });
});

describe("propose-patch", () => {
  type Change = { edits: readonly Edit[] } | { diff: string };
  const argsOf = (change: Change): Record<string, unknown> =>
    proposalArgs(base, { ...change, dry_run: true });
  const propose = (caller: typeof reader, change: Change): Promise<unknown> =>
    lab.call("propose-patch", argsOf(change), caller);
  const code = (caller: typeof reader, change: Change): Promise<string | undefined> =>
    lab.code("propose-patch", argsOf(change), caller);
  const replace = (path: string, old_text: string, new_text: string): { edits: readonly Edit[] } => ({
    edits: [{ op: "replace", path, old_text, new_text }],
  });
  const diff = (password: string): { diff: string } => ({
    diff: `diff --git a/app.json b/app.json\n--- a/app.json\n+++ b/app.json\n@@ -3,3 +3,3 @@\n   "password": "${password}",\n-  "port": 1,\n+  "port": 2,\n   "db": "x"\n`,
  });

  test("a guess is answered alike, right or wrong, as text and in a diff", async () => {
    const bare = (answer: unknown): string => JSON.stringify(answer).replaceAll(/"ref":"[^"]+"/g, "");
    for (const asked of [diff, (word: string) => replace("app.json", `"${word}"`, '"x"')]) {
      const [right, wrong] = [
        await propose(reader, asked("hunter2")),
        await propose(reader, asked("hunter3")),
      ];
      expect(bare(right)).toBe(bare(wrong));
    }
    expect(await code(reader, diff("hunter2"))).toBe("line_masked");
    expect(await code(writer, diff("hunter2"))).toBeUndefined();
    expect(await code(writer, diff("hunter3"))).toBe("diff_context");
  });

  test("beside the line passes, on the line does not, and the mask is not written", async () => {
    expect(await code(reader, replace("app.json", '"port": 1', '"port": 2'))).toBeUndefined();
    expect(await code(reader, replace("app.json", '"[REDACTED:password]"', '"mine"'))).toBe("line_masked");
    expect(await code(reader, replace("plain.ts", "hunter2", "[REDACTED:password]"))).toBe("line_masked");
    expect(await code(writer, replace("key.ts", '"[REDACTED:aws-access-key]"', '""'))).toBe("line_masked");
    expect(await code(reader, { edits: [{ op: "delete", path: "app.json" }] })).toBe("line_masked");
  });
});

test("no answer, entry or note of the log holds what was masked for the reader", async () => {
  const before = lab.entries().length;
  for (const path of ["app.json", "pay.yml"]) await lab.output("read-file", { path }, reader);
  await lab.output("search-files", { query: "900" }, reader);
  const entries = JSON.stringify(lab.entries().slice(before));
  for (const word of ["hunter2", "900", sha256(files["app.json"])]) expect(entries).not.toContain(word);
});
