// What is put in the verdict gate's way: rubbish, traps in the evidence folder, providers in trouble, and a trial that ends.
import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { resourceUri } from "../../src/core/attestation/statement.ts";
import { toBase64 } from "../../src/core/base/bytes.ts";
import { sha256 } from "../../src/core/base/digest.ts";
import { instant } from "../../src/core/base/time.ts";
import { recordFault } from "../../src/core/gate/record.ts";
import { valueOf } from "../../src/core/gate/value.ts";
import type { OpenManifest } from "../../src/core/manifest/manifest.ts";
import type { Order } from "../../src/core/proposal/order.ts";
import type { Bench } from "../../src/validator/bench.ts";
import { judge } from "../../src/validator/round.ts";
import { signEvidence } from "../../src/validator/signing/evidence.ts";
import { readKey } from "../../src/validator/signing/key-file.ts";
import { newKey } from "../../src/validator/signing/keygen.ts";
import { openBench, publishNow, putOrder, type TestBench, verdictOn } from "../support/bench.ts";
import { NOON } from "../support/proposals.ts";
import { removeScratch, scratch, scratchRepository } from "../support/scratch.ts";

const GOOD =
  "diff --git a/src/a.ts b/src/a.ts\n--- a/src/a.ts\n+++ b/src/a.ts\n@@ -1,3 +1,3 @@\n one\n-two\n+TWO\n three\n";

const ci = scratch("hostile-ci");
const made = newKey({ keys: join(ci, "keys"), trust: join(ci, "trust"), repositories: [] });
const ciKey = readKey(made.privateFile, []);

const condition = (id: string, provider: string, query: string, rest: string): string =>
  `[[conditions]]\nid = "${id}"\nprovider = "${provider}"\nquery = ${query}\n${rest}\n`;
const TRUE = 'type = "boolean"\ncomparator = "equals"\nexpected = true';
const SIGNED = condition("signed", "signed", '{ check = "statement", name = "tests_passed" }', TRUE);
const CLAIMED = condition("claimed", "caller", '{ check = "claim", name = "tests_passed" }', TRUE);
const KEY = `[[evidence.keys]]\nname = "ci"\nkey = "${toBase64(ciKey.publicKey)}"\nchecks = ["*"]\n`;
const REQUIRE = (tree: string): string => `[gates.verdict]\nrequire = ${tree}\n`;

const ENVELOPE = Buffer.from(
  signEvidence(
    {
      resourceUri: resourceUri("repository", "default"),
      subject: [{ name: "patch" as const, digest: { sha256: sha256(GOOD) } }] as [never],
      check: "tests_passed",
      params: {},
      issued: instant(NOON - 1000),
      expires: instant(NOON + 60_000),
      nonce: "fedcba9876543210".repeat(2),
    },
    valueOf(true),
    "dsse",
    ciKey,
  ),
).toString("utf8");

let repo: string;
const benches: TestBench[] = [];

beforeAll(() => {
  repo = scratchRepository("gate-hostile", { "src/a.ts": "one\ntwo\nthree\n" });
});
afterAll(() => {
  removeScratch(repo);
  removeScratch(ci);
  for (const { state } of benches) removeScratch(state);
});

interface Scene {
  readonly on: TestBench;
  readonly base: OpenManifest;
}

async function scene(toml: string, env: Readonly<Record<string, string>> = {}): Promise<Scene> {
  const on = await openBench(repo, toml, undefined, env);
  benches.push(on);
  return { on, base: await publishNow(on) };
}

/** Outcome, then `id state reason detail` by condition. */
async function judged(
  { on, base }: Scene,
  changes: Partial<Order> = {},
  bench: Bench = on.bench,
): Promise<readonly string[]> {
  const id = await putOrder(on, base, GOOD, changes);
  expect(await judge(bench, base, id, true)).toMatchObject({ kind: "signed" });
  const { decision, outcome } = (await verdictOn(on, id)).predicate;
  if (decision === undefined) throw new Error("the verdict has no decision");
  expect(recordFault(decision)).toBeUndefined();
  const lines = decision.conditions.map(({ id: name, state, reason, detail }) =>
    [name, state, reason, detail].filter((word) => word !== null).join(" "),
  );
  return [outcome, ...lines];
}

const envelopes = (texts: readonly string[]): Partial<Order> => ({
  evidence: texts.map((envelope) => ({ envelope })),
});
const RUBBISH = [
  "{",
  "null",
  "[]",
  "\u0000",
  '{"payload":1}',
  "x".repeat(16_384),
  `${"[".repeat(8000)}${"]".repeat(8000)}`,
];

describe("rubbish in the order", () => {
  let there: Scene;
  beforeAll(async () => {
    there = await scene(`${KEY}${SIGNED}${REQUIRE('"signed"')}`);
  });

  test("32 envelopes of it open nothing", async () => {
    const texts = Array.from({ length: 32 }, (_, n) => RUBBISH[n % RUBBISH.length] ?? "");
    const [outcome, line] = await judged(there, envelopes(texts));
    expect(outcome).toBe("MANUAL_REQUIRED");
    expect(line).toMatch(/^signed unknown provider_error signed_/);
  });

  test("and hide a genuine one among them no more than they replace it", async () => {
    const texts = Array.from({ length: 31 }, (_, n) => RUBBISH[n % RUBBISH.length] ?? "");
    expect(await judged(there, envelopes([...texts, ENVELOPE]))).toEqual(["APPROVED", "signed true"]);
  });

  test("claims of the greatest size stay out of the verdict", async () => {
    const own = await scene(`${CLAIMED}${REQUIRE('"claimed"')}`);
    const evidence = Array.from({ length: 32 }, (_, n) => ({
      name: n === 0 ? "tests_passed" : `c${n}`,
      value: "é".repeat(2000),
    }));
    const id = await putOrder(own.on, own.base, GOOD, { evidence });
    expect(await judge(own.on.bench, own.base, id, true)).toEqual({
      kind: "signed",
      outcome: "MANUAL_REQUIRED",
    });
    const text = JSON.stringify(await verdictOn(own.on, id));
    expect(text).not.toContain("éé");
    expect(text.length).toBeLessThan(20_000);
  });

  test("two claims of one name are none", async () => {
    const own = await scene(`[trust]\nmin_lane = "asserted"\n${CLAIMED}${REQUIRE('"claimed"')}`);
    const claim = { name: "tests_passed", value: true };
    expect(await judged(own, { evidence: [claim] })).toEqual(["APPROVED", "claimed true"]);
    expect(await judged(own, { evidence: [{ ...claim, value: false }, claim] })).toEqual([
      "MANUAL_REQUIRED",
      "claimed unknown provider_error caller_claim_twice",
    ]);
  });
});

describe("traps in the evidence folder", () => {
  const trap = async (set: (folder: string) => void): Promise<readonly string[]> => {
    const there = await scene(`${KEY}${SIGNED}${REQUIRE('"signed"')}`);
    set(join(there.on.state, "evidence"));
    return judged(there);
  };

  test.each<readonly [string, (folder: string) => void]>([
    ["a FIFO", (folder) => execFileSync("mkfifo", [join(folder, "a.json")])],
    [
      "a link out of it, to a genuine statement",
      (folder) => {
        writeFileSync(join(folder, "..", "genuine"), ENVELOPE);
        symlinkSync("../genuine", join(folder, "a.json"));
      },
    ],
    ["a link to a device", (folder) => symlinkSync("/dev/zero", join(folder, "a.json"))],
    ["a link to itself", (folder) => symlinkSync("a.json", join(folder, "a.json"))],
    ["a folder of that name", (folder) => mkdirSync(join(folder, "a.json"))],
    ["a file of 8 MiB", (folder) => writeFileSync(join(folder, "a.json"), Buffer.alloc(8_388_608, 0x20))],
    [
      "more files than are read",
      (folder) => {
        for (let n = 0; n < 300; n++) writeFileSync(join(folder, `${n}.json`), ENVELOPE);
      },
    ],
  ])("%s opens nothing, and the verdict comes out", async (_, set) => {
    const [outcome, line] = await trap(set);
    expect(outcome).toBe("MANUAL_REQUIRED");
    expect(line).toMatch(/^signed unknown provider_error signed_/);
  });

  test("a genuine statement beside all of that counts", async () => {
    const seen = await trap((folder) => {
      execFileSync("mkfifo", [join(folder, "a.json")]);
      symlinkSync("/dev/zero", join(folder, "b.json"));
      writeFileSync(join(folder, "c.json"), "{");
      writeFileSync(join(folder, "d.json"), ENVELOPE);
    });
    expect(seen).toEqual(["APPROVED", "signed true"]);
  });
});

describe("providers in trouble", () => {
  const HOUR = condition(
    "hour",
    "time",
    '{ check = "hour" }',
    'comparator = "greater_than_or_equal"\nexpected = 0',
  );
  const OTHER = condition(
    "other",
    "git",
    '{ check = "target_ref" }',
    'comparator = "equals"\nexpected = "refs/heads/other"',
  );
  let there: Scene;
  beforeAll(async () => {
    there = await scene(`[evidence]\ntimeout_ms = 100\n${HOUR}${REQUIRE('{ all = ["structure", "hour"] }')}`);
  });

  type Ask = Bench["providers"];
  const withTime = (ask: () => Promise<never>): Bench => {
    const { bench } = there.on;
    const providers: Ask = (facts) => ({ ...bench.providers(facts), time: { ask } });
    return { ...bench, providers };
  };
  const fails = (): Promise<never> => Promise.reject(new Error("boom"));
  const silent = (): Promise<never> => new Promise(() => undefined);

  test.each([
    ["throws", fails, "time_failed"],
    ["never answers", silent, "time_timeout"],
  ])("one that %s: asked again, and in the end a person decides", async (_, ask, detail) => {
    const { on, base } = there;
    const bench = withTime(ask);
    const id = await putOrder(on, base, GOOD);
    expect(await judge(bench, base, id, false)).toEqual({
      kind: "again",
      why: `evidence could not be had: ${detail}`,
    });
    expect((await on.bench.exchange.verdicts.read(id)).kind).toBe("absent");
    expect(await judge(bench, base, id, true)).toEqual({ kind: "signed", outcome: "MANUAL_REQUIRED" });
    const text = JSON.stringify(await verdictOn(on, id));
    expect(text).toContain(detail);
    expect(text).not.toContain("boom");
  });

  test("none of them can even be opened: the same", async () => {
    const { on, base } = there;
    const bench: Bench = {
      ...on.bench,
      providers: () => {
        throw new TypeError("boom");
      },
    };
    const id = await putOrder(on, base, GOOD);
    expect(await judge(bench, base, id, false)).toMatchObject({ kind: "again" });
    expect(await judge(bench, base, id, true)).toEqual({ kind: "signed", outcome: "MANUAL_REQUIRED" });
    expect((await verdictOn(on, id)).predicate.decision?.conditions.map(({ reason }) => reason)).toEqual([
      "evidence_missing",
      "evidence_missing",
    ]);
  });

  test("nobody waits for an answer that would open nothing", async () => {
    const { on, base } = await scene(`${HOUR}${OTHER}${REQUIRE('{ all = ["hour", "other"] }')}`);
    const bench: Bench = {
      ...on.bench,
      providers: (facts) => ({ ...on.bench.providers(facts), time: { ask: fails } }),
    };
    const id = await putOrder(on, base, GOOD);
    expect(await judge(bench, base, id, false)).toEqual({ kind: "signed", outcome: "MANUAL_REQUIRED" });
  });

  test("nor for one about a patch that is rejected, or that a person decides anyhow", async () => {
    const { on, base } = there;
    const rejected = await putOrder(on, base, GOOD.replace(" one", " eno"));
    expect(await judge(withTime(fails), base, rejected, false)).toEqual({
      kind: "signed",
      outcome: "REJECTED",
    });
    const create =
      "diff --git a/src/auth/x.ts b/src/auth/x.ts\nnew file mode 100644\n--- /dev/null\n+++ b/src/auth/x.ts\n@@ -0,0 +1 @@\n+x\n";
    const manual = await putOrder(on, base, create);
    expect(await judge(withTime(fails), base, manual, false)).toEqual({
      kind: "signed",
      outcome: "MANUAL_REQUIRED",
    });
  });

  test("a host that cannot be reached is trouble on the way", async () => {
    const http = condition(
      "alive",
      "http",
      '{ check = "status", url = "https://nobody.invalid/" }',
      'comparator = "equals"\nexpected = 200',
    );
    const { on, base } = await scene(
      `[evidence]\nproviders = ["time", "env", "json", "http", "git", "checks", "caller", "signed"]\n[evidence.http]\nallowed_hosts = ["nobody.invalid"]\n${http}${REQUIRE('"alive"')}`,
    );
    const id = await putOrder(on, base, GOOD);
    expect(await judge(on.bench, base, id, false)).toMatchObject({ kind: "again" });
    expect(await judge(on.bench, base, id, true)).toEqual({ kind: "signed", outcome: "MANUAL_REQUIRED" });
  }, 30_000);
});

describe("values stay here", () => {
  const CANARY = ["canary", "7f3a", "91c2", "b6d8"].join("-");
  const ENV = condition(
    "deployed",
    "env",
    '{ check = "get", key = "DEPLOY_TARGET" }',
    'comparator = "equals"\nexpected = "production"',
  );
  const allow = '[evidence.env]\nallow = ["DEPLOY_TARGET"]\n';

  test("a secret that a condition asks for is in no verdict and no line of the log", async () => {
    const { on, base } = await scene(`${allow}${ENV}${REQUIRE('"deployed"')}`, { DEPLOY_TARGET: CANARY });
    const id = await putOrder(on, base, GOOD);
    await judge(on.bench, base, id, true);
    const verdict = await verdictOn(on, id);
    expect(verdict.predicate.outcome).toBe("MANUAL_REQUIRED");
    const [record] = verdict.predicate.decision?.conditions ?? [];
    expect(record).toMatchObject({ state: "false", reason: "condition_false", value: null });
    // Not the plain hash either: whoever knows what it could be would know what it is.
    expect(record?.digest).not.toBe(sha256(CANARY));
    expect(record?.digest).not.toBe(sha256(JSON.stringify(CANARY)));
    expect(`${JSON.stringify(verdict)}${on.logged.join("")}`).not.toContain(CANARY);
  });

  test("unless the operator opens policy and provider both", async () => {
    const raw = '[evidence]\nallow_raw_values = true\nraw_providers = ["env"]\n';
    const { on, base } = await scene(`${raw}${allow}${ENV}${REQUIRE('"deployed"')}`, {
      DEPLOY_TARGET: "production",
    });
    const id = await putOrder(on, base, GOOD);
    await judge(on.bench, base, id, true);
    const { decision, outcome } = (await verdictOn(on, id)).predicate;
    expect([outcome, decision?.conditions[0]?.value]).toEqual(["APPROVED", '"production"']);
  });
});

describe("D16: dev.permissive", () => {
  const permissive = (rest = ""): string => `[dev]\npermissive = true\nttl_days = 1\n${rest}`;
  const DAY = 86_400_000;
  const until = NOON - 60_000 + DAY;
  const claim: Partial<Order> = { evidence: [{ name: "tests_passed", value: true }] };

  test("lowers the lane while it lasts, and is stamped into the verdict, which ends with it", async () => {
    const there = await scene(`${permissive()}${CLAIMED}${REQUIRE('"claimed"')}`);
    there.on.clock.now = until - 1000;
    const id = await putOrder(there.on, there.base, GOOD, { ...claim, expires: instant(until + DAY) });
    expect(await judge(there.on.bench, there.base, id, true)).toEqual({
      kind: "signed",
      outcome: "APPROVED",
    });
    const { decision, expires } = (await verdictOn(there.on, id)).predicate;
    expect(decision).toMatchObject({ permissive_until: instant(until), min_lane: "verified" });
    expect(decision?.conditions[0]).toMatchObject({ lane: "asserted", min_lane: "asserted", state: "true" });
    expect(expires).toBe(instant(until));
  });

  test("ends at its moment, in a validator that runs on", async () => {
    const there = await scene(`${permissive()}${CLAIMED}${REQUIRE('"claimed"')}`);
    there.on.clock.now = until;
    expect(await judged(there, { ...claim, expires: instant(until + DAY) })).toEqual([
      "MANUAL_REQUIRED",
      "claimed unknown trust_lane",
    ]);
  });

  // Threat: a slow provider carries a round that began in time over the end.
  test("does not hold for what is decided behind its end, when the round began before it", async () => {
    const there = await scene(`${permissive()}${CLAIMED}${REQUIRE('"claimed"')}`);
    const { on } = there;
    on.clock.now = until - 1;
    const bench: Bench = {
      ...on.bench,
      providers: (facts) => {
        on.clock.now = until;
        return on.bench.providers(facts);
      },
    };
    expect(await judged(there, { ...claim, expires: instant(until + DAY) }, bench)).toEqual([
      "MANUAL_REQUIRED",
      "claimed unknown trust_lane",
    ]);
  });

  test("leaves exempt providers strict", async () => {
    const there = await scene(
      `${permissive('exempt_providers = ["caller"]\n')}${CLAIMED}${REQUIRE('"claimed"')}`,
    );
    expect(await judged(there, claim)).toEqual(["MANUAL_REQUIRED", "claimed unknown trust_lane"]);
  });

  test("leaves a gate strict that asks for verified evidence itself", async () => {
    const there = await scene(`${permissive()}${CLAIMED}${REQUIRE('"claimed"\nmin_lane = "verified"')}`);
    expect(await judged(there, claim)).toEqual(["MANUAL_REQUIRED", "claimed unknown trust_lane"]);
  });
});
