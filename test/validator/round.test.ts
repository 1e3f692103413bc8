// One order, one verdict: replays, damage, closures, and what a verdict says.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sha256 } from "../../src/core/base/digest.ts";
import { instant } from "../../src/core/base/time.ts";
import type { OpenManifest } from "../../src/core/manifest/manifest.ts";
import { judge } from "../../src/validator/round.ts";
import {
  ALL_PASSED,
  findingsOf,
  openBench,
  publishNow,
  putOrder,
  resultsOf,
  type TestBench,
  verdictOn,
} from "../support/bench.ts";
import { NOON, patchId } from "../support/proposals.ts";
import { git, removeScratch, scratchRepository } from "../support/scratch.ts";

const GOOD =
  "diff --git a/src/a.ts b/src/a.ts\n--- a/src/a.ts\n+++ b/src/a.ts\n@@ -1,3 +1,3 @@\n one\n-two\n+TWO\n three\n";

let repo: string;
let on: TestBench;
let base: OpenManifest;

beforeAll(async () => {
  repo = scratchRepository("round", {
    "src/a.ts": "one\ntwo\nthree\n",
    "src/b.ts": "b\n",
    "package.json": "{}\n",
  });
  on = await openBench(repo);
  base = await publishNow(on);
});

afterAll(() => {
  removeScratch(repo);
  removeScratch(on.state);
});

async function outcomeOf(
  patch: string,
  changes: Parameters<typeof putOrder>[3] = {},
): Promise<{ outcome: string; findings: readonly string[] }> {
  const id = await putOrder(on, base, patch, changes);
  expect(await judge(on.bench, base, id, true)).toMatchObject({ kind: "signed" });
  const verdict = await verdictOn(on, id);
  return { outcome: verdict.predicate.outcome, findings: findingsOf(verdict) };
}

describe("orders that are refused", () => {
  const section = GOOD.replace("diff --git a/src/a.ts b/src/a.ts\n", "");
  test.each([
    ["prose in front", `Here is the patch:\n${GOOD}`, {}, "structure: diff_phantom"],
    [
      "an index line",
      GOOD.replace("\n---", "\nindex 0000000..1111111 100644\n---"),
      {},
      "structure: diff_canonical",
    ],
    ["a function name behind @@", GOOD.replace("+1,3 @@", "+1,3 @@ fn"), {}, "structure: diff_canonical"],
    ["no git header", section, {}, "structure: diff_canonical"],
    ["a digest of another patch", GOOD, { patch_sha256: sha256("another") }, "order: order_changed"],
    ["an expired order", GOOD, { expires: instant(NOON) }, "order: order_expired"],
    ["a base that was never published", GOOD, { base: sha256("never") }, "order: base_unknown"],
    ["a short rationale", GOOD, { rationale: "why" }, "limits: input_invalid"],
    ["context at another line", GOOD.replace("-1,3 +1,3", "-2,3 +2,3"), {}, "tree: diff_context"],
    ["context that differs", GOOD.replace(" one", " eno"), {}, "tree: apply_failed"],
    ["a traversal", GOOD.replaceAll("src/a.ts", "src/../../a.ts"), {}, "structure: path_segment"],
    ["a workflow", GOOD.replaceAll("src/a.ts", ".github/workflows/a.yml"), {}, "paths: path_blocked"],
    ["a file that is not there", GOOD.replaceAll("src/a.ts", "src/c.ts"), {}, "paths: target_missing"],
    [
      "a new file over an existing one",
      "diff --git a/src/b.ts b/src/b.ts\nnew file mode 100644\n--- /dev/null\n+++ b/src/b.ts\n@@ -0,0 +1 @@\n+x\n",
      {},
      "paths: target_exists",
    ],
    [
      "a case twin",
      "diff --git a/src/B.ts b/src/B.ts\nnew file mode 100644\n--- /dev/null\n+++ b/src/B.ts\n@@ -0,0 +1 @@\n+x\n",
      {},
      "paths: target_case",
    ],
    [
      "a symbolic link",
      "diff --git a/src/l.ts b/src/l.ts\nnew file mode 120000\n--- /dev/null\n+++ b/src/l.ts\n@@ -0,0 +1 @@\n+/etc/passwd\n",
      {},
      "structure: diff_link",
    ],
    [
      "more than a call may bring",
      GOOD.replace("TWO", "2".repeat(262_144)),
      {},
      "structure: patch_too_large",
    ],
    ["a NUL byte", GOOD.replace("TWO", "T\0O"), {}, ": diff_binary"],
  ])("%s", async (_, patch, changes, finding) => {
    const seen = await outcomeOf(patch, changes);
    expect(seen.outcome).toBe("REJECTED");
    expect(seen.findings.join("\n")).toContain(finding);
  });
});

describe("orders that a person decides", () => {
  test.each([
    [
      "a dependency file",
      'diff --git a/package.json b/package.json\n--- a/package.json\n+++ b/package.json\n@@ -1 +1 @@\n-{}\n+{"a":1}\n',
      "dependencies: path_dependency",
    ],
    [
      "an executable",
      "diff --git a/src/x.ts b/src/x.ts\nnew file mode 100755\n--- /dev/null\n+++ b/src/x.ts\n@@ -0,0 +1 @@\n+x\n",
      "paths: diff_mode",
    ],
    [
      "a protected path",
      "diff --git a/src/auth/x.ts b/src/auth/x.ts\nnew file mode 100644\n--- /dev/null\n+++ b/src/auth/x.ts\n@@ -0,0 +1 @@\n+x\n",
      "paths: path_protected",
    ],
  ])("%s", async (_, patch, finding) => {
    expect(await outcomeOf(patch)).toEqual({ outcome: "MANUAL_REQUIRED", findings: [finding] });
  });
});

describe("an honest order", () => {
  test("is approved, and the verdict says all that it is about", async () => {
    const id = await putOrder(on, base, GOOD);
    await judge(on.bench, base, id, true);
    const verdict = await verdictOn(on, id);
    expect(resultsOf(verdict)).toEqual(ALL_PASSED);
    const bytes = readFileSync(join(on.state, "exchange", "orders", `${id}.json`));
    const file = join(on.state, "good.diff");
    writeFileSync(file, GOOD);
    git(repo, "apply", "--cached", file);
    const tree = git(repo, "write-tree").trim();
    git(repo, "reset", "-q");
    expect(verdict.subject).toEqual([
      { name: "patch", digest: { sha256: sha256(GOOD) } },
      { name: "result-tree", digest: { gitTree: tree } },
    ]);
    expect(verdict.predicateType).toBe("https://countersign.dev/attestation/patch-approval/v1");
    expect(verdict.predicate).toMatchObject({
      patchId: id,
      order: { digest: { sha256: sha256(bytes) } },
      outcome: "APPROVED",
      timeVerified: instant(NOON),
      expires: instant(NOON + 3_600_000),
      resourceUri: "urn:countersign:repository:repository",
      targetRef: "refs/heads/main",
      base: {
        manifest: base.digest,
        digest: { gitCommit: base.manifest.commit, gitTree: base.manifest.tree },
      },
      policy: {
        uri: "countersign.toml",
        digest: { sha256: on.bench.setup.policy },
        annotations: { rules: { paths: { version: on.bench.setup.packs.paths.version } } },
      },
      proposer: { principal: "local:stdio", session: "session-1" },
      verifier: { version: on.bench.versions },
    });
    expect(verdict.predicate.checks.find((check) => check.id === "tree")?.tool).toEqual({
      name: "git",
      version: on.bench.git.version,
    });
  });

  test("is approved no longer than the policy allows", async () => {
    const id = await putOrder(on, base, GOOD, { expires: instant(NOON + 86_400_000) });
    await judge(on.bench, base, id, true);
    expect((await verdictOn(on, id)).predicate.expires).toBe(instant(NOON + 43_200_000));
  });

  test("delivered twice gets one verdict, and the first one stands", async () => {
    const id = await putOrder(on, base, GOOD);
    expect(await judge(on.bench, base, id, true)).toEqual({ kind: "signed", outcome: "APPROVED" });
    const first = await on.bench.exchange.verdicts.read(id);
    on.clock.now += 1000;
    expect(await judge(on.bench, base, id, true)).toEqual({ kind: "stands" });
    on.clock.now = NOON;
    expect(await on.bench.exchange.verdicts.read(id)).toEqual(first);
  });

  test("leaves no private git folder behind", async () => {
    await outcomeOf(GOOD);
    expect(readdirSync(on.bench.scratch).filter((name) => name.startsWith("git-"))).toEqual([]);
  });
});

describe("orders that are none", () => {
  const ordersFolder = (): string => join(on.state, "exchange", "orders");

  test.each([
    ["no JSON", "{"],
    ["an unknown key", '{"version":1,"x":1}'],
    ["not canonical", '{ "version": 1 }'],
  ])("%s is rejected, about the very bytes", async (_, text) => {
    const id = patchId(0xbad0 + text.length);
    writeFileSync(join(ordersFolder(), `${id}.json`), text);
    expect(await judge(on.bench, base, id, true)).toEqual({ kind: "signed", outcome: "REJECTED" });
    const verdict = await verdictOn(on, id);
    expect(verdict.subject).toEqual([{ name: "patch", digest: { sha256: sha256(text) } }]);
    expect(verdict.predicate.order).toEqual({ digest: { sha256: sha256(text) } });
    expect(findingsOf(verdict)).toEqual(["order: order_invalid"]);
  });

  test("an order under another patch's name is rejected", async () => {
    const id = await putOrder(on, base, GOOD);
    const found = await on.bench.exchange.orders.read(id);
    const other = patchId(0xabcd);
    writeFileSync(join(ordersFolder(), `${other}.json`), found.kind === "found" ? found.bytes : "");
    await judge(on.bench, base, other, true);
    expect(findingsOf(await verdictOn(on, other))).toEqual(["order: order_invalid"]);
  });

  test("closed and vanished orders get no verdict", async () => {
    const id = await putOrder(on, base, GOOD);
    await on.gateway.orders.close({ version: 1, patch_id: id, state: "withdrawn", at: instant(NOON) });
    expect(await judge(on.bench, base, id, true)).toEqual({ kind: "closed" });
    expect(await judge(on.bench, base, patchId(0xfade), true)).toEqual({ kind: "closed" });
    expect((await on.bench.exchange.verdicts.read(id)).kind).toBe("absent");
  });

  test("a closing note that cannot be read holds", async () => {
    const id = await putOrder(on, base, GOOD);
    writeFileSync(join(ordersFolder(), `${id}.closed.json`), "torn");
    expect(await judge(on.bench, base, id, true)).toEqual({ kind: "closed" });
  });
});
