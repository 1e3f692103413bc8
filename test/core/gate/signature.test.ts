// Acceptance 4: signed evidence counts for the one question that it answers, and of several statements the latest does.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as ed from "@noble/ed25519";
import { describe, expect, test } from "vitest";
import { keyId } from "../../../src/core/attestation/key.ts";
import { renderEnvelope } from "../../../src/core/attestation/envelope.ts";
import { evidenceStatement, MAX_EVIDENCE_BYTES } from "../../../src/core/attestation/evidence.ts";
import { parseVerdict } from "../../../src/core/attestation/statement.ts";
import { utf8 } from "../../../src/core/base/bytes.ts";
import { judge } from "../../../src/core/gate/judge.ts";
import { chosen, MAX_CANDIDATES, signatureFault } from "../../../src/core/gate/signature.ts";
import { parseValue } from "../../../src/core/gate/value.ts";
import type { Evidence } from "../../../src/core/gate/evidence.ts";
import {
  bent,
  context,
  dsse,
  makers,
  OTHER_PATCH,
  patchSubject,
  pinned,
  result,
  spec,
  stranger,
  trust,
} from "../../support/evidence.ts";

const forms = ["dsse", "result"] as const;
const answered = (over: Partial<Evidence> = {}): Evidence => ({
  lane: "verified",
  value: true,
  proof: dsse(),
  ...over,
});

describe("signatureFault", () => {
  test("the provider signed needs a proof; another one has none to look at", () => {
    expect(signatureFault(spec(), { lane: "verified", value: true }, trust())).toBe("signature_missing");
    expect(signatureFault(spec({ provider: "json" }), { lane: "verified", value: true }, trust())).toBe(
      undefined,
    );
  });

  test("another provider's proof has to be about that provider's check and its query", () => {
    const asked = spec({ provider: "json", check: "path", params: { file: "a.json" } });
    const keys = [pinned({ checks: ["*"] })];
    const about = (check: string, params: unknown): Evidence =>
      answered({ proof: dsse(context({ check, params })) });
    const fault = (evidence: Evidence): unknown => signatureFault(asked, evidence, trust({ keys }));
    expect(fault(about("json.path", { file: "a.json" }))).toBe(undefined);
    expect(fault(about("json.path", { file: "b.json" }))).toBe("signature_other_params");
    expect(fault(about("path", { file: "a.json" }))).toBe("signature_other_check");
  });

  test.each(forms)("%s: what the provider answers is what was signed", (form) => {
    const proof = makers[form]();
    expect(signatureFault(spec(), answered({ proof }), trust())).toBe(undefined);
    for (const over of [{ value: false }, { bytes: utf8("true") }])
      expect(signatureFault(spec(), answered({ proof, ...over }), trust())).toBe("signature_other_value");
    expect(signatureFault(spec(), { lane: "verified", proof }, trust())).toBe("signature_other_value");
  });

  test("numbers keep every digit: a value that a float would take for the same is another one", () => {
    const value = parseValue("9007199254740993");
    const other = parseValue("9007199254740992");
    for (const form of forms) {
      const proof = makers[form](context(), value);
      expect(
        signatureFault(
          spec(),
          { lane: "verified", proof, ...(value === undefined ? {} : { value }) },
          trust(),
        ),
      ).toBe(undefined);
      expect(
        signatureFault(
          spec(),
          { lane: "verified", proof, ...(other === undefined ? {} : { value: other }) },
          trust(),
        ),
      ).toBe("signature_other_value");
    }
  });

  test("no parameters asked for are the same as an empty list of them", () => {
    const asked = spec({ params: { name: "ci.tests" } });
    expect(signatureFault(asked, answered({ proof: dsse(context({ params: {} })) }), trust())).toBe(
      undefined,
    );
    expect(signatureFault(asked, answered(), trust())).toBe("signature_other_params");
  });

  test("a number and its spelling are two parameters", () => {
    const asked = spec({ params: { name: "ci.tests", params: { shards: 4 } } });
    expect(
      signatureFault(asked, answered({ proof: dsse(context({ params: { shards: 4 } })) }), trust()),
    ).toBe(undefined);
    expect(
      signatureFault(asked, answered({ proof: dsse(context({ params: { shards: "4" } })) }), trust()),
    ).toBe("signature_other_params");
  });

  test.each(forms)("%s: larger than 64 KiB, it is not read", (form) => {
    const proof = {
      form,
      bytes: Buffer.concat([makers[form]().bytes, Buffer.alloc(MAX_EVIDENCE_BYTES, " ")]),
    };
    expect(signatureFault(spec(), answered({ proof }), trust())).toBe("signature_too_large");
  });

  test("a limit that is no number refuses", () => {
    const { maxAgeSeconds: _, ...rest } = trust();
    expect(signatureFault(spec(), answered(), rest as ReturnType<typeof trust>)).toBe("signature_lifetime");
    expect(signatureFault(spec(), answered(), trust({ now: Number.NaN }))).not.toBe(undefined);
  });

  test("a key that is pinned twice may speak about what either entry says, while that entry lasts", () => {
    const keys = [pinned({ checks: ["ci.lint"] }), pinned({ checks: ["ci.tests"] })];
    expect(signatureFault(spec(), answered(), trust({ keys }))).toBe(undefined);
    const late = [keys[0] ?? pinned(), pinned({ expires: 1 })];
    expect(signatureFault(spec(), answered(), trust({ keys: late }))).toBe("signature_key_expired");
    const renewed = [pinned({ expires: 1 }), pinned()];
    expect(signatureFault(spec(), answered(), trust({ keys: renewed }))).toBe(undefined);
  });

  test("a key of small order, under which nothing needs to be signed", () => {
    const weak = JSON.parse(
      readFileSync(join(import.meta.dirname, "../../vectors/ed25519/weak-keys.json"), "utf8"),
    ) as Readonly<Record<string, string>>;
    const publicKey = Buffer.from(weak["identity"] ?? "", "hex");
    const signature = Buffer.concat([ed.Point.BASE.toBytes(), Buffer.of(1, ...Array<number>(31).fill(0))]);
    const keyid = keyId(publicKey);
    const bytes = renderEnvelope({ payload: evidenceStatement(context(), true), keyid, signature });
    const keys = [pinned({ keyid, publicKey })];
    expect(signatureFault(spec(), answered({ proof: { form: "dsse", bytes } }), trust({ keys }))).toBe(
      "signature_invalid",
    );
  });

  test("bytes that were read in one form are not taken for the other", () => {
    const proof = dsse();
    expect(signatureFault(spec(), answered({ proof }), trust())).toBe(undefined);
    const other = { ...proof, form: "result" as const };
    expect(signatureFault(spec(), answered({ proof: other }), trust())).toBe("signature_missing");
  });

  test("it is remembered for a key, and not for another one under the same name", () => {
    const evidence = answered();
    expect(signatureFault(spec(), evidence, trust())).toBe(undefined);
    const keys = [pinned({ publicKey: stranger.key.publicKey })];
    expect(signatureFault(spec(), evidence, trust({ keys }))).toBe("signature_invalid");
    expect(signatureFault(spec(), evidence, trust({ subject: { resource: "x" } }))).toBe(
      "signature_other_resource",
    );
  });
});

test("evidence is no verdict", () => {
  expect(parseVerdict(evidenceStatement(context(), true))).toMatchObject({ ok: false });
});

describe("chosen", () => {
  const issued = (at: string, value: boolean, form: "dsse" | "result" = "dsse"): ReturnType<typeof dsse> =>
    makers[form](context({ issued: at }), value);

  test("none at all, or none about this check: signed_missing", () => {
    const lint = dsse(context({ check: "ci.lint" }));
    const garbage = { form: "dsse" as const, bytes: utf8("garbage") };
    for (const candidates of [[], [lint], [garbage, lint]])
      expect(chosen(candidates, spec(), trust())).toMatchObject({
        lane: "verified",
        error: { code: "signed_missing" },
      });
  });

  test("the answer carries value, proof and the anchor of what it is about", () => {
    const proof = result();
    expect(chosen([proof], spec(), trust())).toEqual({
      lane: "verified",
      value: true,
      proof,
      anchor: {
        type: "patch_subject",
        value: `{"patch":"${trust().subject.patch ?? ""}","resource":"${trust().subject.resource}"}`,
      },
    });
  });

  test("the latest counts, whichever was handed over first", () => {
    const [old, young] = [
      issued("2026-06-01T11:00:00.000Z", true),
      issued("2026-06-01T11:30:00.000Z", false, "result"),
    ];
    for (const candidates of [
      [old, young],
      [young, old],
    ])
      expect(chosen(candidates, spec(), trust())).toMatchObject({ value: false, proof: young });
  });

  test("a younger one that does not hold takes nothing away", () => {
    const old = issued("2026-06-01T11:00:00.000Z", true);
    const forged = dsse(context({ issued: "2026-06-01T11:30:00.000Z" }), false, stranger);
    const elsewhere = dsse(
      context({ issued: "2026-06-01T11:30:00.000Z", subject: [patchSubject(OTHER_PATCH)] }),
      false,
    );
    expect(chosen([forged, old, elsewhere], spec(), trust())).toMatchObject({ value: true, proof: old });
  });

  test("two of one instant that differ: neither; that agree: either", () => {
    const at = "2026-06-01T11:30:00.000Z";
    expect(chosen([issued(at, true), issued(at, false)], spec(), trust())).toMatchObject({
      error: { code: "signed_conflict" },
    });
    expect(chosen([issued(at, true), issued(at, true, "result")], spec(), trust())).toMatchObject({
      value: true,
    });
  });

  test("none holds: the one that came furthest is told, and judge() says why", () => {
    const expired = dsse(context({ expires: "2026-06-01T11:59:30.000Z" }));
    const forged = dsse(context(), true, stranger);
    const found = chosen([forged, expired, forged], spec(), trust());
    expect(found).toMatchObject({ proof: expired, value: true });
    expect(judge(spec(), {}, found, trust())).toMatchObject({
      state: "unknown",
      reason: "provider_error",
      detail: "signature_expired",
    });
  });

  test.each([
    [bent(dsse(), { signatures: [] }), "signature_missing"],
    [bent(result(), { signature: undefined }), "signature_missing"],
    [bent(dsse(), { key: "x" }), "signature_unknown_field"],
    [bent(result(), { "evidence_hash.algorithm": "md5" }), "signature_malformed"],
  ])("one about this check that cannot be read is told as well (%#)", (proof, detail) => {
    const found = chosen([proof], spec(), trust());
    expect(judge(spec(), {}, found, trust())).toMatchObject({
      state: "unknown",
      reason: "provider_error",
      detail,
    });
  });

  test("not_exists never holds without a signature", () => {
    const absent = spec({ comparator: "not_exists" });
    for (const candidates of [[], [bent(dsse(), { signatures: [] })], [dsse()]])
      expect(judge(absent, {}, chosen(candidates, absent, trust()), trust()).state).not.toBe("true");
  });

  test("a genuine one opens the condition, and a forged one beside it does not close it", () => {
    const forged = dsse(context(), false, stranger);
    expect(judge(spec(), {}, chosen([forged, result()], spec(), trust()), trust())).toMatchObject({
      state: "true",
      lane: "verified",
    });
  });

  test(`more than ${MAX_CANDIDATES}: none is looked at`, () => {
    const many = Array.from({ length: MAX_CANDIDATES + 1 }, () => dsse());
    expect(chosen(many, spec(), trust())).toMatchObject({ error: { code: "signed_too_many" } });
    expect(chosen(many.slice(1), spec(), trust())).toMatchObject({ value: true });
  });
});
