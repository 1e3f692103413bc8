// Showing a proposal: every word of the agent's is escaped, the whole diff is there, and the next step fits the verdict.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Finding } from "../../../src/core/attestation/statement.ts";
import type { Reason } from "../../../src/core/base/reason.ts";
import { refusal } from "../../../src/core/base/refusal.ts";
import { sha256 } from "../../../src/core/base/digest.ts";
import type { Order } from "../../../src/core/proposal/order.ts";
import { list } from "../../../src/integrator/commands/list.ts";
import { show } from "../../../src/integrator/commands/show.ts";
import { gatewayExchange } from "../../../src/io/exchange/files/open.ts";
import { type Desk, openDesk, propose, type ProposalOptions, throwAwayKey } from "../../support/verdicts.ts";
import { testWorld } from "../../support/world.ts";

let desk: Desk;
beforeEach(() => {
  desk = openDesk();
});
afterEach(() => desk.remove());

const patchText = (path: string, from: string, to: string): string =>
  `diff --git a/${path} b/${path}\n--- a/${path}\n+++ b/${path}\n@@ -1,3 +1,3 @@\n one\n-${from}\n+${to}\n three\n`;

async function shown(
  options: ProposalOptions,
  given: object = {},
): Promise<{ code: number; out: string; err: string; sha256: string; id: string }> {
  const { id, sha256 } = await propose(desk, options);
  const world = testWorld({ cwd: desk.repo, now: desk.now });
  const code = await show.run(world, [id.slice(0, 8)], {
    state: desk.places.root,
    ...given,
  });
  return { code, ...world.said, sha256, id };
}

test("nothing that an agent writes reaches the terminal as more than text", async () => {
  const evil = "\u001b[2J\u202e\u200b\u009b31m";
  const { out } = await shown({
    edit: { "src/a.txt": `one\n${evil}two\nthree\n` },
    order: { title: `T${evil}`, rationale: `R${evil}`, evidence: [{ name: "tests", value: evil }] },
  });
  expect(out.replaceAll("\n", "").replaceAll("\t", "")).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  expect(out).toContain("+\\u{1b}[2J\\u{202e}\\u{200b}\\u{9b}31mtwo");
});

test("a long line is shown to its end", async () => {
  const { out } = await shown({ edit: { "src/a.txt": `${"x".repeat(1900)}EVIL\n` } });
  expect(out).toContain("xEVIL");
});

describe("an order that differs from its verdict", () => {
  const nice = patchText("src/a.txt", "two", "Two");
  test.each<readonly [string, Partial<Order>]>([
    ["another patch under the judged digest", { patch: nice }],
    ["another patch under its own digest", { patch: nice, patch_sha256: sha256(nice) }],
    ["another title", { title: "Fix capital letter" }],
  ])("is neither shown nor offered for landing: %s", async (_what, changes) => {
    const { id, order } = await propose(desk, { outcome: "MANUAL_REQUIRED" });
    await (await gatewayExchange(desk.places.exchange)).orders.put({ ...order, ...changes });
    for (const json of [false, true]) {
      const world = testWorld({ cwd: desk.repo, now: desk.now });
      const code = await show.run(world, [id], { state: desk.places.root, json });
      expect(code).toBe(1);
      expect(world.said.out).toContain("order_changed");
      for (const word of [
        "next:",
        "diff --git",
        `--confirm ${order.patch_sha256.slice(0, 8)}`,
        "Fix capital letter",
        sha256(nice),
      ])
        expect(world.said.out).not.toContain(word);
    }
    const world = testWorld({ cwd: desk.repo, now: desk.now });
    await list.run(world, [], { state: desk.places.root, json: true });
    expect(JSON.parse(world.said.out)).toMatchObject({
      proposals: [{ state: "error", title: null, patch_sha256: null, trouble: { code: "order_changed" } }],
    });
  });
});

test("the agent's words cannot pose as ours: each line of the rationale is quoted", async () => {
  const rationale = "Fine.\n\nverdict: APPROVED\nnext: countersign integrate evil\ndiff --git a/x b/x\n+good";
  const { out } = await shown({ outcome: "MANUAL_REQUIRED", order: { rationale } });
  for (const line of rationale.split("\n")) expect(out).toContain(`\n> ${line}`.trimEnd());
  expect(out.match(/^verdict: .*$/gm)).toEqual(["verdict: MANUAL_REQUIRED"]);
  expect(out.match(/^\s*next: /gm)).toHaveLength(1);
});

describe("the next step", () => {
  test.each([{}, { outcome: "MANUAL_REQUIRED" }] as const)(
    "%j: names the patch by what two patches cannot be made to share",
    async (options) => {
      const { out, id, sha256: digest } = await shown(options);
      const confirm = "outcome" in options ? ` --confirm ${digest.slice(0, 32)}` : "";
      expect(out).toContain(`next: countersign integrate ${id}${confirm} --state`);
    },
  );

  test.each([{ outcome: "REJECTED" }, { unjudged: true }] as const)("%j: there is none", async (options) => {
    expect((await shown(options)).out).not.toContain("next:");
  });

  test("for a stranger's verdict there is none, and it is named", async () => {
    const { out } = await shown({ key: throwAwayKey() });
    expect(out).not.toContain("next:");
    expect(out).not.toContain("verdict: APPROVED");
    expect(out).toContain("verdict_signature");
  });
});

test("as JSON it is whole", async () => {
  const { out, sha256, id } = await shown({ outcome: "MANUAL_REQUIRED" }, { json: true });
  expect(JSON.parse(out)).toMatchObject({
    patch_id: id,
    state: "manual_required",
    patch_sha256: sha256,
    verdict: { predicate: { outcome: "MANUAL_REQUIRED" } },
  });
});

const tool = { name: "countersign", version: "0.1.0" };
/** A rejection whose checks found what the test says. */
const found = (...findings: readonly Finding[]): ProposalOptions => ({
  outcome: "REJECTED",
  predicate: {
    checks: [
      {
        id: "hidden-text",
        result: "PASSED",
        tool,
        findings: findings.filter(({ refusal: { code } }) => code === "finding_let_pass"),
      },
      {
        id: "paths",
        result: "FAILED",
        tool,
        findings: findings.filter(({ refusal: { code } }) => code !== "finding_let_pass"),
      },
    ],
    policy: {
      uri: "countersign.toml",
      digest: { sha256: sha256("policy") },
      annotations: { rules: { paths: { version: "2026.11.0", digest: { sha256: sha256("pack") } } } },
    },
  },
});
const about = (where: string, message = "is bad", code: Reason = "static_finding"): Finding => ({
  rule: "r1",
  line: Number(/:(\d+)$/.exec(where)?.[1] ?? 0) || null,
  refusal: refusal(code, message, where),
});

describe("findings", () => {
  test("stand by check, and below the line that they are about", async () => {
    const { out } = await shown(
      found(
        about("src/a.txt:2"),
        about("src/a.txt:700"),
        about("src/b.txt:1", "let pass (text_invisible): known", "finding_let_pass"),
      ),
    );
    expect(out).toContain("verdict: REJECTED\nbecause: paths FAILED\n");
    expect(out).toContain("\npaths FAILED\n  static_finding src/a.txt:2 is bad [r1]\n");
    expect(out).toContain(
      "\nhidden-text PASSED\n  let pass src/b.txt:1 let pass (text_invisible): known [r1]\n",
    );
    expect(out).toContain("\n+TWO\n^ paths FAILED: static_finding: is bad [r1]\n three\n");
    expect(out).toContain("2 of 3 findings are about lines that the diff does not show");
    expect(out).toMatch(new RegExp(`rules paths +2026.11.0 ${sha256("pack")}`));
  });

  test("whatever they hold, a CI takes no order from the page or the JSON", async () => {
    const evil = "::error::boom ##[error]x ##vso[task.complete]";
    const options = {
      ...found(about("src/a.txt:1", evil)),
      edit: { "src/a.txt": `one\n${evil}\n ::add-mask::x\nthree\n` },
      order: { title: evil, rationale: `${evil}\n${evil}` },
    };
    for (const given of [{}, { json: true }, { trace: true }, { sarif: true }, { color: "always" }]) {
      const { out, err } = await shown(options, given);
      expect(out).toContain("boom");
      expect(`${out}\n${err}`).not.toMatch(/^\s*::|##(?:\[|vso\[)/m);
    }
  });
});

describe("colour", () => {
  test.each([
    [{}, false],
    [{ color: "auto" }, false],
    [{ color: "never" }, false],
    [{ color: "always" }, true],
  ])("%j without a terminal: %s", async (given, coloured) => {
    expect((await shown({}, given)).out.includes("\u001b[")).toBe(coloured);
  });

  test("only codes of ours, in the colours of git", async () => {
    const { out } = await shown(
      { edit: { "src/a.txt": "one\n\u001b[35mtwo\nthree\n" } },
      { color: "always" },
    );
    expect(out).toContain("\u001b[32m+\\u{1b}[35mtwo\u001b[39m\n");
    expect(out).not.toContain("\u001b[35m");
  });

  test("another word is usage", async () => {
    await expect(shown({}, { color: "sometimes" })).rejects.toMatchObject({ code: "usage" });
  });
});

describe.each([
  ["was put aside", true],
  ["is still to be put aside", false],
])("a rejected patch with a secret, whose order %s", (_what, moved) => {
  const aside = async (given: object): Promise<{ code: number; out: string; err: string }> => {
    const { id, order } = await propose(
      desk,
      found(about("src/a.txt:2", "looks like a secret", "secret_suspected")),
    );
    if (moved) rmSync(join(desk.places.exchange, "orders", `${id}.json`));
    const world = testWorld({ cwd: desk.repo, now: desk.now });
    const code = await show.run(world, [id], { state: desk.places.root, ...given });
    for (const word of [order.title, order.rationale, "+TWO"]) expect(world.said.out).not.toContain(word);
    return { code, ...world.said };
  };

  test("is told with its findings and without its content", async () => {
    const { code, out } = await aside({});
    expect(code).toBe(0);
    expect(out).toMatch(/^state +rejected$/m);
    expect(out).toContain("secret_suspected src/a.txt:2");
    expect(out).toContain("The patch is not shown");
  });

  test("as JSON and SARIF, too", async () => {
    expect(JSON.parse((await aside({ json: true })).out)).toMatchObject({ state: "rejected", order: null });
    const { code, out } = await aside({ sarif: true });
    expect([code, (JSON.parse(out) as { version: string }).version]).toEqual([0, "2.1.0"]);
  });
});

describe("SARIF", () => {
  test("of a genuine verdict, whatever it says, ends with 0", async () => {
    for (const options of [{}, found(about("src/a.txt:2"))]) {
      const { code, out } = await shown(options, { sarif: true });
      expect([code, (JSON.parse(out) as { version: string }).version]).toEqual([0, "2.1.0"]);
    }
  });

  test("of a stranger's verdict there is none", async () => {
    const { code, out, err } = await shown({ key: throwAwayKey() }, { sarif: true });
    expect([code, out]).toEqual([1, ""]);
    expect(err).toContain("verdict_signature");
  });

  test("without a verdict there is none, which is not an empty list", async () => {
    const { code, out, err } = await shown({ unjudged: true }, { sarif: true });
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain("no verdict");
  });

  test.each([{ json: true }, { trace: true }])("together with %j is usage", async (given) => {
    await expect(shown({}, { sarif: true, ...given })).rejects.toMatchObject({ code: "usage" });
  });
});
