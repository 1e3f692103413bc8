// Acceptance 5 (D13, D14): a claim stays a claim, the same fact signed by the pinned key opens the gate, and the attestation says which it was.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { content, initState, person, propose, publishedBase, serve } from "../support/agent.ts";
import { type DecisionJson, traceOf, treeWith, verdictIn } from "../support/ci-job.ts";
import { CLAIM, CLAIMED, type CiScene, judgedIn, openCiScene, SIGNED } from "../support/ci-scene.ts";
import { gate } from "../support/gates.ts";
import { git } from "../support/scratch.ts";

let scene: CiScene;
beforeAll(async () => {
  scene = await openCiScene();
});
afterAll(() => scene.stop());

interface LandingJson {
  readonly result: { readonly kind: string; readonly refusal?: { readonly code: string } };
  readonly decision?: DecisionJson;
}

function integrate(id: string, ...args: readonly string[]): LandingJson {
  const { stdout, stderr } = person(scene.served.state, "integrate", id, "--json", ...args);
  if (!stdout.startsWith("{")) throw new Error(stderr);
  return JSON.parse(stdout) as LandingJson;
}

describe("a claim, and the same fact signed", () => {
  test("a claim under min_lane verified holds the gate: verdict, patch-status and show all say trust_lane", async () => {
    const answer = await scene.said({ ...scene.change(), evidence: [CLAIM] });
    const id = String(answer["patch_id"]);
    expect(answer["state"]).toBe("manual_required");
    const { predicate } = verdictIn(scene.served.state, id);
    expect([predicate.outcome, predicate.decision.state]).toEqual(["MANUAL_REQUIRED", "unknown"]);
    expect(traceOf(predicate.decision)).toEqual([
      "structure true verified",
      "claimed unknown asserted trust_lane",
      "signed unknown verified provider_error signed_missing",
    ]);
    const status = content(await scene.served.client.call("patch-status", { patch_id: id }));
    expect(status).toMatchObject({
      outcome: "MANUAL_REQUIRED",
      gate: {
        gate: "verdict",
        state: "unknown",
        conditions: [
          { id: "structure" },
          { id: "claimed", reason: "trust_lane", lane: "asserted" },
          { id: "signed" },
        ],
      },
    });
    const shown = person(scene.served.state, "show", id);
    expect([shown.status, shown.stdout]).toEqual([
      0,
      expect.stringMatching(/^gate: verdict is unknown \(claimed: trust_lane/m),
    ]);
    // A person's word does not stand in for CI's.
    expect(integrate(id, "--confirm", String(status["patch_sha256"]).slice(0, 32)).result).toMatchObject({
      kind: "refused",
      refusal: { code: "provider_error" },
    });
  });

  test.each(["dsse", "result"] as const)(
    "signed by the pinned key it opens both gates, as %s",
    async (form) => {
      const { id, state, condition: signed } = await scene.carrying(scene.sign({ form }), [CLAIM]);
      expect(state).toBe("approved");
      expect(signed).toMatchObject({
        lane: "verified",
        min_lane: "verified",
        keyid: scene.ci.keyid,
        value: null,
        reason: null,
      });
      expect(signed?.["digest"]).toMatch(/^[0-9a-f]{64}$/);
      expect(traceOf(verdictIn(scene.served.state, id).predicate.decision)).toContain(
        "claimed unknown asserted trust_lane",
      );
      const landing = integrate(id);
      expect(landing.result.kind).toBe("landed");
      expect(
        traceOf(landing.decision ?? { gate: "", state: "", permissive_until: null, conditions: [] }),
      ).toEqual(["structure true verified", "signed true verified"]);
      const branch = `countersign/patch-${id.slice(0, 8)}`;
      expect(git(scene.served.repo, "show", `${branch}:src/a.txt`)).toBe(`one\n${scene.last()}\nthree\n`);
      expect(person(scene.served.state, "attest", "verify", branch, "--repo", scene.served.repo).status).toBe(
        0,
      );
    },
  );

  test("what says no is evidence, too: the condition is false", async () => {
    const { state, condition: signed } = await scene.carrying(scene.sign({ value: "false" }), [CLAIM]);
    expect([state, signed]).toEqual([
      "manual_required",
      expect.objectContaining({
        state: "false",
        lane: "verified",
        reason: "condition_false",
        keyid: scene.ci.keyid,
      }),
    ]);
  });

  test("from the folder it counts just the same, and the landing asks for it again", async () => {
    const how = scene.change();
    const folder = join(scene.served.state, "evidence");
    mkdirSync(folder, { recursive: true });
    const file = join(folder, "from-ci.json");
    const sha256 = await scene.shaOf(how);
    const envelope = scene.ci.sign(scene.served.state, { patch: sha256 });
    writeFileSync(file, envelope);
    const { id, state } = scene.judged(await scene.said(how));
    expect(state).toBe("approved");
    rmSync(file);
    for (const words of [[], ["--confirm", sha256.slice(0, 32)]]) {
      const refused = integrate(id, ...words);
      expect(refused.result).toMatchObject({ kind: "refused", refusal: { code: "provider_error" } });
      expect(git(scene.served.repo, "for-each-ref", `refs/heads/countersign/patch-${id.slice(0, 8)}`)).toBe(
        "",
      );
    }
    writeFileSync(file, envelope);
    expect(integrate(id).result.kind).toBe("landed");
    rmSync(file);
  });
});

test("bound to the tree, as every preset but quickstart has it, a statement about the patch alone does not count", async () => {
  const policy = `[evidence]\nbind = "tree"\n${SIGNED}${scene.ci.pin()}${gate("verdict", '{ all = ["structure", "signed"] }')}`;
  const { repo } = scene.served;
  const own = await serve(repo, policy, initState(repo, policy));
  const how = scene.change();
  const sha256 = String(content(await propose(own, { ...how, dry_run: true }, 0))["patch_sha256"]);
  let { base } = own;
  const carrying = async (tree: string | undefined): Promise<unknown> => {
    const envelope = scene.ci.sign(own.state, { patch: sha256, tree });
    const answer = content(await propose(own, { ...how, base, evidence: [{ envelope }] }, 100));
    const { state, condition: signed } = judgedIn(own, answer, "signed");
    return [state, signed?.["detail"]];
  };
  try {
    expect(await carrying(undefined)).toEqual(["manual_required", "signature_tree_missing"]);
    expect(await carrying("0".repeat(40))).toEqual(["manual_required", "signature_other_tree"]);
    const tested = treeWith(repo, "src/a.txt", "two", scene.last());
    expect(await carrying(tested)).toEqual(["approved", null]);
    // The branch moves on. The patch stays the same to the byte, and what it makes is another tree.
    writeFileSync(join(repo, "src/other.txt"), "new\n");
    git(repo, "add", ".");
    git(repo, "commit", "-q", "-m", "another file");
    base = await publishedBase(own.client, base);
    expect(await carrying(tested)).toEqual(["manual_required", "signature_other_tree"]);
    const now = treeWith(repo, "src/a.txt", "two", scene.last());
    expect(now).not.toBe(tested);
    expect(await carrying(now)).toEqual(["approved", null]);
  } finally {
    await own.stop();
  }
});

test("under trust.min_lane asserted a claim opens the gate, and the attestation says in which lane it came", async () => {
  const policy = `[trust]\nmin_lane = "asserted"\n${CLAIMED}${gate("verdict", '{ all = ["structure", "claimed"] }')}`;
  const { repo } = scene.served;
  const own = await serve(repo, policy, initState(repo, policy));
  try {
    const answer = content(await propose(own, { ...scene.change(), evidence: [CLAIM] }, 100));
    const { id, state, condition: claimed } = judgedIn(own, answer, "claimed");
    expect([state, claimed]).toEqual([
      "approved",
      expect.objectContaining({ state: "true", lane: "asserted", min_lane: "asserted", keyid: null }),
    ]);
    const shown = person(own.state, "show", id, "--trace").stdout;
    expect(shown).toMatch(/claimed +true +asserted \(needs asserted\)/);
    // Without the claim there is nothing, and the same gate holds.
    const bare = content(await propose(own, scene.change(), 100));
    expect(judgedIn(own, bare, "claimed")).toMatchObject({
      state: "manual_required",
      condition: { state: "unknown", reason: "evidence_missing" },
    });
  } finally {
    await own.stop();
  }
});
