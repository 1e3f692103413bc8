// G28, G29, I06: every limit of a proposal at its boundary and one beyond, and the quotas.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { canonical } from "../../../src/core/base/canonical.ts";
import { type GatewayLab, gatewayLab, proposalArgs } from "../../support/gateway.ts";

const files = {
  "src/a.ts": "one\ntwo\nthree\n",
  "src/long.ts": Array.from({ length: 3000 }, (_, n) => `line ${n}\n`).join(""),
};
const small = `[proposal]
max_files = 3
max_hunks = 4
max_hunk_lines = 30
max_changed_lines = 50
max_line_chars = 100
max_pending = 2
per_hour = 3
max_call_bytes = 20000
`;
let lab: GatewayLab;
let base: string;

beforeEach(async () => {
  lab = await gatewayLab({ toml: small });
  base = await lab.publish(files);
  await lab.shelf.refresh();
});
afterEach(() => lab.stop());

const replace = (old_text: string, new_text: string, path = "src/a.ts") => ({
  op: "replace",
  path,
  old_text,
  new_text,
});
const create = (path: string, new_text = "new\n") => ({ op: "create", path, new_text });
const good = { edits: [replace("two", "zwei")] };
const propose = (changes: Record<string, unknown>, caller = {}) =>
  lab.code("propose-patch", proposalArgs(base, changes), caller);
const proposed = (changes: Record<string, unknown>) =>
  lab.output("propose-patch", proposalArgs(base, changes));
const lines = (count: number, text = "x") => `${text}\n`.repeat(count);

describe("limits, at the boundary and one beyond", () => {
  const hunks = (count: number) =>
    Array.from({ length: count }, (_, n) => replace(`line ${n * 20 + 1000}\n`, "x\n", "src/long.ts"));
  test.each([
    ["files", { edits: [1, 2, 3].map((n) => create(`src/n${n}.ts`)) }, undefined],
    ["files + 1", { edits: [1, 2, 3, 4].map((n) => create(`src/n${n}.ts`)) }, "too_many_files"],
    ["hunks", { edits: hunks(4) }, undefined],
    ["hunks + 1", { edits: hunks(5) }, "too_many_hunks"],
    ["lines of a hunk", { edits: [create("src/n.ts", lines(30))] }, undefined],
    ["lines of a hunk + 1", { edits: [create("src/n.ts", lines(31))] }, "hunk_too_large"],
    ["changed lines", { edits: [create("src/n.ts", lines(25)), create("src/m.ts", lines(25))] }, undefined],
    [
      "changed lines + 1",
      { edits: [create("src/n.ts", lines(25)), create("src/m.ts", lines(26))] },
      "too_many_lines",
    ],
    ["characters of a line, three bytes each", { edits: [replace("two", "日".repeat(100))] }, undefined],
    ["characters of a line + 1", { edits: [replace("two", "日".repeat(101))] }, "line_too_long"],
  ])("%s", async (_, changes, code) => {
    expect(await propose({ ...changes, dry_run: true })).toBe(code);
  });

  test("bytes of a call, counted in UTF-8", async () => {
    const args = (filler: string) =>
      proposalArgs(base, { edits: [create("src/n.ts", filler)], dry_run: true });
    const room = 20_000 - Buffer.byteLength(canonical(args("")));
    expect(await lab.code("propose-patch", args("é".repeat(Math.floor(room / 2))))).not.toBe(
      "call_too_large",
    );
    expect(await lab.code("propose-patch", args("é".repeat(Math.floor(room / 2) + 1)))).toBe(
      "call_too_large",
    );
  });

  test("a diff that claims more than it holds", async () => {
    const diff =
      "diff --git a/src/a.ts b/src/a.ts\n--- a/src/a.ts\n+++ b/src/a.ts\n@@ -1,100000 +1 @@\n-one\n+eins\n";
    expect(await propose({ diff })).toBe("diff_malformed");
  });
});

describe("quotas", () => {
  test("one more than the pending ones while no validator is there; a withdrawal makes room", async () => {
    const first = await proposed(good);
    await proposed({ edits: [replace("one", "eins")] });
    expect(await propose({ edits: [replace("three", "drei")] })).toBe("too_many_pending");
    await lab.output("withdraw-patch", { patch_id: first["patch_id"] });
    expect(await propose({ edits: [replace("three", "drei")] })).toBeUndefined();
    await lab.output("withdraw-patch", { patch_id: first["patch_id"] });
    expect(await propose({ edits: [replace("one", "uno")] })).toBe("rate_proposals");
    lab.later(3_600_001);
    // An hour later the room is there again; the pending ones still wait.
    expect(await propose({ edits: [replace("one", "uno")] })).toBe("too_many_pending");
  });

  test("a refusal by quota is recorded once", async () => {
    await proposed(good);
    await proposed({ edits: [replace("one", "eins")] });
    const before = lab.entries().length;
    await propose({ edits: [replace("three", "drei")] });
    expect(
      lab
        .entries()
        .slice(before)
        .map(({ event, data }) => [event, data["reason"]]),
    ).toEqual([
      ["call.allowed", undefined],
      ["call.refused", "too_many_pending"],
    ]);
  });
});
