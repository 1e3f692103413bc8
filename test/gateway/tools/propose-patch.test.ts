// Refusals of proposals first; then what an accepted one leaves in store, log and exchange.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { canonical } from "../../../src/core/base/canonical.ts";
import { sha256 } from "../../../src/core/base/digest.ts";
import type { PatchId } from "../../../src/core/base/ids.ts";
import type { RepoPath } from "../../../src/core/base/path.ts";
import { proposalFacts } from "../../../src/gateway/tools/proposal-order.ts";
import { type GatewayLab, gatewayLab, proposalArgs } from "../../support/gateway.ts";

const files = {
  "src/a.ts": "one\ntwo\nthree\n",
  "src/twice.ts": "same\nother\nsame\n",
  "src/auth/login.ts": "login\n",
  ".github/workflows/ci.yml": "on: push\n",
  "package.json": "{}\n",
};
let lab: GatewayLab;
let base: string;

beforeEach(async () => {
  lab = await gatewayLab();
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

describe("refuses by schema", () => {
  test.each([
    ["an unknown key", { ...good, _meta: {} }, "_meta"],
    ["a repository", { ...good, repository: "/other" }, "repository"],
    ["high risk", { ...good, risk_level: "high" }, "risk_level"],
    ["an unknown change type", { ...good, change_type: "deploy" }, "change_type"],
    ["neither diff nor edits", {}, "diff"],
    ["both", { ...good, diff: "x" }, "diff"],
    ["no edits", { edits: [] }, "edits"],
    ["an unknown operation", { edits: [{ op: "chmod", path: "src/a.ts" }] }, "edits[0].op"],
    ["an edit with a mode", { edits: [{ ...create("src/n.ts"), mode: "100755" }] }, "edits[0].mode"],
    ["an empty old_text", { edits: [replace("", "x")] }, "edits[0].old_text"],
    ["a base that is no digest", { ...good, base: "HEAD" }, "base"],
    ["a rationale of 9 characters", { ...good, rationale: "é".repeat(9) }, "rationale"],
    ["a rationale of 501 characters", { ...good, rationale: "é".repeat(501) }, "rationale"],
    ["an empty title", { ...good, title: "" }, "title"],
    ["a title of 201 characters", { ...good, title: "t".repeat(201) }, "title"],
    ["a wait of 301 seconds", { ...good, wait_seconds: 301 }, "wait_seconds"],
    ["an idempotency key with a space", { ...good, idempotency_key: "a b" }, "idempotency_key"],
    ["a patch id of another form", { ...good, supersedes: "1" }, "supersedes"],
    ["evidence with a nested value", { ...good, evidence: [{ name: "a", value: {} }] }, "evidence[0].value"],
  ])("%s", async (_, changes, where) => {
    const outcome = await lab.call("propose-patch", proposalArgs(base, changes));
    expect(outcome).toMatchObject({ kind: "refused", refusal: { code: "input_invalid", where } });
  });

  test("a rationale of 10 and of 500 characters is accepted, whatever the script", async () => {
    expect(await propose({ ...good, rationale: "é".repeat(10), dry_run: true })).toBeUndefined();
    expect(await propose({ ...good, rationale: "日".repeat(500), dry_run: true })).toBeUndefined();
    expect(await propose({ ...good, rationale: "😀".repeat(500), dry_run: true })).toBeUndefined();
  });
});

describe("refuses", () => {
  test.each([
    ["an invented base", { ...good, base: sha256("invented") }, "base_unknown"],
    ["a hidden character in the title", { ...good, title: "a\u202eb" }, "text_hidden"],
    ["a control in the rationale", { ...good, rationale: "because\u001b[2J of this" }, "text_hidden"],
    ["a title of blanks", { ...good, title: "\u2003 \u3000" }, "text_hidden"],
    ["a rationale of blanks", { ...good, rationale: " ".repeat(20) }, "text_hidden"],
    [
      "a hidden character in a claim",
      { ...good, evidence: [{ name: "tests", value: "ran\u202enur" }] },
      "text_hidden",
    ],
    ["an old_text that is not there", { edits: [replace("four", "x")] }, "edit_missing"],
    ["an ambiguous old_text", { edits: [replace("same", "x", "src/twice.ts")] }, "edit_ambiguous"],
    ["overlapping edits", { edits: [replace("one\ntwo", "x"), replace("two\nthree", "y")] }, "edit_overlap"],
    [
      "an edit of a file that is not listed",
      { edits: [replace("a", "b", "src/other.ts")] },
      "target_missing",
    ],
    ["a new file where one is", { edits: [create("src/a.ts")] }, "target_exists"],
    ["a new file that differs in case", { edits: [create("SRC/b.ts")] }, "target_case"],
    ["a kind that may not be proposed", { edits: [create("src/a.exe")] }, "target_kind"],
    ["an environment file", { edits: [create(".env")] }, "target_kind"],
    ["git's own folder", { edits: [create(".git/hooks/pre-commit.sh")] }, "path_git"],
    ["a path out of the repository", { edits: [create("../x.ts")] }, "path_segment"],
    ["an absolute path", { edits: [create("/etc/x.conf")] }, "path_absolute"],
    ["a Windows device", { edits: [create("src/NUL.ts")] }, "path_device"],
    ["a change that changes nothing", { edits: [replace("two", "two")] }, "diff_empty"],
    ["prose instead of a diff", { diff: "please change line two" }, "diff_malformed"],
    [
      "a diff with the wrong old line",
      {
        diff: "diff --git a/src/a.ts b/src/a.ts\n--- a/src/a.ts\n+++ b/src/a.ts\n@@ -2 +2 @@\n-wrong\n+zwei\n",
      },
      "diff_context",
    ],
    [
      "a patch to supersede that is not there",
      { ...good, supersedes: "00000000-0000-4000-8000-000000000000" },
      "patch_unknown",
    ],
  ])("%s", async (_, changes, code) => {
    expect(await propose(changes)).toBe(code);
    expect(lab.store.outbox()).toEqual([]);
  });

  test("a base that was replaced, and says what is current", async () => {
    const next = await lab.publish({ ...files, "src/b.ts": "" });
    await lab.shelf.refresh();
    const outcome = await lab.call("propose-patch", proposalArgs(base, good));
    expect(outcome).toMatchObject({
      refusal: { code: "base_stale", message: expect.stringContaining(next) as string },
    });
  });

  test("nothing while there is a newer base that this gateway has not read yet", async () => {
    const next = await lab.publish({ ...files, "src/b.ts": "" });
    expect(await lab.code("propose-patch", proposalArgs(next, { ...good, dry_run: true }))).toBeUndefined();
  });
});

describe("idempotency", () => {
  test("the same key with the same arguments is the same proposal, also when the base has moved on", async () => {
    const first = await proposed({ ...good, idempotency_key: "k" });
    const second = await proposed({ ...good, idempotency_key: "k" });
    expect(second).toMatchObject({ patch_id: first["patch_id"], repeated: true });
    await lab.publish({ ...files, "src/b.ts": "" });
    await lab.shelf.refresh();
    expect(await proposed({ ...good, idempotency_key: "k" })).toMatchObject({
      patch_id: first["patch_id"],
      repeated: true,
    });
    expect(lab.store.outbox()).toHaveLength(1);
  });

  // Threat: each refused call with a key would load and check every proposal ever made.
  test("a key is looked up, not searched for", async () => {
    const first = await proposed({ ...good, idempotency_key: "k" });
    const watched = await gatewayLab({
      beside: lab,
      store: (real) => ({
        ...real,
        proposals: () => {
          throw new Error("all proposals were loaded");
        },
      }),
    });
    await watched.shelf.refresh();
    const stale = { ...good, base: sha256("gone"), idempotency_key: "unknown" };
    expect(await watched.code("propose-patch", proposalArgs(base, stale))).toBe("base_unknown");
    await lab.publish({ ...files, "src/b.ts": "" });
    await watched.shelf.refresh();
    const args = proposalArgs(base, { ...good, idempotency_key: "k" });
    expect(await watched.output("propose-patch", args)).toMatchObject({
      patch_id: first["patch_id"],
      repeated: true,
    });
    await watched.stop();
  });

  test("the same key with other arguments is refused", async () => {
    await proposed({ ...good, idempotency_key: "k" });
    expect(await propose({ edits: [replace("one", "eins")], idempotency_key: "k" })).toBe(
      "idempotency_conflict",
    );
  });

  test("somebody else's key is somebody else's", async () => {
    await proposed({ ...good, idempotency_key: "k" });
    expect(
      await propose({ edits: [replace("one", "eins")], idempotency_key: "k" }, { principal: "other" }),
    ).toBeUndefined();
    await lab.publish({});
    await lab.shelf.refresh();
    expect(await propose({ ...good, idempotency_key: "k" }, { principal: "third" })).toBe("base_stale");
  });
});

test("a dry run stores nothing, and says what would happen", async () => {
  const answer = await proposed({
    edits: [replace("login", "log in", "src/auth/login.ts"), create("src/n.ts")],
    dry_run: true,
  });
  expect(answer).toMatchObject({
    stored: false,
    patch_id: null,
    state: null,
    expect: "manual_required",
    advice: [{ code: "path_protected", where: "src/auth/login.ts" }],
  });
  expect(answer["files"]).toEqual([
    { path: "src/auth/login.ts", change: "modify", added: 1, removed: 1 },
    { path: "src/n.ts", change: "create", added: 1, removed: 0 },
  ]);
  expect(lab.store.outbox()).toEqual([]);
  expect(
    lab.entries().filter(({ event }) => event !== "shard.open" && event !== "manifest.received"),
  ).toMatchObject([{ event: "call.allowed", data: { tool: "propose-patch", dry_run: true } }]);
});

test("a protected path goes on to the validator, which signs the rejection; the agent is told before", async () => {
  const workflow = { edits: [replace("on: push", "on: x", ".github/workflows/ci.yml")] };
  expect(await proposed({ ...good, ...workflow, dry_run: true })).toMatchObject({
    expect: "rejected",
    advice: [{ code: "path_blocked", where: ".github/workflows/ci.yml" }],
  });
  expect(await proposed({ ...good, ...workflow })).toMatchObject({ state: "pending", expect: "rejected" });
});

test("an accepted proposal is an order of the canonical patch, with the digest of the arguments in every place", async () => {
  const args = proposalArgs(base, good);
  const answer = await lab.output("propose-patch", args);
  const [order] = lab.store.outbox();
  expect(order).toMatchObject({
    patch_id: answer["patch_id"],
    patch_sha256: sha256(order!.patch),
    base,
    principal: "local:stdio",
    session: "session-1",
    arguments_sha256: sha256(canonical(args)),
  });
  expect(order!.patch).toBe(
    "diff --git a/src/a.ts b/src/a.ts\n--- a/src/a.ts\n+++ b/src/a.ts\n@@ -1,3 +1,3 @@\n one\n-two\n+zwei\n three\n",
  );
  const entries = lab.entries().slice(-2);
  expect(entries.map(({ event }) => event)).toEqual(["call.allowed", "proposal.accepted"]);
  for (const { data } of entries) expect(data["arguments_sha256"]).toBe(sha256(canonical(args)));
  expect(JSON.stringify(lab.entries())).not.toContain("zwei");
  expect(JSON.stringify(lab.entries())).not.toContain("A change that a test");
});

test("P11: the entry of a proposal says in which roles, under which policy and about which files", async () => {
  await proposed(good);
  const policy = lab.shelf.current()?.manifest.policy;
  const entry = lab.entries().at(-1);
  expect(entry).toMatchObject({
    event: "proposal.accepted",
    actor: { principal: "local:stdio", session: "session-1" },
    data: { policy, files: 1, paths: "src/a.ts" },
  });
  expect(String(entry?.data["roles"])).toMatch(/proposer/);
});

test("P11: however many files there are, the entry fits, and cuts no letter in two", () => {
  const many = Array.from({ length: 200 }, (_, n) => ({
    kind: "create" as const,
    path: `src/\u{1F600}-${n}.ts` as RepoPath,
    mode: "100644" as const,
    hunks: [],
  }));
  const { paths, files } = proposalFacts({ files: many }, undefined, lab.as("p"));
  expect(files).toBe(200);
  expect(String(paths).length).toBeLessThanOrEqual(1000);
  expect(String(paths).isWellFormed()).toBe(true);
});

test("superseding closes the earlier proposal; somebody else's cannot be superseded", async () => {
  const { patch_id: first } = await proposed(good);
  expect(await propose({ edits: [replace("two", "dos")], supersedes: first }, { principal: "other" })).toBe(
    "patch_unknown",
  );
  await proposed({ edits: [replace("two", "dos")], supersedes: first });
  expect(lab.store.proposal(first as PatchId)?.state).toBe("superseded");
  expect(await propose({ edits: [replace("two", "tres")], supersedes: first })).toBe("patch_closed");
});

test("diff and edits of the same change are the same patch", async () => {
  const diff =
    "diff --git a/src/a.ts b/src/a.ts\nindex 1111111..2222222 100644\n--- a/src/a.ts\n+++ b/src/a.ts\n@@ -2,2 +2,2 @@\n-two\n+zwei\n three\n";
  const one = await proposed({ ...good, dry_run: true });
  const two = await proposed({ diff, dry_run: true });
  expect(two["patch_sha256"]).toBe(one["patch_sha256"]);
});
