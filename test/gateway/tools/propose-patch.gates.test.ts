// D13 and acceptance 5: what a proposal's gate believes of what the agent claims and carries.
import { createHash } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import type { Outcome } from "../../../src/gateway/tools/call.ts";
import { ALWAYS, CI_KEY, ciSays, CLAIMED, condition, gate, SIGNED, stranger } from "../../support/gates.ts";
import { type GatewayLab, gatewayLab, type LabOptions, proposalArgs } from "../../support/gateway.ts";

let lab: GatewayLab;
let base: string;
const open = async (toml: string, options: LabOptions = {}): Promise<void> => {
  lab = await gatewayLab({ toml, ...options });
  mkdirSync(join(lab.layout.root, "evidence"), { recursive: true });
  base = await lab.publish({ "src/a.ts": "one\ntwo\n", "docs/a.md": "text\n" });
  await lab.shelf.refresh();
};
afterEach(() => lab.stop());

const edits = [{ op: "replace", path: "src/a.ts", old_text: "one", new_text: "eins" }];
const args = (more: Record<string, unknown> = {}) => proposalArgs(base, { edits, ...more });
const propose = (more: Record<string, unknown> = {}, caller = {}): Promise<Outcome> =>
  lab.call("propose-patch", args(more), caller);
const code = (more: Record<string, unknown> = {}, caller = {}): Promise<string | undefined> =>
  lab.code("propose-patch", args(more), caller);
const dryRun = (more: Record<string, unknown> = {}) =>
  lab.output("propose-patch", args({ dry_run: true, ...more }));
const entries = (event: string) => lab.entries().filter((entry) => entry.event === event);

/** Digest of the patch that `edits` make. */
const patchDigest = async (): Promise<string> => String((await dryRun())["patch_sha256"]);
const claim = { name: "tests_passed", value: true };

describe("acceptance 5: tests that passed", () => {
  const toml = CLAIMED + SIGNED + CI_KEY;
  const claimed = toml + gate("propose-patch", '"tests_passed"', "verified");
  const signed = toml + gate("propose-patch", '"ci_tests"', "verified");

  test("claimed by the agent: trust_lane, whatever it claims", async () => {
    await open(claimed);
    for (const evidence of [[claim], [{ name: "tests_passed", value: false }], []])
      expect(await propose({ evidence })).toMatchObject({
        refusal: { code: "trust_lane", where: "tests_passed" },
        gate: { gate: "propose-patch", state: "unknown", condition: "tests_passed", reason: "trust_lane" },
      });
    expect(lab.store.outbox()).toEqual([]);
    expect(entries("call.refused").at(-1)?.data).toMatchObject({
      policy_state: "unknown",
      trace: expect.stringMatching(
        /^incident=true base=true .* dispatch=true tests_passed=unknown:trust_lane$/,
      ) as string,
    });
  });

  test("signed by the pinned key about this very patch: the gate opens, and the entry says how", async () => {
    await open(toml);
    const patch = await patchDigest();
    await lab.stop();
    await open(signed);
    const envelope = ciSays(patch);
    expect(await code({ evidence: [{ envelope }] })).toBeUndefined();
    expect(entries("proposal.accepted").at(-1)?.data).toMatchObject({
      policy_state: "true",
      trace: expect.stringMatching(/ dispatch=true ci_tests=true$/) as string,
    });
    expect(lab.store.outbox()[0]?.evidence).toEqual([{ envelope }]);
  });

  test.each([
    [
      "about another patch",
      (patch: string) => ciSays(createHash("sha256").update(patch).digest("hex")),
      "signature_other_patch",
    ],
    [
      "of a key that is not pinned",
      (patch: string) => ciSays(patch, { by: stranger }),
      "signature_key_unlisted",
    ],
    [
      "for another repository",
      (patch: string) => ciSays(patch, { over: { resourceUri: "urn:countersign:repository:x" } }),
      "signature_other_resource",
    ],
    [
      "that is over",
      (patch: string) =>
        ciSays(patch, { over: { issued: "2026-01-01T00:00:00.000Z", expires: "2026-01-02T00:00:00.000Z" } }),
      "signature_expired",
    ],
    [
      "about another check",
      (patch: string) => ciSays(patch, { over: { check: "ci.lint" } }),
      "signed_missing",
    ],
  ])("signed %s: %s", async (_, envelope, detail) => {
    await open(toml);
    const patch = await patchDigest();
    await lab.stop();
    await open(signed);
    expect(await code({ evidence: [{ envelope: envelope(patch) }] })).toBe("provider_error");
    expect(String(entries("call.refused").at(-1)?.data["trace"])).toContain(
      `ci_tests=unknown:provider_error:${detail}`,
    );
    expect(lab.store.outbox()).toEqual([]);
  });

  test("signed, and false: the fact counts, and the gate holds", async () => {
    await open(toml);
    const patch = await patchDigest();
    await lab.stop();
    await open(signed);
    expect(await code({ evidence: [{ envelope: ciSays(patch, { value: false }) }] })).toBe("condition_false");
  });
});

describe("evidence that is not taken", () => {
  test("claims of a caller in the verified lane; a signed envelope is none", async () => {
    await open(SIGNED + CI_KEY);
    const verified = lab.as("p", { lane: "verified" });
    expect(await code({ evidence: [claim] }, verified)).toBe("lane_asserted");
    const envelope = ciSays(await patchDigest());
    expect(await code({ evidence: [{ envelope }, claim] }, verified)).toBe("lane_asserted");
    expect(await code({ evidence: [{ envelope }] }, verified)).toBeUndefined();
  });

  test("claims of anybody, where the policy takes none", async () => {
    await open("[evidence]\naccept_claims = false\n");
    expect(await code({ evidence: [claim] })).toBe("lane_asserted");
    expect(await code({ evidence: [{ envelope: ciSays("0".repeat(64)) }] })).toBeUndefined();
  });

  test.each([
    ["no JSON", "not an envelope"],
    ["JSON of something else", '{"a":1}'],
    [
      "an envelope without a signature",
      '{"payload":"e30=","payloadType":"application/vnd.in-toto+json","signatures":[]}',
    ],
    ["an array", "[]"],
  ])("an envelope that is %s: evidence_malformed", async (_, envelope) => {
    await open("");
    expect(await propose({ evidence: [claim, { envelope }] })).toMatchObject({
      refusal: { code: "evidence_malformed", where: "evidence[1].envelope" },
    });
  });

  test.each([
    [
      "a key beside the signature",
      (text: string) => text.replace('"payload"', '"publicKey":"AAAA","payload"'),
    ],
    ["another type of payload", (text: string) => text.replace("in-toto", "in-tot0")],
    ["a signature cut short", (text: string) => text.replace(/"sig":"..../, '"sig":"')],
  ])("an envelope with %s: evidence_malformed", async (_, spoil) => {
    await open("");
    const envelope = ciSays("0".repeat(64));
    expect(spoil(envelope)).not.toBe(envelope);
    expect(await code({ evidence: [{ envelope: spoil(envelope) }] })).toBe("evidence_malformed");
  });

  test.each([
    ["both at once", { name: "a", value: 1, envelope: "x" }, "evidence[0]"],
    ["neither", {}, "evidence[0]"],
    ["an envelope that is no text", { envelope: 1 }, "evidence[0].envelope"],
  ])("%s: input_invalid", async (_, entry, where) => {
    await open("");
    const outcome = await propose({ evidence: [entry] });
    expect(outcome).toMatchObject({ refusal: { code: "input_invalid" } });
    expect(outcome.kind !== "answer" && outcome.refusal.where.startsWith(where)).toBe(true);
  });
});

describe("a proposal's gate", () => {
  test("asks for no evidence while anything else is wrong", async () => {
    let asked = 0;
    await open(ALWAYS + gate("propose-patch", '"always"'), {
      gates: (real) => ({ ...real, facts: (specs, about) => ((asked += 1), real.facts(specs, about)) }),
    });
    expect(await code({ title: "a\u202eb" })).toBe("text_hidden");
    expect(await code({ base: "0".repeat(64) })).toBe("base_unknown");
    expect(asked).toBe(0);
    expect(await code()).toBeUndefined();
    expect(asked).toBeGreaterThan(0);
  });

  test("knows the proposal: type, level and principal, each in its lane", async () => {
    const toml =
      condition("low", "caller", { check: "risk_level" }, "low", 'min_lane = "asserted"') +
      condition("me", "caller", { check: "principal" }, "alice");
    await open(`[trust]\nmin_lane = "asserted"\n${toml}${gate("propose-patch", '{ all = ["low", "me"] }')}`);
    expect(await code({}, lab.as("alice"))).toBeUndefined();
    expect(await code({ risk_level: "medium" }, lab.as("alice"))).toBe("condition_false");
    expect(await code({}, lab.as("mallory"))).toBe("condition_false");
  });
});
