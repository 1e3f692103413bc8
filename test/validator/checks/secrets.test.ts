// Check `secrets`: what the patch adds is refused, what the base had asks for a person, and nothing of either is said again.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { OpenManifest } from "../../../src/core/manifest/manifest.ts";
import { judge } from "../../../src/validator/round.ts";
import {
  findingsOf,
  openBench,
  publishNow,
  putOrder,
  resultsOf,
  type TestBench,
  verdictOn,
} from "../../support/bench.ts";
import { removeScratch, scratchRepository } from "../../support/scratch.ts";
import { pieced } from "../../support/pieced.ts";

/** Put together here, so that no scanner of this repository finds a token in it. */
const TOKEN = pieced(["gh", "p_", "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF3hJ6"]);
const OLD = pieced(["gl", "pat-", "aB3dE6gH9jK2mN5pQ8sT"]);
const PASSWORD = pieced(["hX7", "q2Lp9", "Vt4Zk8"]);

let repo: string;
const open: TestBench[] = [];
beforeAll(() => {
  repo = scratchRepository("secrets", {
    "src/a.ts": "one\ntwo\nthree\n",
    "src/old.ts": `one\n\n// ${OLD}\n`,
  });
});
afterAll(() => {
  removeScratch(repo);
  for (const { state } of open) removeScratch(state);
});

async function bench(toml = ""): Promise<{ on: TestBench; base: OpenManifest }> {
  const on = await openBench(repo, `[secrets]\nmask = false\n${toml}`);
  open.push(on);
  return { on, base: await publishNow(on) };
}

const replace = (path: string, from: string, to: string): string =>
  path === "src/a.ts"
    ? `diff --git a/${path} b/${path}\n--- a/${path}\n+++ b/${path}\n@@ -1,3 +1,3 @@\n one\n-${from}\n+${to}\n three\n`
    : `diff --git a/${path} b/${path}\n--- a/${path}\n+++ b/${path}\n@@ -1,3 +1,3 @@\n-${from}\n+${to}\n \n // ${OLD}\n`;

async function judged(patch: string, toml = ""): Promise<Awaited<ReturnType<typeof verdictOn>>> {
  const { on, base } = await bench(toml);
  const id = await putOrder(on, base, patch);
  await judge(on.bench, base, id, true);
  const verdict = await verdictOn(on, id);
  const said = `${JSON.stringify(verdict)}${on.logged.join("")}`;
  for (const secret of [TOKEN, OLD, PASSWORD]) expect(said).not.toContain(secret.slice(4, 16));
  return verdict;
}
const found = (verdict: Awaited<ReturnType<typeof verdictOn>>) =>
  verdict.predicate.checks.find(({ id }) => id === "secrets")?.findings[0];

describe("what the patch adds", () => {
  test.each<[string, string]>([
    ["as it is", TOKEN],
    ["behind a comment that silences scanners", `"${TOKEN}" // gitleaks:allow secretlint-disable-line nosec`],
    ["in two pieces", `"${TOKEN.slice(0, 20)}" + "${TOKEN.slice(20)}"`],
    ["with an escape in it", `"${String.raw`\u0067`}${TOKEN.slice(1)}"`],
  ])("%s is rejected with rule, path, line and fingerprint", async (_, line) => {
    const verdict = await judged(replace("src/a.ts", "two", line));
    expect(verdict.predicate.outcome).toBe("REJECTED");
    const finding = found(verdict);
    expect(finding).toMatchObject({
      rule: "github-token",
      line: 2,
      refusal: { code: "secret_suspected", where: "src/a.ts:2" },
    });
    expect(finding?.refusal.message).toMatch(/ \[fingerprint [0-9a-f]{16}\]$/);
    expect(finding?.refusal.fix).toContain('exclude = [{ rules = ["github-token"], paths = ["src/a.ts"]');
  });

  test("goes to a person where the policy says so", async () => {
    const verdict = await judged(replace("src/a.ts", "two", TOKEN), 'result = "manual"\n');
    expect(verdict.predicate.outcome).toBe("MANUAL_REQUIRED");
    expect(findingsOf(verdict)).toEqual(["secrets: secret_suspected"]);
  });

  test("random values behind a name count unless entropy is off", async () => {
    const patch = replace("src/a.ts", "two", `const password = "${PASSWORD}";`);
    expect(found(await judged(patch))?.rule).toBe("assigned-secret");
    expect(resultsOf(await judged(patch, "entropy = false\n"))["secrets"]).toBe("PASSED");
  });
});

test("what the base had on a line that the patch leaves alone asks for a person, and says so", async () => {
  const verdict = await judged(replace("src/old.ts", "one", "two"));
  expect(verdict.predicate.outcome).toBe("MANUAL_REQUIRED");
  expect(found(verdict)).toMatchObject({ rule: "gitlab-token", line: 3 });
  expect(found(verdict)?.refusal.message).toContain("which the base has already");
});

test("one finding is let pass by the fingerprint in its refusal, and another secret in its place is not", async () => {
  const patch = replace("src/a.ts", "two", TOKEN);
  const { on, base } = await bench();
  const id = await putOrder(on, base, patch);
  await judge(on.bench, base, id, true);
  const said = found(await verdictOn(on, id))?.refusal.message ?? "";
  const [, fingerprint = ""] = /fingerprint ([0-9a-f]{16})/.exec(said) ?? [];
  const suppress = `[[rules.suppress]]\nrule = "github-token"\npath = "src/a.ts"\nfingerprint = "${fingerprint}"\nreason = "revoked a year ago"\nexpires = "2999-01-01T00:00:00Z"\n`;
  const again = await openBench(repo, `[secrets]\nmask = false\n${suppress}`, on.state);
  const current = await publishNow(again);
  const outcome = async (n: string): Promise<string> => {
    const next = await putOrder(again, current, replace("src/a.ts", "two", n), { title: n.slice(-3) });
    await judge(again.bench, current, next, true);
    return (await verdictOn(again, next)).predicate.outcome;
  };
  expect(await outcome(TOKEN)).not.toBe("REJECTED");
  expect(await outcome(`${TOKEN.slice(0, -3)}9Xz`)).toBe("REJECTED");
});

test.each<[string, string, string, readonly string[]]>([
  ["is let pass", `const password = "${PASSWORD}";`, "MANUAL_REQUIRED", ["finding_let_pass"]],
  ["hides no token in the same place", `const password = "${TOKEN}";`, "REJECTED", ["secret_suspected"]],
])("a random value whose rule is excluded %s", async (_, line, outcome, codes) => {
  const exclude =
    '[[rules.exclude]]\nrules = ["assigned-secret"]\npaths = ["src/**"]\nreason = "made-up keys"\n';
  const { predicate } = await judged(replace("src/a.ts", "two", line), exclude);
  const check = predicate.checks.find(({ id }) => id === "secrets");
  expect(check?.findings.map(({ refusal }) => refusal.code)).toEqual(codes);
  expect(check?.result).toBe(outcome === "REJECTED" ? "FAILED" : "PASSED");
});

test.each<[string, string, string]>([
  [
    "a key without an end does not swallow the token behind it",
    "private-key",
    `${"-".repeat(5)}BEGIN PRIVATE KEY${"-".repeat(5)} aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF3hJ6aB3dE6gH9jK2mN5pQ8sT1vW4yZ7b GITHUB=${TOKEN}`,
  ],
  ["a token as the password of a URL", "url-credentials", `https://bot:${TOKEN}@git.example.org/o/r`],
])("an excluded rule: %s", async (_, rule, line) => {
  const exclude = `[[rules.exclude]]\nrules = ["${rule}"]\npaths = ["src/**"]\nreason = "made-up keys"\n`;
  const { predicate } = await judged(replace("src/a.ts", "two", line), exclude);
  expect(predicate.outcome).toBe("REJECTED");
  const check = predicate.checks.find(({ id }) => id === "secrets");
  expect(check?.findings.map((one) => one.rule)).toEqual(expect.arrayContaining(["github-token"]));
});

test("an excluded form is let pass whoever knows it, and whatever name stands beside it", async () => {
  const exclude =
    '[[rules.exclude]]\nrules = ["github-token"]\npaths = ["src/**"]\nreason = "made-up keys"\n';
  const { predicate } = await judged(replace("src/a.ts", "two", `const token = "${TOKEN}";`), exclude);
  const check = predicate.checks.find(({ id }) => id === "secrets");
  expect([check?.result, ...(check?.findings ?? []).map(({ refusal }) => refusal.code)]).toEqual([
    "PASSED",
    "finding_let_pass",
  ]);
});

test("what is only likely to be a secret asks for a person, also where secrets reject", async () => {
  const line = `AZURE_CLIENT_ID: ${["72f988bf", "86f1", "41af", "91ab", "2d7cd011db47"].join("-")}`;
  const verdict = await judged(replace("src/a.ts", "two", line));
  expect(found(verdict)?.rule).toBe("azure-tenant");
  expect(verdict.predicate.outcome).toBe("MANUAL_REQUIRED");
});

describe("a secret that is let pass by its fingerprint hides only itself", () => {
  const line = `const password = "${PASSWORD}";`;
  const suppressing = async (): Promise<(next: string) => Promise<string>> => {
    const { on, base } = await bench();
    const id = await putOrder(on, base, replace("src/a.ts", "two", line));
    await judge(on.bench, base, id, true);
    const finding = found(await verdictOn(on, id));
    const [, fingerprint = ""] = /fingerprint ([0-9a-f]{16})/.exec(finding?.refusal.message ?? "") ?? [];
    const suppress = `[[rules.suppress]]\nrule = "${finding?.rule}"\npath = "src/a.ts"\nfingerprint = "${fingerprint}"\nreason = "revoked a year ago"\nexpires = "2999-01-01T00:00:00Z"\n`;
    const again = await openBench(repo, `[secrets]\nmask = false\n${suppress}`, on.state);
    const current = await publishNow(again);
    return async (next) => {
      const order = await putOrder(again, current, replace("src/a.ts", "two", next));
      await judge(again.bench, current, order, true);
      return resultsOf(await verdictOn(again, order))["secrets"] ?? "";
    };
  };
  test("alone it passes, beside another one it does not", async () => {
    const outcome = await suppressing();
    expect(await outcome(line)).toBe("PASSED");
    expect(await outcome(`${line} // ${TOKEN}`)).toBe("FAILED");
    expect(await outcome(`${line} // mysql://root:p#ssw0rd@db/x`)).toBe("WARNED");
    expect(await outcome(`${line} // https://bot:${PASSWORD}9Xz@git.example.org/o/r`)).toBe("FAILED");
  });
});

test.each<[string, string]>([
  ["a token of GitHub", `ghp_${"x".repeat(36)}`],
  ["a token of npm", `npm_${"x".repeat(36)}`],
  ["a key of Stripe", `sk_test_${"X".repeat(24)}`],
  ["a webhook of Slack", `https://hooks.slack.com/services/T00000000/B00000000/${"X".repeat(24)}`],
  ["a token of Slack", ["xoxb", "x".repeat(12), "x".repeat(12), "x".repeat(24)].join("-")],
  ["a key of SendGrid", ["SG", "x".repeat(22), "x".repeat(43)].join(".")],
  ["a URL", "https://user:pass@example.com"],
  ["a URL of a database", "mongodb://root:example@mongo:27017/"],
])("what a manual writes for %s passes with both engines", async (_, line) => {
  expect(resultsOf(await judged(replace("src/a.ts", "two", line)))["secrets"]).toBe("PASSED");
});
