// Acceptance 4 (D17, D18): an envelope that is genuine somewhere else, or not at all, opens nothing; the verdict says why.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { content } from "../support/agent.ts";
import type { CiJob, Said } from "../support/ci-job.ts";
import { CLAIM, type CiScene, flipped, openCiScene, repacked } from "../support/ci-scene.ts";

let scene: CiScene;
beforeAll(async () => {
  scene = await openCiScene();
});
afterAll(() => scene.stop());

/** The table below is written before there is any key. */
const sign =
  (words: Partial<Said> = {}, by = ({ ci }: CiScene): CiJob => ci) =>
  (patch: string): string =>
    scene.sign(words, by(scene))(patch);

const otherPatch = "0".repeat(64);

describe("the same envelope where it does not belong", () => {
  test.each<readonly [string, string, (patch: string) => string]>([
    ["for another patch", "signature_other_patch", () => sign()(otherPatch)],
    ["for another check", "signed_missing", sign({ check: "lint_passed" })],
    ["for other parameters", "signature_other_params", sign({ params: ["suite=unit"] })],
    ["for another repository", "signature_other_resource", sign({ resource: { name: "elsewhere" } })],
    ["for another namespace", "signature_other_resource", sign({ resource: { namespace: "elsewhere" } })],
    ["with a life beyond what is allowed", "signature_lifetime", sign({ ttl: 30 * 86_400 })],
    [
      "with one letter of its signature changed",
      "signature_invalid",
      (patch) => flipped(sign()(patch), '"sig":"', 20),
    ],
    [
      "with one letter of its payload changed",
      "signature_invalid",
      (patch) =>
        repacked(sign()(patch), (text) =>
          text.replace(/"nonce":"(.)/, (_, first) => `"nonce":"${first === "0" ? "1" : "0"}`),
        ),
    ],
    [
      "with another answer in its payload",
      "signature_invalid",
      (patch) =>
        repacked(sign({ value: "false" })(patch), (text) =>
          text.replace('"value":"false"', '"value":"true"'),
        ),
    ],
    ["by a key that is not listed", "signature_key_unlisted", sign({}, ({ stranger }) => stranger)],
    [
      "by a key that is not listed, under the id of one that is",
      "signature_invalid",
      (patch) => sign({}, ({ stranger }) => stranger)(patch).replace(scene.stranger.keyid, scene.ci.keyid),
    ],
    ["by a key that is listed for another check", "signature_key_check", sign({}, ({ linter }) => linter)],
  ])("%s holds the gate: %s", async (_what, detail, envelope) => {
    const { id, state, condition: signed } = await scene.carrying(envelope, [CLAIM]);
    expect([state, signed]).toEqual([
      "manual_required",
      expect.objectContaining({
        state: "unknown",
        reason: "provider_error",
        detail,
        keyid: null,
        digest: null,
      }),
    ]);
    const status = content(await scene.served.client.call("patch-status", { patch_id: id }));
    expect(JSON.stringify(status["gate"])).toContain(detail);
  });

  test("after its end", async () => {
    const how = scene.change();
    const envelope = sign({ ttl: 1 })(await scene.shaOf(how));
    await pause(1100);
    const { state, condition: signed } = scene.judged(
      await scene.said({ ...how, evidence: [CLAIM, { envelope }] }),
    );
    expect([state, signed]).toEqual([
      "manual_required",
      expect.objectContaining({ reason: "provider_error", detail: "signature_expired" }),
    ]);
  });

  // The gateway takes in nothing that it cannot read; in the folder it shuts the gate, as whatever cannot be read there does.
  test.each<readonly [string, (text: string) => string]>([
    [
      "beside the signature",
      (text) => text.replace('"keyid"', `"key":"${publicKey(scene.stranger)}","keyid"`),
    ],
    [
      "in the envelope",
      (text) => text.replace('{"payload"', `{"key":"${publicKey(scene.stranger)}","payload"`),
    ],
  ])(
    "with its key embedded %s: refused when it is carried, unknown from the folder",
    async (_where, embed) => {
      const how = scene.change();
      const envelope = embed(sign({}, ({ stranger }) => stranger)(await scene.shaOf(how)));
      expect(await scene.said({ ...how, evidence: [{ envelope }] })).toMatchObject({
        refusal: { code: "evidence_malformed" },
      });
      const file = join(scene.served.state, "evidence", "embedded.json");
      mkdirSync(join(scene.served.state, "evidence"), { recursive: true });
      writeFileSync(file, envelope);
      const { state, condition: signed } = scene.judged(await scene.said(how));
      rmSync(file);
      expect([state, signed]).toEqual([
        "manual_required",
        expect.objectContaining({
          state: "unknown",
          reason: "provider_error",
          detail: "signed_folder",
        }),
      ]);
    },
  );
});

const publicKey = ({ publicFile }: CiJob): string => readFileSync(publicFile, "utf8").split("\n")[1] ?? "";
