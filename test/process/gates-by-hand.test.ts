// Acceptance 4: evidence and verdict by hand, with the very commands of docs/formats and no program of ours.
import { execFileSync } from "node:child_process";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { root } from "../support/agent.ts";
import { resourceOf, TESTS, verdictFile, verdictIn } from "../support/ci-job.ts";
import { type CiScene, flipped, openCiScene, repacked } from "../support/ci-scene.ts";
import { needs } from "../support/needs.ts";
import { removeScratch, scratch } from "../support/scratch.ts";

/** The shell text between ``` of a page that holds `mark`. */
function block(page: string, mark: string): string {
  const text = readFileSync(join(root, "docs/formats", page), "utf8");
  const found = [...text.matchAll(/^```\w*\n([^]*?)^```$/gm)].find(([, body = ""]) => body.includes(mark));
  if (found?.[1] === undefined) throw new Error(`${page} has no block with ${mark}`);
  return found[1];
}

const sh = (dir: string, text: string): string =>
  execFileSync("sh", ["-ec", text], { cwd: dir, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

let scene: CiScene;
let dir: string;
/** Of the patch that an envelope of openssl opened the gate for. */
let id: string;
beforeAll(async () => {
  scene = await openCiScene();
  dir = scratch("by-hand");
  copyFileSync(scene.ci.publicFile, join(dir, "ci.pub.pem"));
  copyFileSync(scene.ci.privateFile, join(dir, "ci.key.pem"));
  copyFileSync(join(scene.served.state, "trust", "attestation.pub.pem"), join(dir, "attestation.pub.pem"));
});
afterAll(async () => {
  await scene.stop();
  removeScratch(dir);
});

test("an envelope that openssl alone made opens the gate", async () => {
  const how = scene.change();
  const first = await scene.said(how);
  expect(first["state"]).toBe("manual_required");
  const order = (name: string): { patch: string; patch_sha256: string } =>
    JSON.parse(readFileSync(join(scene.served.state, "exchange", "orders", `${name}.json`), "utf8")) as {
      patch: string;
      patch_sha256: string;
    };
  writeFileSync(join(dir, "patch.diff"), order(String(first["patch_id"])).patch);
  const { name, namespace } = resourceOf(scene.served.state);
  const made = block("evidence.md", "openssl pkeyutl -sign")
    .replaceAll("ci.tests", TESTS)
    .replace('{"suite":"unit"}', "{}")
    .replace("team-a/demo", `${namespace}/${name}`);
  sh(dir, made);
  const envelope = readFileSync(join(dir, "evidence.json"), "utf8");
  const {
    id: again,
    state,
    condition: signed,
  } = scene.judged(await scene.said({ ...how, evidence: [{ envelope }] }));
  expect([state, signed]).toEqual([
    "approved",
    expect.objectContaining({ lane: "verified", keyid: scene.ci.keyid }),
  ]);
  id = again;
});

test("openssl verifies our envelope, and not one with another byte", () => {
  const text = scene.ci.sign(scene.served.state, { patch: "0".repeat(64) });
  const verify = block("evidence.md", "-verify -pubin");
  writeFileSync(join(dir, "evidence.json"), text);
  expect(sh(dir, verify)).toContain("Verified Successfully");
  for (const bad of [
    flipped(text, '"sig":"', 20),
    repacked(text, (payload) => payload.replace("true", "null")),
  ]) {
    writeFileSync(join(dir, "evidence.json"), bad);
    expect(() => sh(dir, verify)).toThrow();
  }
});

test.runIf(needs("jq"))("openssl verifies the verdict that says so, with patch and order", () => {
  copyFileSync(verdictFile(scene.served.state, id), join(dir, "V.dsse.json"));
  copyFileSync(join(scene.served.state, "exchange", "orders", `${id}.json`), join(dir, "order.json"));
  const said = sh(dir, block("attestation.md", "jq -j .payload"));
  const { subject, predicate } = verdictIn(scene.served.state, id);
  expect(said).toContain("Verified Successfully");
  expect(said).toContain(subject[0]?.digest["sha256"] ?? "no subject");
  expect(said).toContain(
    (predicate as unknown as { order: { digest: { sha256: string } } }).order.digest.sha256,
  );
});
