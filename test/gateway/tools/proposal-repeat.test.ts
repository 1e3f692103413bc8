// A proposal that is sent again is found, and judged by what holds now.
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { GateName } from "../../../src/core/config/schema-gates.ts";
import { NEVER, gate } from "../../support/gates.ts";
import { type GatewayLab, gatewayLab, proposalArgs } from "../../support/gateway.ts";

const FILES = { "src/a.ts": "one\ntwo\n", "src/b.ts": "b\n" };
const DISPATCH = '[[dispatch.rules]]\neffect = "deny"\npaths = ["src/**"]\n';

let lab: GatewayLab;
let base: string;
/** The gates of the policy that stand; the others are not there yet. */
let shut: Set<GateName>;
const open = async (): Promise<void> => {
  lab = await gatewayLab({
    toml: `${NEVER}${gate("propose-patch", '"never"')}`,
    gates: (real) => ({ ...real, of: (name) => (shut.has(name) ? real.of(name) : undefined) }),
  });
  base = await lab.publish(FILES);
  await lab.shelf.refresh();
};
beforeEach(async () => {
  shut = new Set();
  await open();
});
afterEach(() => lab.stop());

const edits = [{ op: "replace", path: "src/a.ts", old_text: "one", new_text: "eins" }];
const args = (more: Record<string, unknown> = {}) =>
  proposalArgs(base, { edits, idempotency_key: "k", ...more });
const send = (more: Record<string, unknown> = {}) => lab.call("propose-patch", args(more));
const sent = (more: Record<string, unknown> = {}) => lab.output("propose-patch", args(more));
const moveOn = async (): Promise<void> => {
  await lab.publish({ ...FILES, "src/b.ts": "c\n" });
  await lab.shelf.refresh();
};
const last = () => lab.entries().at(-1)!;

describe("a proposal that is sent again", () => {
  const held = { kind: "refused", refusal: { code: "condition_false" }, gate: { gate: "propose-patch" } };

  test.each([
    ["on the same base", () => Promise.resolve()],
    ["when the repository has moved on", moveOn],
  ])("is refused where the policy's gate holds: %s", async (_, before) => {
    await sent();
    await before();
    shut.add("propose-patch");
    expect(await send()).toMatchObject(held);
    expect(last()).toMatchObject({
      event: "call.refused",
      data: { policy_state: "false", trace: expect.stringMatching(/never=false:condition_false$/) as string },
    });
  });

  test("is answered when the repository has moved on, and the entry says how it was judged", async () => {
    const { patch_id } = await sent();
    for (const before of [() => Promise.resolve(), moveOn]) {
      await before();
      expect(await sent()).toMatchObject({ patch_id, repeated: true });
      expect(last()).toMatchObject({
        event: "proposal.repeated",
        data: { patch_id, trace: expect.stringMatching(/lane=true.* dispatch=true$/) as string },
      });
    }
  });

  test("is answered when what it superseded is closed by now", async () => {
    const { patch_id } = await sent({ idempotency_key: "first" });
    const next = { supersedes: patch_id, edits: [{ ...edits[0], new_text: "uno" }] };
    const second = await sent(next);
    expect(await sent(next)).toMatchObject({ patch_id: second["patch_id"], repeated: true });
  });

  // Threat: two tokens of one principal; what the narrow one cannot see is no change of the times.
  test("is refused where its sender does not see what it superseded", async () => {
    const other = { op: "replace", path: "src/b.ts", old_text: "b", new_text: "c" };
    const { patch_id } = await sent({ idempotency_key: "first", edits: [other] });
    const next = args({ supersedes: patch_id });
    const as = (paths: readonly string[]) => lab.as("local:stdio", { paths: [paths] });
    const first = await lab.output("propose-patch", next, as(["src/**"]));
    expect(await lab.output("propose-patch", next, as(["src/**"]))).toMatchObject({
      patch_id: first["patch_id"],
    });
    expect(await lab.code("propose-patch", next, as(["src/a.ts"]))).toBe("patch_unknown");
  });

  test("is refused where its sender may claim nothing any more", async () => {
    const claims = args({ evidence: [{ name: "n", value: 1 }] });
    expect(await lab.code("propose-patch", claims, lab.as("p", { lane: "asserted" }))).toBeUndefined();
    await moveOn();
    expect(await lab.code("propose-patch", claims, lab.as("p", { lane: "verified" }))).toBe("lane_asserted");
  });

  test("is refused where dispatch would not take it any more", async () => {
    await sent();
    appendFileSync(join(lab.layout.root, "countersign.toml"), DISPATCH);
    const later = await gatewayLab({ beside: lab, gates: (real) => ({ ...real, of: () => undefined }) });
    await later.shelf.refresh();
    expect(await later.code("propose-patch", args({ idempotency_key: "other" }))).not.toBe("dispatch_denied");
    expect(await later.code("propose-patch", args())).toBe("dispatch_denied");
    await later.stop();
  });
});
