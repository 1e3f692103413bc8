// I02, I05, G30: over a hundred hostile values in every place of every tool: each refused with a reason, recorded, and nothing more.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Content, content, refusalCode, type Served } from "../support/agent.ts";
import { serveAlone } from "../support/alone.ts";
import { auditEntries } from "../support/log.ts";
import { CANARY, OTHERS, TEXTS } from "../support/hostile.ts";
import type { RpcAnswer } from "../support/rpc.ts";
import { create, replace } from "../support/refusal-scene.ts";
import { removeScratch, scratchRepository } from "../support/scratch.ts";

let served: Served & { look(): number | null };
beforeAll(async () => {
  const files = { "src/a.ts": "export const a = 1;\n" };
  const toml =
    '[calls]\nper_minute = 100000\n[proposal]\nper_hour = 10000\nmax_pending = 100\n[log]\nlevel = "error"\n';
  served = await serveAlone(scratchRepository("hostile", files), toml);
});
afterAll(async () => {
  await served.stop();
  removeScratch(served.repo);
});

const proposal = (more: Content): Content => ({
  base: served.base,
  title: "A change",
  rationale: "A change that a test proposes.",
  change_type: "code_modification",
  risk_level: "low",
  ...more,
});
const good = replace("src/a.ts", "a = 1", "a = 2");

/** A place of a tool where none of these values has any business. */
const PLACES: readonly (readonly [tool: string, place: string, args: (value: unknown) => unknown])[] = [
  ["read-manifest", "cursor", (cursor) => ({ cursor })],
  ["read-file", "path", (path) => ({ path })],
  ["read-file", "start_line", (line) => ({ path: "src/a.ts", start_line: line === 0 ? -1 : [line] })],
  ["search-files", "cursor", (cursor) => ({ query: "a", cursor })],
  ["propose-patch", "base", (base) => proposal({ ...good, base })],
  [
    "propose-patch",
    "path of a new file",
    (path) => proposal({ edits: [{ op: "create", path, new_text: "x\n" }] }),
  ],
  ["propose-patch", "path of a changed file", (path) => proposal({ edits: [{ op: "delete", path }] })],
  [
    "propose-patch",
    "op",
    (op) => proposal({ edits: [{ op, path: "src/a.ts", old_text: "a", new_text: "b" }] }),
  ],
  ["propose-patch", "diff", (diff) => proposal({ diff })],
  ["propose-patch", "supersedes", (supersedes) => proposal({ ...good, supersedes: supersedes ?? [] })],
  ["propose-patch", "risk_level", (risk_level) => proposal({ ...good, risk_level })],
  ["patch-status", "patch_id", (patch_id) => ({ patch_id })],
  ["withdraw-patch", "patch_id", (patch_id) => ({ patch_id })],
  [
    "read-file",
    "another key",
    (value) => ({ path: "src/a.ts", [typeof value === "string" ? value : "k"]: value }),
  ],
];

const refusedCalls = (): readonly Content[] =>
  auditEntries(served.state)
    .filter(({ event }) => event === "call.refused")
    .map(({ data }) => data);
const accepted = (): number =>
  auditEntries(served.state).filter(({ event }) => event.startsWith("proposal.")).length;

/** Sends each value; returns what was neither refused with a reason nor, as not even a call, by the protocol. */
async function wrong(
  name: (value: unknown) => string,
  args: (value: unknown) => unknown,
): Promise<unknown[]> {
  const values = [...TEXTS, ...OTHERS];
  const before = refusedCalls().length;
  const answers: RpcAnswer[] = [];
  for (const value of values) answers.push(await served.client.call(name(value), args(value)));
  const entries = refusedCalls().slice(before);
  expect(entries).toHaveLength(values.length);
  return answers.flatMap((answer, at) => {
    const ref = (content(answer)["refusal"] as { ref?: string } | undefined)?.ref;
    const code = refusalCode(answer);
    const isTold = code !== undefined && answer.result?.["isError"] === true && entries[at]?.["ref"] === ref;
    const isFault = answer.error?.code === -32_602 || answer.error?.code === -32_600;
    const fine = entries[at]?.["reason"] !== "internal" && (isTold || isFault);
    return fine ? [] : [{ value: values[at], answer, entry: entries[at] }];
  });
}

describe("a hundred hostile values and more are refused and recorded", () => {
  test("the values are different, and many", () => {
    expect(new Set([...TEXTS, ...OTHERS].map((value) => JSON.stringify(value))).size).toBe(
      TEXTS.length + OTHERS.length,
    );
    expect(TEXTS.length).toBeGreaterThan(94);
  });

  test.each(PLACES)("%s: %s", async (tool, _, args) => {
    expect(await wrong(() => tool, args)).toEqual([]);
    expect(accepted()).toBe(0);
  });

  test("as the name of a tool", async () => {
    const known = /^(?:read|search|propose|patch|withdraw)/;
    expect(TEXTS.filter((text) => known.test(text))).toEqual([]);
    expect(
      await wrong(
        (value) => value as string,
        () => ({}),
      ),
    ).toEqual([]);
  });

  test("afterwards nothing ran, nothing is stored, and the server answers as before", async () => {
    expect(existsSync(CANARY)).toBe(false);
    expect(readdirSync(join(served.state, "exchange", "orders"))).toEqual([]);
    expect(content(await served.client.call("read-file", { path: "src/a.ts" }))["text"]).toBe(
      "export const a = 1;\n",
    );
  });
});

test("a tool's name of 256 characters is unknown, one of 257 is too long; both are invalid parameters", async () => {
  const [known, long] = await Promise.all(
    [256, 257].map((length) => served.client.call("n".repeat(length), {})),
  );
  expect([known?.error?.code, long?.error?.code]).toEqual([-32_602, -32_602]);
  expect(known?.error?.message).not.toBe(long?.error?.message);
  expect(
    refusedCalls()
      .slice(-2)
      .map((data) => data["reason"]),
  ).toEqual(["tool_unknown", "tool_unknown"]);
});

test.each([
  ["an escape sequence", "Because \u001b[2J of this change."],
  ["a right-to-left override", "Because \u202e of this change."],
  ["an isolate", "Because \u2066 of this change."],
  ["a zero-width space", "Because\u200b of this change."],
  ["a C1 control", "Because \u009b31m of this change."],
  ["tag characters", "Because \u{e0041}\u{e0042} of this change."],
])("%s in title or rationale is refused, named and not repeated", async (_, text) => {
  for (const field of ["title", "rationale"]) {
    const answer = await served.client.call(
      "propose-patch",
      proposal({ ...create("src/n.ts", "x\n"), [field]: text }),
    );
    expect([refusalCode(answer), JSON.stringify(answer.result?.["content"]).includes(text)]).toEqual([
      "text_hidden",
      false,
    ]);
  }
});
