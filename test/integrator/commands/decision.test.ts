// D31: a decision as one file: whatever is changed in it, also with hashes made anew, it is not genuine any more.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parsePublicKey } from "../../../src/core/attestation/key.ts";
import { canonical } from "../../../src/core/base/canonical.ts";
import { sha256 } from "../../../src/core/base/digest.ts";
import type { PatchId } from "../../../src/core/base/ids.ts";
import type { Bundle } from "../../../src/integrator/decision/bundle.ts";
import { type Answer, examineBundle } from "../../../src/integrator/decision/examine.ts";
import { decisionVerify } from "../../../src/integrator/commands/decision.ts";
import { decisionOf } from "../../support/decisions.ts";
import { exportIn, verifyIn, written } from "../../support/exported.ts";
import {
  type Desk,
  openDesk,
  propose,
  type ProposalOptions,
  type Proposed,
  throwAwayKey,
} from "../../support/verdicts.ts";
import { removeScratch, scratch } from "../../support/scratch.ts";
import { testWorld } from "../../support/world.ts";

let desk: Desk;
let dir: string;
beforeEach(() => {
  desk = openDesk();
  dir = scratch("decision");
  writeFileSync(join(dir, "key.pem"), desk.key.pem);
});
afterEach(() => {
  desk.remove();
  removeScratch(dir);
});

const exported = (id: PatchId, options: object = {}): ReturnType<typeof exportIn> =>
  exportIn(dir, desk, id, options);
const verified = (options: object = {}): ReturnType<typeof verifyIn> => verifyIn(dir, options);

async function file(
  options: ProposalOptions = {},
): Promise<{ made: Proposed; bytes: Buffer; bundle: Bundle }> {
  const made = await propose(desk, options);
  const { code, path } = await exported(made.id);
  expect(code).toBe(0);
  const bytes = readFileSync(path);
  return { made, bytes, bundle: JSON.parse(bytes.toString()) as Bundle };
}

const examine = (bytes: Uint8Array): Promise<Answer> =>
  examineBundle(bytes, parsePublicKey(desk.key.pem, "key"), undefined);

describe.each(["APPROVED", "MANUAL_REQUIRED", "REJECTED"] as const)("%s", (outcome) => {
  test("there and back, with every condition in the answer", async () => {
    const { made } = await file({ outcome });
    const { code, answer } = await verified();
    expect(code).toBe(0);
    expect(answer).toMatchObject({
      verdict: "verified",
      facts: { patch_id: made.id, outcome, key: desk.key.keyid, patch_sha256: made.sha256 },
    });
    expect(answer.trace.at(-1)).toMatch(/^verdict: true /);
    const world = testWorld({ cwd: dir });
    expect(await decisionVerify.run(world, ["d.json"], { key: "key.pem" })).toBe(0);
    expect(world.said.out).toContain(`genuine: the verdict is ${outcome}`);
  });
});

test("any byte that is changed, taken away or added is seen", async () => {
  const { bytes } = await file();
  expect((await examine(bytes)).verdict).toBe("verified");
  for (let at = 0; at < bytes.length; at += 7 + (at % 11)) {
    const bit = 1 << (at % 8);
    const changed = Buffer.from(bytes);
    changed.writeUInt8(changed.readUInt8(at) ^ bit, at);
    const less = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)]);
    const more = Buffer.concat([bytes.subarray(0, at), Buffer.from(" "), bytes.subarray(at)]);
    for (const other of [changed, less, more]) {
      const { verdict } = await examine(other);
      if (verdict !== "failed") throw new Error(`byte ${at}: ${verdict}`);
    }
  }
  const open = bytes.subarray(0, -1);
  const ends = ["", " ", "\n\n", "}\n"].map((end) => Buffer.concat([open, Buffer.from(end)]));
  for (const other of [bytes.subarray(0, 0), ...ends]) expect((await examine(other)).verdict).toBe("failed");
});

/** The verdict's statement with other words, in the envelope as it was signed. */
function reworded(bundle: Bundle, change: (text: string) => string): Bundle {
  const envelope = JSON.parse(bundle.verdict) as { payload: string };
  const text = change(Buffer.from(envelope.payload, "base64").toString());
  return {
    ...bundle,
    verdict: `${JSON.stringify({ ...envelope, payload: Buffer.from(text).toString("base64") })}\n`,
  };
}

describe("an edit that keeps every hash and form right", () => {
  const newOrder = (bundle: Bundle, change: (order: Record<string, unknown>) => object): Bundle => ({
    ...bundle,
    order: canonical(change(JSON.parse(bundle.order) as Record<string, unknown>)),
  });
  const worse = (text: string): string => text.replace("Shout two", "Shout 2");
  test.each<[string, (bundle: Bundle) => Bundle, string]>([
    [
      "the outcome",
      (b) => reworded(b, (text) => text.replaceAll("MANUAL_REQUIRED", "APPROVED")),
      "verdict_signature",
    ],
    [
      "a condition's state",
      (b) => reworded(b, (text) => text.replaceAll('"state":"unknown"', '"state":"true"')),
      "verdict_signature",
    ],
    ["the order's title", (b) => newOrder(b, (order) => ({ ...order, title: "Nicer" })), "order_changed"],
    [
      "the patch, under its own digest",
      (b) =>
        newOrder(b, (order) => ({
          ...order,
          patch: `${String(order["patch"])} `,
          patch_sha256: sha256(`${String(order["patch"])} `),
        })),
      "order_changed",
    ],
    [
      "the order, with its digest in the verdict",
      (b) =>
        reworded({ ...b, order: worse(b.order) }, (text) =>
          text.replace(sha256(b.order), sha256(worse(b.order))),
        ),
      "verdict_signature",
    ],
    [
      "the patch id",
      (b) => ({ ...b, patch_id: b.patch_id.replace(/^./, (c) => (c === "0" ? "1" : "0")) as PatchId }),
      "verdict_mismatch",
    ],
    ["the key's id", (b) => ({ ...b, keyid: "SHA256:other" }), "verdict_mismatch"],
    ["a space in the envelope", (b) => ({ ...b, verdict: ` ${b.verdict}` }), "verdict_invalid"],
    ["a line feed less behind the envelope", (b) => ({ ...b, verdict: b.verdict.trim() }), "verdict_invalid"],
    ["a landing that is none", (b) => ({ ...b, landing: "{}" }), "verdict_mismatch"],
  ])("%s", async (_, change, code) => {
    const { bundle } = await file({ outcome: "MANUAL_REQUIRED", reasons: { structure: "evidence_missing" } });
    expect((await examine(written(bundle))).verdict).toBe("verified");
    const answer = await examine(written(change(bundle)));
    expect(answer).toMatchObject({ verdict: "failed", why: expect.stringContaining(code) as string });
  });

  test("a key of the editor's own, in the envelope, counts for nothing", async () => {
    const { id } = await propose(desk, { key: throwAwayKey() });
    const { code, world, path } = await exported(id);
    expect([code, existsSync(path)]).toEqual([1, false]);
    expect(world.said.err).toContain("not exported: verdict_signature");
    await file();
    writeFileSync(join(dir, "other.pem"), throwAwayKey().pem);
    const { code: other, answer } = await verified({ key: "other.pem" });
    expect(other).toBe(1);
    expect(answer.why).toContain("verdict_signature");
  });
});

describe("a decision that does not follow from itself, although the key signed it", () => {
  const structure = (reasons: Parameters<typeof decisionOf>[1]): ReturnType<typeof decisionOf> =>
    decisionOf(desk.setup, reasons);
  test.each<[string, () => ProposalOptions, string]>([
    [
      "an open gate over a condition that is not",
      () => ({ predicate: { decision: { ...structure({ structure: "trust_lane" }), state: "true" } } }),
      "its conditions make it unknown",
    ],
    [
      "another gate's record",
      () => ({ predicate: { decision: { ...structure({}), gate: "landing" } } }),
      "the gate landing",
    ],
    [
      "a failed check that does not reject",
      () => ({
        outcome: "MANUAL_REQUIRED",
        predicate: {
          checks: [{ id: "paths", result: "FAILED", tool: { name: "x", version: "1" }, findings: [] }],
        },
      }),
      "a check failed",
    ],
    [
      "a rejection without a failed check",
      () => ({
        outcome: "REJECTED",
        predicate: {
          checks: [{ id: "paths", result: "PASSED", tool: { name: "x", version: "1" }, findings: [] }],
        },
      }),
      "no check failed",
    ],
  ])("%s", async (_, options, words) => {
    const { id } = await propose(desk, options());
    const { code, world } = await exported(id);
    expect(code).toBe(1);
    expect(world.said.err).toContain(words);
  });

  test("of before there were gates: cannot tell", async () => {
    const { id } = await propose(desk, { undecided: true });
    const { code, world } = await exported(id);
    expect(code).toBe(2);
    expect(world.said.err).toContain("decision_missing");
  });
});

describe("cannot tell", () => {
  test("without a key, a file or a place to write", async () => {
    const { made } = await file();
    await expect(verified({ key: undefined })).rejects.toThrow("--key is missing");
    await expect(verified({ key: "nowhere.pem" })).rejects.toMatchObject({ exitCode: 2 });
    await expect(exported(made.id)).rejects.toThrow("exists already");
    const world = testWorld({ cwd: dir });
    await expect(decisionVerify.run(world, ["nowhere.json"], { key: "key.pem" })).rejects.toThrow(
      "is not there",
    );
    const unjudged = await propose(desk, { unjudged: true });
    await expect(exported(unjudged.id, { out: "x.json" })).rejects.toThrow("there is no verdict of");
  });

  test("printed, the file is the same", async () => {
    const { made, bytes } = await file();
    const { world } = await exported(made.id, { out: undefined });
    expect(world.said.out).toBe(bytes.toString());
  });
});
