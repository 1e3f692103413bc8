// Acceptance 4, 5 (D13, D14, D17, D18): a claim, the same fact signed by the pinned key, and that envelope replayed, in real processes.
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Content, content, initState, person, propose, root, serve, type Served } from "../support/agent.ts";
import {
  type CiJob,
  openCiJob,
  resourceOf,
  type Said,
  TESTS,
  traceOf,
  verdictFile,
  verdictIn,
} from "../support/ci-job.ts";
import { condition, gate } from "../support/gates.ts";
import { needs } from "../support/needs.ts";
import { git, removeScratch, scratch, scratchRepository } from "../support/scratch.ts";

const BOOLEAN = 'type = "boolean"';
const CLAIMED = condition("claimed", "caller", { check: "claim", name: TESTS }, true, BOOLEAN);
const SIGNED = condition("signed", "signed", { check: "statement", name: TESTS }, true, BOOLEAN);
const ROOM = "[proposal]\nmax_pending = 100\n[calls]\nper_minute = 10000\n[feedback]\nlocal = \"evidence\"\n";
const CLAIM = { name: TESTS, value: true };

let served: Served;
let ci: CiJob;
let linter: CiJob;
let stranger: CiJob;
let turn = 0;

beforeAll(async () => {
  [ci, linter, stranger] = [openCiJob("ci"), openCiJob("linter"), openCiJob("stranger")];
  const policy =
    ROOM +
    CLAIMED +
    SIGNED +
    ci.pin() +
    linter.pin(["lint_passed"]) +
    gate("verdict", '{ all = ["structure", { any = ["claimed", "signed"] }] }') +
    gate("landing", '{ all = ["structure", "signed"] }');
  served = await serve(scratchRepository("gate-evidence", { "src/a.txt": "one\ntwo\nthree\n" }), policy);
});
afterAll(async () => {
  await served.stop();
  removeScratch(served.repo);
  for (const job of [ci, linter, stranger]) job.remove();
});

/** No two proposals of this file are of one patch. */
const change = (): Content => ({
  edits: [{ op: "replace", path: "src/a.txt", old_text: "two", new_text: `two ${(turn += 1)}` }],
});
const said = async (how: Content, at = served): Promise<Content> => content(await propose(at, how, 100));
const shaOf = async (how: Content): Promise<string> => String((await said({ ...how, dry_run: true }))["patch_sha256"]);

interface Judged {
  readonly id: string;
  readonly state: unknown;
  /** Of the condition `signed`, or of `claimed` where there is no such condition. */
  readonly condition: Content | undefined;
}

function judged(answer: Content, name = "signed", at = served): Judged {
  const id = String(answer["patch_id"]);
  const { conditions } = verdictIn(at.state, id).predicate.decision;
  return { id, state: answer["state"], condition: conditions.find((one) => one["id"] === name) };
}

/** A proposal that carries what `envelope` makes of its patch. */
async function carrying(envelope: (patch: string) => string, more: readonly Content[] = []): Promise<Judged> {
  const how = change();
  const text = envelope(await shaOf(how));
  return judged(await said({ ...how, evidence: [...more, { envelope: text }] }));
}

/** The table below is written before there is any key. */
const sign =
  (words: Partial<Said> = {}, by = (): CiJob => ci) =>
  (patch: string): string =>
    by().sign(served.state, { patch, ...words });

interface LandingJson {
  readonly result: { readonly kind: string; readonly refusal?: { readonly code: string } };
  readonly decision?: Parameters<typeof traceOf>[0];
}

function integrate(id: string, ...args: readonly string[]): LandingJson {
  const { stdout, stderr } = person(served.state, "integrate", id, "--json", ...args);
  if (!stdout.startsWith("{")) throw new Error(stderr);
  return JSON.parse(stdout) as LandingJson;
}

describe("a claim, and the same fact signed", () => {
  test("a claim under min_lane verified holds the gate: verdict, patch-status and show all say trust_lane", async () => {
    const answer = await said({ ...change(), evidence: [CLAIM] });
    const id = String(answer["patch_id"]);
    expect(answer["state"]).toBe("manual_required");
    const { predicate } = verdictIn(served.state, id);
    expect([predicate.outcome, predicate.decision.state]).toEqual(["MANUAL_REQUIRED", "unknown"]);
    expect(traceOf(predicate.decision)).toEqual([
      "structure true verified",
      "claimed unknown asserted trust_lane",
      "signed unknown verified provider_error signed_missing",
    ]);
    const status = content(await served.client.call("patch-status", { patch_id: id }));
    expect(status).toMatchObject({
      outcome: "MANUAL_REQUIRED",
      gate: {
        gate: "verdict",
        state: "unknown",
        conditions: [{ id: "structure" }, { id: "claimed", reason: "trust_lane", lane: "asserted" }, { id: "signed" }],
      },
    });
    const shown = person(served.state, "show", id);
    expect([shown.status, shown.stdout]).toEqual([0, expect.stringMatching(/^gate: verdict is unknown \(claimed: trust_lane/m)]);
    // A person's word does not stand in for CI's.
    expect(integrate(id, "--confirm", String(status["patch_sha256"]).slice(0, 32)).result).toMatchObject({
      kind: "refused",
      refusal: { code: "provider_error" },
    });
  });

  test.each(["dsse", "result"] as const)("signed by the pinned key it opens both gates, as %s", async (form) => {
    const { id, state, condition: signed } = await carrying(sign({ form }), [CLAIM]);
    expect(state).toBe("approved");
    expect(signed).toMatchObject({ lane: "verified", min_lane: "verified", keyid: ci.keyid, value: null, reason: null });
    expect(signed?.["digest"]).toMatch(/^[0-9a-f]{64}$/);
    expect(traceOf(verdictIn(served.state, id).predicate.decision)).toContain("claimed unknown asserted trust_lane");
    const landing = integrate(id);
    expect(landing.result.kind).toBe("landed");
    expect(traceOf(landing.decision ?? { gate: "", state: "", permissive_until: null, conditions: [] })).toEqual([
      "structure true verified",
      "signed true verified",
    ]);
    const branch = `countersign/patch-${id.slice(0, 8)}`;
    expect(git(served.repo, "show", `${branch}:src/a.txt`)).toBe(`one\ntwo ${turn}\nthree\n`);
    expect(person(served.state, "attest", "verify", branch, "--repo", served.repo).status).toBe(0);
  });

  test("what says no is evidence, too: the condition is false", async () => {
    const { state, condition: signed } = await carrying(sign({ value: "false" }), [CLAIM]);
    expect([state, signed]).toEqual([
      "manual_required",
      expect.objectContaining({ state: "false", lane: "verified", reason: "condition_false", keyid: ci.keyid }),
    ]);
  });

  test("from the folder it counts just the same, and the landing asks for it again", async () => {
    const how = change();
    const folder = join(served.state, "evidence");
    mkdirSync(folder, { recursive: true });
    const file = join(folder, "from-ci.json");
    const sha256 = await shaOf(how);
    const envelope = ci.sign(served.state, { patch: sha256 });
    writeFileSync(file, envelope);
    const { id, state } = judged(await said(how));
    expect(state).toBe("approved");
    rmSync(file);
    for (const words of [[], ["--confirm", sha256.slice(0, 32)]]) {
      const refused = integrate(id, ...words);
      expect(refused.result).toMatchObject({ kind: "refused", refusal: { code: "provider_error" } });
      expect(git(served.repo, "for-each-ref", `refs/heads/countersign/patch-${id.slice(0, 8)}`)).toBe("");
    }
    writeFileSync(file, envelope);
    expect(integrate(id).result.kind).toBe("landed");
    rmSync(file);
  });
});

/** One letter of the text behind `mark` becomes another one. */
function flipped(text: string, mark: string, offset: number): string {
  const at = text.indexOf(mark) + mark.length + offset;
  return `${text.slice(0, at)}${text[at] === "A" ? "B" : "A"}${text.slice(at + 1)}`;
}

/** The same envelope over a payload of which `change` made another one. */
function repacked(text: string, edit: (payload: string) => string): string {
  const json = JSON.parse(text) as { payload: string };
  const payload = edit(Buffer.from(json.payload, "base64").toString("utf8"));
  return text.replace(json.payload, Buffer.from(payload).toString("base64"));
}

const otherPatch = "0".repeat(64);

describe("the same envelope where it does not belong", () => {
  test.each<readonly [string, string, (patch: string) => string]>([
    ["for another patch", "signature_other_patch", () => sign()(otherPatch)],
    ["for another check", "signed_missing", sign({ check: "lint_passed" })],
    ["for other parameters", "signature_other_params", sign({ params: ["suite=unit"] })],
    ["for another repository", "signature_other_resource", sign({ resource: { name: "elsewhere" } })],
    ["for another namespace", "signature_other_resource", sign({ resource: { namespace: "elsewhere" } })],
    ["with a life beyond what is allowed", "signature_lifetime", sign({ ttl: 30 * 86_400 })],
    ["with one letter of its signature changed", "signature_invalid", (patch) => flipped(sign()(patch), '"sig":"', 20)],
    [
      "with one letter of its payload changed",
      "signature_invalid",
      (patch) =>
        repacked(sign()(patch), (text) => text.replace(/"nonce":"(.)/, (_, first) => `"nonce":"${first === "0" ? "1" : "0"}`)),
    ],
    [
      "with another answer in its payload",
      "signature_invalid",
      (patch) => repacked(sign({ value: "false" })(patch), (text) => text.replace('"value":"false"', '"value":"true"')),
    ],
    ["by a key that is not listed", "signature_key_unlisted", sign({}, () => stranger)],
    [
      "by a key that is not listed, under the id of one that is",
      "signature_invalid",
      (patch) => sign({}, () => stranger)(patch).replace(stranger.keyid, ci.keyid),
    ],
    ["by a key that is listed for another check", "signature_key_check", sign({}, () => linter)],
  ])("%s holds the gate: %s", async (_what, detail, envelope) => {
    const { id, state, condition: signed } = await carrying(envelope, [CLAIM]);
    expect([state, signed]).toEqual([
      "manual_required",
      expect.objectContaining({ state: "unknown", reason: "provider_error", detail, keyid: null, digest: null }),
    ]);
    const status = content(await served.client.call("patch-status", { patch_id: id }));
    expect(JSON.stringify(status["gate"])).toContain(detail);
  });

  test("after its end", async () => {
    const how = change();
    const envelope = sign({ ttl: 1 })(await shaOf(how));
    await pause(1100);
    const { state, condition: signed } = judged(await said({ ...how, evidence: [CLAIM, { envelope }] }));
    expect([state, signed]).toEqual([
      "manual_required",
      expect.objectContaining({ reason: "provider_error", detail: "signature_expired" }),
    ]);
  });

  // The gateway takes in nothing that it cannot read; from the folder it gets as far as the validator.
  test.each<readonly [string, (text: string) => string]>([
    ["beside the signature", (text) => text.replace('"keyid"', `"key":"${publicKey(stranger)}","keyid"`)],
    ["in the envelope", (text) => text.replace('{"payload"', `{"key":"${publicKey(stranger)}","payload"`)],
  ])("with its key embedded %s: refused when it is carried, unknown from the folder", async (_where, embed) => {
    const how = change();
    const envelope = embed(sign({}, () => stranger)(await shaOf(how)));
    expect(await said({ ...how, evidence: [{ envelope }] })).toMatchObject({
      refusal: { code: "evidence_malformed" },
    });
    const file = join(served.state, "evidence", "embedded.json");
    mkdirSync(join(served.state, "evidence"), { recursive: true });
    writeFileSync(file, envelope);
    const { state, condition: signed } = judged(await said(how));
    rmSync(file);
    expect([state, signed]).toEqual([
      "manual_required",
      expect.objectContaining({ state: "unknown", reason: "provider_error", detail: "signature_unknown_field" }),
    ]);
  });
});

const publicKey = ({ publicFile }: CiJob): string => readFileSync(publicFile, "utf8").split("\n")[1] ?? "";

test("under trust.min_lane asserted a claim opens the gate, and the attestation says in which lane it came", async () => {
  const policy = `[trust]\nmin_lane = "asserted"\n${CLAIMED}${gate("verdict", '{ all = ["structure", "claimed"] }')}`;
  const own = await serve(served.repo, policy, initState(served.repo, policy));
  try {
    const { id, state, condition: claimed } = judged(await said({ ...change(), evidence: [CLAIM] }, own), "claimed", own);
    expect([state, claimed]).toEqual([
      "approved",
      expect.objectContaining({ state: "true", lane: "asserted", min_lane: "asserted", keyid: null }),
    ]);
    const shown = person(own.state, "show", id, "--trace").stdout;
    expect(shown).toMatch(/claimed +true +asserted \(needs asserted\)/);
    // Without the claim there is nothing, and the same gate holds.
    expect(judged(await said(change(), own), "claimed", own)).toMatchObject({
      state: "manual_required",
      condition: { state: "unknown", reason: "evidence_missing" },
    });
  } finally {
    await own.stop();
  }
});

/** The shell text between ``` of a page that holds `mark`. */
function block(page: string, mark: string): string {
  const text = readFileSync(join(root, "docs/formats", page), "utf8");
  const found = [...text.matchAll(/^```\w*\n([^]*?)^```$/gm)].find(([, body = ""]) => body.includes(mark));
  if (found?.[1] === undefined) throw new Error(`${page} has no block with ${mark}`);
  return found[1];
}

const sh = (dir: string, text: string): string =>
  execFileSync("sh", ["-ec", text], { cwd: dir, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

describe("by hand, with the commands of docs/formats", () => {
  let dir: string;
  let id: string;
  beforeAll(() => {
    dir = scratch("by-hand");
    copyFileSync(ci.publicFile, join(dir, "ci.pub.pem"));
    copyFileSync(ci.privateFile, join(dir, "ci.key.pem"));
    copyFileSync(join(served.state, "trust", "attestation.pub.pem"), join(dir, "attestation.pub.pem"));
  });
  afterAll(() => removeScratch(dir));

  test("an envelope that openssl alone made opens the gate", async () => {
    const how = change();
    const first = await said(how);
    expect(first["state"]).toBe("manual_required");
    const order = (name: string): { patch: string; patch_sha256: string } =>
      JSON.parse(readFileSync(join(served.state, "exchange", "orders", `${name}.json`), "utf8")) as {
        patch: string;
        patch_sha256: string;
      };
    writeFileSync(join(dir, "patch.diff"), order(String(first["patch_id"])).patch);
    const { name, namespace } = resourceOf(served.state);
    const made = block("evidence.md", "openssl pkeyutl -sign")
      .replaceAll("ci.tests", TESTS)
      .replace('{"suite":"unit"}', "{}")
      .replace("team-a/demo", `${namespace}/${name}`);
    sh(dir, made);
    const envelope = readFileSync(join(dir, "evidence.json"), "utf8");
    const { id: again, state, condition: signed } = judged(await said({ ...how, evidence: [{ envelope }] }));
    expect([state, signed]).toEqual(["approved", expect.objectContaining({ lane: "verified", keyid: ci.keyid })]);
    id = again;
  });

  test("openssl verifies our envelope, and not one with another byte", () => {
    const text = ci.sign(served.state, { patch: otherPatch });
    const verify = block("evidence.md", "-verify -pubin");
    writeFileSync(join(dir, "evidence.json"), text);
    expect(sh(dir, verify)).toContain("Verified Successfully");
    for (const bad of [flipped(text, '"sig":"', 20), repacked(text, (payload) => payload.replace("true", "null"))]) {
      writeFileSync(join(dir, "evidence.json"), bad);
      expect(() => sh(dir, verify)).toThrow();
    }
  });

  test.runIf(needs("jq"))("openssl verifies the verdict that says so, with patch and order", () => {
    copyFileSync(verdictFile(served.state, id), join(dir, "V.dsse.json"));
    copyFileSync(join(served.state, "exchange", "orders", `${id}.json`), join(dir, "order.json"));
    const said = sh(dir, block("attestation.md", "jq -j .payload"));
    const { subject, predicate } = verdictIn(served.state, id);
    expect(said).toContain("Verified Successfully");
    expect(said).toContain(subject[0]?.digest["sha256"] ?? "no subject");
    expect(said).toContain((predicate as unknown as { order: { digest: { sha256: string } } }).order.digest.sha256);
  });
});
