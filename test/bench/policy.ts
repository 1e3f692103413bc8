// What a policy of a hundred conditions costs: evaluated by itself, and end to end in front of read-file.
import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Condition, Facts } from "../../src/core/gate/decision.ts";
import { evaluate } from "../../src/core/gate/evaluate.ts";
import { trustOf } from "../../src/core/gate/trust.ts";
import { gather } from "../../src/io/evidence/gather.ts";
import { fetchProgram } from "../../src/io/evidence/fetch.ts";
import { openProviders } from "../../src/io/evidence/open.ts";
import { loadSetup, packageRoot } from "../../src/io/file/config.ts";
import { layout } from "../../src/io/file/layout.ts";
import { rpcClient } from "../support/rpc.ts";
import { removeScratch, scratch, scratchRepository } from "../support/scratch.ts";
import { compare, type Contender, median, printTable, quick } from "./compare.ts";
import { countersign, published, raiseLimits } from "./subject.ts";

/** Each kind of question that a gate of the gateway may ask, with comparators of every family. */
const kinds: readonly ((n: number) => string)[] = [
  () => `provider = "time"\nquery = { check = "now" }\ncomparator = "greater_than"\nexpected = 1500000000000`,
  () =>
    `provider = "time"\nquery = { check = "weekday" }\ncomparator = "in_set"\nexpected = [1, 2, 3, 4, 5, 6, 7]`,
  () =>
    `provider = "time"\nquery = { check = "before", instant = "2999-01-01T00:00:00Z" }\ncomparator = "equals"\nexpected = true`,
  () => `provider = "env"\nquery = { check = "get", key = "BENCH_NOT_SET" }\ncomparator = "not_exists"`,
  () => `provider = "env"\nquery = { check = "get", key = "BENCH_UNSET" }\ncomparator = "not_exists"`,
  () =>
    `provider = "caller"\nquery = { check = "principal" }\ncomparator = "not_equals"\nexpected = "nobody"`,
  (n) =>
    `provider = "json"\nquery = { check = "path", file = "facts.json", jsonpath = "$.n${n % 10}" }\ntype = "number"\ncomparator = "less_than_or_equal"\nexpected = ${n}`,
  (n) =>
    `provider = "json"\nquery = { check = "path", file = "facts.json", jsonpath = "$.s${n % 10}" }\ntype = "string"\ncomparator = "lex_less_than"\nexpected = "zzz"`,
  () =>
    `provider = "json"\nquery = { check = "path", file = "facts.json", jsonpath = "$.list" }\ntype = "scalars"\ncomparator = "contains"\nexpected = ["b", "c"]`,
  () =>
    `provider = "json"\nquery = { check = "path", file = "facts.json", jsonpath = "$.object" }\ntype = "object"\ncomparator = "deep_equals"\nexpected = { a = [1, 2, { b = "c" }] }`,
];

const CONDITIONS = 100;

/** 100 conditions under a tree of depth 4: all of any of at_least of not-not leaves, each condition once. */
function policyText(root: string): string {
  const ids = Array.from({ length: CONDITIONS }, (_, n) => `c${n}`);
  const conditions = ids.map(
    (id, n) => `[[conditions]]\nid = "${id}"\n${kinds[n % kinds.length]?.(n) ?? ""}\n`,
  );
  const quoted = ids.map((id) => `"${id}"`);
  const fives = Array.from({ length: 20 }, (_, i) => quoted.slice(5 * i, 5 * i + 5));
  const groups = fives.map(
    ([a = "", b = "", ...rest]) => `{ at_least = 3, of = [${a}, { all = [${b}] }, ${rest.join(", ")}] }`,
  );
  const fours = Array.from(
    { length: 5 },
    (_, i) => `{ any = [${groups.slice(4 * i, 4 * i + 4).join(", ")}] }`,
  );
  return [
    `[evidence]\nproviders = ["time", "env", "json", "caller", "git", "checks", "signed"]`,
    `[evidence.env]\nallow = ["BENCH_NOT_SET", "BENCH_UNSET"]`,
    `[evidence.json]\nroot = ${JSON.stringify(root)}`,
    ...conditions,
    `[gates.read-file]\nrequire = { all = [${fours.join(", ")}] }\n`,
  ].join("\n");
}

function writeFacts(root: string): void {
  mkdirSync(root, { recursive: true });
  const numbers = Object.fromEntries(Array.from({ length: 10 }, (_, n) => [`n${n}`, n / 2]));
  const texts = Object.fromEntries(Array.from({ length: 10 }, (_, n) => [`s${n}`, `text ${n}`]));
  const facts = { ...numbers, ...texts, list: ["a", "b", "c"], object: { a: [1, 2, { b: "c" }] } };
  writeFileSync(join(root, "facts.json"), JSON.stringify(facts));
}

const ESTABLISHED: readonly Condition[] = [{ id: "asked", state: "true" }];

/** Milliseconds of one evaluation with its evidence ready, and of gathering it; medians. */
async function evaluation(state: string): Promise<{ evaluated: number; gathered: number }> {
  const setup = loadSetup(layout(state), packageRoot());
  const policy = setup.gates.get("read-file");
  if (policy === undefined || policy.conditions.length !== CONDITIONS)
    throw new Error("not the policy that is measured");
  const now = Date.now();
  const trust = trustOf(setup, { resource: "urn:countersign:repository:bench" }, now);
  const providers = openProviders({
    config: setup.config,
    layout: layout(state),
    served: { path: state, gitDir: join(state, ".git") },
    place: "gateway",
    clock: () => now,
    env: {},
    trust,
    caller: { principal: "local:stdio", changeType: undefined, riskLevel: undefined, claims: [] },
    carried: [],
    program: fetchProgram(process.execPath, packageRoot()),
  });
  const gather1 = (): Promise<Facts["evidence"]> => gather(policy.conditions, providers, 5000, Date.now);
  const facts: Facts = { evidence: await gather1(), trust };
  const gate = { id: "read-file", requires: ["asked"], policy };
  const evaluated: number[] = [];
  const gathered: number[] = [];
  for (let round = 0; round < (quick ? 300 : 3000); round++) {
    const start = performance.now();
    const decision = evaluate(gate, ESTABLISHED, facts);
    evaluated.push(performance.now() - start);
    // A policy that fails at its first leaf would be a cheap one.
    if (!decision.allowed) throw new Error(JSON.stringify(decision.refusal));
  }
  for (let round = 0; round < (quick ? 30 : 300); round++) {
    const start = performance.now();
    await gather1();
    gathered.push(performance.now() - start);
  }
  return { evaluated: median(evaluated), gathered: median(gathered) };
}

const NAMES = { plain: "read-file, preset's policy", policy: "read-file, 100 conditions" } as const;

export async function benchPolicy(): Promise<void> {
  const text = "A line of text as source files have them, sixty-odd bytes long.\n".repeat(64).slice(0, 4096);
  const repo = scratchRepository("bench-policy", { "src/file.ts": text });
  const states = { plain: scratch("bench-plain"), policy: scratch("bench-policy-state") };
  raiseLimits(states.plain, repo);
  raiseLimits(states.policy, repo);
  const root = join(states.policy, "facts");
  writeFacts(root);
  appendFileSync(join(states.policy, "countersign.toml"), policyText(root));
  const contenders: Contender[] = [];
  for (const which of ["policy", "plain"] as const) {
    const client = await rpcClient(countersign(states[which], repo));
    await published(client);
    contenders.push({ name: NAMES[which], client, tool: "read-file", args: { path: "src/file.ts" } });
  }
  const figures = await compare(contenders);
  printTable("read of 4 KiB over stdio", NAMES.policy, figures);
  const { evaluated, gathered } = await evaluation(states.policy);
  const read = figures.get(NAMES.plain)?.p50 ?? NaN;
  const share = (millis: number): string => `${((100 * millis) / read).toFixed(2)} % of a gated read-file`;
  console.log(
    `\nevaluating 100 conditions, evidence ready: p50 ${evaluated.toFixed(4)} ms, ${share(evaluated)} (aim: < 5 %)`,
  );
  console.log(`asking for that evidence:                  p50 ${gathered.toFixed(4)} ms, ${share(gathered)}`);
  await Promise.all(contenders.map(({ client }) => client.close()));
  for (const folder of [repo, states.plain, states.policy]) removeScratch(folder);
}
