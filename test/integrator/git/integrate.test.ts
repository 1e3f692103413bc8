// Landing: every question's refusal, each with everything else in order.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { sha256 } from "../../../src/core/base/digest.ts";
import { type GitOid, landedRef, type PatchId, type RefName } from "../../../src/core/base/ids.ts";
import { instant } from "../../../src/core/base/time.ts";
import { policyDigest } from "../../../src/core/config/policy.ts";
import { labels } from "../../../src/core/rules/packs.ts";
import { canonical } from "../../../src/core/base/canonical.ts";
import { schemasDigest } from "../../../src/core/gate/schema.ts";
import { landingGate } from "../../../src/integrator/git/integrate.ts";
import { gatewayExchange } from "../../../src/io/exchange/files/open.ts";
import { attempt } from "../../support/attempt.ts";
import { git } from "../../support/scratch.ts";
import { snapshotOf } from "../../support/snapshot.ts";
import {
  type Desk,
  openDesk,
  patchOf,
  propose,
  type ProposalOptions,
  throwAwayKey,
} from "../../support/verdicts.ts";

let desk: Desk;
beforeEach(() => {
  desk = openDesk();
});
afterEach(() => desk.remove());

const run = (
  id: PatchId,
  options?: Parameters<typeof attempt>[2],
  world?: Parameters<typeof attempt>[3],
): ReturnType<typeof attempt> => attempt(desk, id, options, world);

const refs = (): string => git(desk.repo, "for-each-ref");
const later = (millis: number): ReturnType<typeof instant> => instant(desk.now + millis);

describe("refused", () => {
  const cases: readonly {
    what: string;
    options: ProposalOptions | (() => ProposalOptions);
    answer: string;
    now?: number;
  }[] = [
    { what: "no verdict yet", options: { unjudged: true }, answer: "verdict_missing" },
    { what: "signed by another key", options: () => ({ key: throwAwayKey() }), answer: "verdict_signature" },
    {
      what: "verdict about another repository",
      options: { predicate: { resourceUri: "urn:countersign:repository:other" } },
      answer: "verdict_mismatch",
    },
    {
      what: "verdict for another branch",
      options: { predicate: { targetRef: "refs/heads/other" as RefName } },
      answer: "verdict_mismatch",
    },
    {
      what: "verdict about another patch",
      options: { predicate: { patchId: "00000000-0000-4000-8000-000000000009" as PatchId } },
      answer: "verdict_mismatch",
    },
    {
      what: "verdict expired",
      options: () => ({ predicate: { expires: later(999) } }),
      answer: "verdict_expired",
    },
    {
      what: "verdict expires at this very millisecond",
      options: () => ({ predicate: { expires: later(1000) } }),
      answer: "verdict_expired",
    },
    {
      what: "verdict from the future",
      options: () => ({ predicate: { timeVerified: later(400_000) } }),
      answer: "verdict_expired",
    },
    { what: "order expired", options: () => ({ order: { expires: later(500) } }), answer: "order_expired" },
    {
      what: "other policy",
      options: () => ({
        predicate: { policy: { uri: "x", digest: { sha256: sha256("other") }, annotations: { rules: "1" } } },
      }),
      answer: "policy_changed",
    },
    { what: "other patch attested", options: () => ({ attested: sha256("other") }), answer: "order_changed" },
    {
      what: "order with another patch than its digest says",
      options: () => ({
        order: { patch_sha256: sha256("other") },
        attested: sha256(patchOf(desk.repo, { "src/a.txt": "one\nTWO\nthree\n" }).patch),
      }),
      answer: "order_changed",
    },
    {
      what: "other tree attested",
      options: () => ({ tree: "1".repeat(40) as GitOid }),
      answer: "result_differs",
    },
    {
      what: "base commit that is not in the repository",
      options: () => ({
        predicate: {
          base: {
            manifest: sha256("m"),
            digest: { gitCommit: "2".repeat(40) as GitOid, gitTree: "3".repeat(40) as GitOid },
          },
        },
      }),
      answer: "base_moved",
    },
    {
      what: "base commit with another tree",
      options: () => {
        const { commit } = patchOf(desk.repo, { "src/a.txt": "x\n" });
        return {
          predicate: {
            base: { manifest: sha256("m"), digest: { gitCommit: commit, gitTree: "3".repeat(40) as GitOid } },
          },
        };
      },
      answer: "verdict_mismatch",
    },
    {
      what: "a path that is blocked for good, whatever the validator signed",
      options: { edit: { ".github/workflows/ci.yml": "on: push\n" } },
      answer: "path_blocked",
    },
    {
      what: "the same in another spelling",
      options: { edit: { ".GitHub/Workflows/ci.yml": "on: push\n" } },
      answer: "path_blocked",
    },
  ];
  test.each(cases)("$what: $answer", async ({ options, answer }) => {
    const made = await propose(desk, typeof options === "function" ? options() : options);
    const before = [refs(), snapshotOf(desk.repo)];
    const done = await run(made.id);
    expect(done.answer).toBe(answer);
    expect(done.code).toBe(1);
    expect([refs(), snapshotOf(desk.repo)]).toEqual(before);
  });

  test("a symbolic link, whatever the validator signed", async () => {
    const patch = [
      "diff --git a/link b/link",
      "new file mode 120000",
      "index 0000000000000000000000000000000000000000..1de565933b05f74c75ff9a6520af5f9f8a5a2f1d",
      "--- /dev/null",
      "+++ b/link",
      "@@ -0,0 +1 @@",
      "+target",
      "\\ No newline at end of file",
      "",
    ].join("\n");
    const lab = openDesk();
    writeFileSync(join(lab.repo, "link.patch"), patch);
    git(lab.repo, "apply", "--index", "link.patch");
    const tree = git(lab.repo, "write-tree").trim() as GitOid;
    lab.remove();
    const made = await propose(desk, { order: { patch, patch_sha256: sha256(patch) }, tree });
    expect((await run(made.id)).answer).toBe("diff_link");
  });

  test.each([
    ["withdrawn", "patch_withdrawn"],
    ["superseded", "patch_superseded"],
    ["expired", "order_expired"],
  ] as const)("%s by the proposer's side: %s", async (state, answer) => {
    const made = await propose(desk);
    await (
      await gatewayExchange(desk.places.exchange)
    ).orders.close({ version: 1, patch_id: made.id, state, at: later(0) });
    expect((await run(made.id)).answer).toBe(answer);
  });

  test("a closing note that cannot be read holds: it may be a withdrawal", async () => {
    const made = await propose(desk);
    writeFileSync(join(desk.places.exchange, "orders", `${made.id}.closed.json`), "{");
    expect((await run(made.id)).answer).toBe("order_invalid");
  });

  test.each(["title", "rationale", "patch", "principal", "created", "base", "expires"] as const)(
    "an order that was rewritten under its verdict: %s",
    async (field) => {
      const made = await propose(desk);
      const file = join(desk.places.exchange, "orders", `${made.id}.json`);
      const order = JSON.parse(readFileSync(file, "utf8")) as Record<string, string>;
      const changed = { created: instant(0), base: sha256("other base"), expires: later(3_700_000) };
      order[field] = field in changed ? String(Reflect.get(changed, field)) : `${order[field] ?? ""} `;
      writeFileSync(file, canonical(order));
      expect((await run(made.id)).answer).toBe("order_changed");
    },
  );

  test("every changed byte of the verdict", async () => {
    const made = await propose(desk);
    const file = join(desk.places.exchange, "verdicts", `${made.id}.dsse.json`);
    const good = readFileSync(file);
    for (let at = 0; at < good.length; at += Math.ceil(good.length / 40)) {
      const bad = Buffer.from(good);
      bad[at] = (bad[at] ?? 0) ^ 1;
      writeFileSync(file, bad);
      const { answer } = await run(made.id);
      expect(["verdict_signature", "verdict_invalid"], `byte ${at}`).toContain(answer);
    }
    writeFileSync(file, good);
    expect((await run(made.id)).answer).toBe("landed");
  });

  test("an order under another patch's name", async () => {
    const made = await propose(desk);
    const other = await propose(desk, { edit: { "src/b.txt": "b\n" } });
    const folder = join(desk.places.exchange, "orders");
    writeFileSync(join(folder, `${made.id}.json`), readFileSync(join(folder, `${other.id}.json`)));
    expect((await run(made.id)).answer).toBe("order_invalid");
  });

  test("an id that nobody proposed", async () => {
    const { answer, code } = await run("00000000-0000-4000-8000-000000000001" as PatchId);
    expect([answer, code]).toEqual(["patch_unknown", 1]);
  });

  test("the landing branch exists already", async () => {
    const made = await propose(desk);
    git(desk.repo, "branch", `countersign/patch-${made.id.slice(0, 8)}`);
    expect((await run(made.id)).answer).toBe("branch_exists");
    expect(refs()).not.toContain(landedRef(made.id));
  });

  test("a branch called countersign leaves no room for the landing branch", async () => {
    const made = await propose(desk);
    git(desk.repo, "branch", "countersign");
    expect((await run(made.id)).answer).toBe("branch_exists");
  });

  test("landed twice", async () => {
    const made = await propose(desk);
    expect((await run(made.id)).answer).toBe("landed");
    const after = refs();
    expect((await run(made.id)).answer).toBe("already_landed");
    git(desk.repo, "branch", "-D", `countersign/patch-${made.id.slice(0, 8)}`);
    expect((await run(made.id)).answer).toBe("already_landed");
    expect(after).toContain(landedRef(made.id));
  });

  test("policy changed in the configuration", async () => {
    const made = await propose(desk);
    writeFileSync(
      desk.places.config,
      `${readFileSync(desk.places.config, "utf8")}\n[proposal]\nmax_files = 3\n`,
    );
    expect((await run(made.id)).answer).toBe("policy_changed");
  });

  test("a rule pack changed, until the patch is judged under the new one", async () => {
    const { config, rules, schemas } = desk.setup;
    const paths = { ...rules.paths, protected: rules.paths.protected.slice(1) };
    const other = policyDigest(config, labels({ ...rules, paths }), schemasDigest(schemas));
    const under = (policy: typeof other): ReturnType<typeof propose> =>
      propose(desk, {
        predicate: {
          policy: {
            uri: "countersign.toml",
            digest: { sha256: policy },
            annotations: { rules: "2026.11.0" },
          },
        },
      });
    expect((await run((await under(other)).id)).answer).toBe("policy_changed");
    expect((await run((await under(desk.policy)).id)).answer).toBe("landed");
  });
});

describe("the gate", () => {
  test("has every condition in the trace, those of the policy at the end, and a landing makes all of them true", async () => {
    const made = await propose(desk);
    const { landing } = await run(made.id);
    const all = [...landingGate.requires, "structure"];
    expect(landing.trace).toEqual(all.map((id) => ({ id, state: "true" })));
  });

  test("conditions that were not asked are unknown", async () => {
    const made = await propose(desk, { unjudged: true });
    const { landing } = await run(made.id);
    const states = Object.fromEntries(landing.trace.map(({ id, state }) => [id, state]));
    expect(states).toMatchObject({
      order: "true",
      verdict: "false",
      signature: "unknown",
      result: "unknown",
      confirmed: "unknown",
    });
  });
});
