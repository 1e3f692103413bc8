// `countersign gate list|explain|eval`: a policy in words, and tried out offline on evidence that somebody supposes.
import { resolve } from "node:path";
import { z } from "zod";
import { CountersignError } from "../../core/base/failure.ts";
import type { PolicyGate } from "../../core/gate/condition.ts";
import { sentence } from "../../core/gate/explain.ts";
import { explainGate } from "../decision/explanation.ts";
import { explanationText } from "../decision/explanation-text.ts";
import { gateOf, type Policy, type PolicyWhere, readPolicy } from "../decision/policy.ts";
import { trialText, trySupposed } from "../decision/trial.ts";
import { runVectors, type VectorReport } from "../decision/vectors.ts";
import { columns, wholeLine } from "../terminal/print.ts";
import type { World } from "../world.ts";
import { command, json, jsonOption, printJson, where, whereOptions } from "./command.ts";

const text = z.string().min(1).max(4096);
const policyOptions = [
  ...whereOptions,
  { flags: "--preset <name>", about: "the gates of a preset, without any state folder" },
];
const policyFields = { ...where, preset: text.optional() };

export const gateList = command({
  usage: "gate list",
  about: "the gates of the policy, each in a sentence",
  options: [...policyOptions, jsonOption],
  schema: z.strictObject({ ...policyFields, ...json }),
  run: async (world, _args, options) => {
    const policy = await readPolicy(world, options);
    const rows = [...policy.gates.values()].map((gate) => ({ gate: gate.id, sentence: sentence(gate) }));
    if (options.json === true) printJson(world, { from: policy.from, gates: rows });
    else world.terminal.out(columns(rows.map((row) => [row.gate, wholeLine(row.sentence)])));
    return 0;
  },
});

export const gateExplain = command({
  usage: "gate explain [gate]",
  about: "what a gate asks for: its sentence, and each condition's question, answer and trust lane",
  options: [...policyOptions, jsonOption],
  schema: z.strictObject({ ...policyFields, ...json }),
  run: async (world, args, options) => {
    const policy = await readPolicy(world, options);
    const chosen = args[0] === undefined ? [...policy.gates.values()] : [gateOf(policy, args[0])];
    const gates = chosen.map((gate) => explainGate(policy, gate, world.now()));
    if (options.json === true) printJson(world, { from: policy.from, gates });
    else {
      const { paint } = world.terminal;
      world.terminal.out(`${paint("dim", wholeLine(`policy of ${policy.from}`))}\n\n`);
      world.terminal.out(gates.map((gate) => explanationText(gate, paint)).join("\n"));
    }
    return 0;
  },
});

/** What `--vectors` has no use for. */
const trialFields = {
  gate: text.optional(),
  now: text.optional(),
  patch: text.optional(),
  tree: text.optional(),
};

const evalSchema = z.strictObject({
  ...policyFields,
  ...json,
  ...trialFields,
  evidence: text.optional(),
  vectors: z.array(text).min(1).max(1000).optional(),
});
type EvalOptions = z.infer<typeof evalSchema>;

export const gateEval = command({
  usage: "gate eval",
  about:
    "try a gate out offline: on supposed evidence (exit 0 opens, 1 holds, 2 cannot tell), or on files of test vectors",
  options: [
    {
      flags: "--evidence <file>",
      about: "JSON object: condition → {lane, value | error | bytes, anchor?, proof?}; docs/gates.md",
    },
    { flags: "--gate <name>", about: "the gate (default: verdict)" },
    ...policyOptions,
    { flags: "--now <instant>", about: "as if it were this time (2026-11-22T18:00:00Z)" },
    { flags: "--patch <sha256>", about: "the patch that signed evidence must be about" },
    { flags: "--tree <oid>", about: "the result tree that signed evidence must be about" },
    { flags: "--vectors <file...>", about: "instead: run files of JSON lines, or folders of .jsonl files" },
    jsonOption,
  ],
  schema: evalSchema,
  run: async (world, _args, options) => {
    if (options.vectors !== undefined) return vectors(world, options.vectors, options);
    if (options.evidence === undefined)
      throw new CountersignError("usage", "--evidence or --vectors is missing", {
        fix: "docs/gates.md shows both.",
      });
    const policy = await readPolicy(world, options);
    return trial(world, policy, gateOf(policy, options.gate ?? "verdict"), options.evidence, options);
  },
});

function trial(world: World, policy: Policy, gate: PolicyGate, file: string, options: EvalOptions): number {
  const answer = trySupposed(world, policy, gate, {
    file: resolve(world.cwd, file),
    now: options.now,
    patch: options.patch,
    tree: options.tree,
  });
  if (options.json === true) printJson(world, answer);
  else world.terminal.out(trialText(answer, world.terminal.paint));
  return answer.opens ? 0 : 1;
}

function vectors(world: World, places: readonly string[], options: EvalOptions): number {
  const { json: _, vectors: __, ...rest } = options;
  const [beside] = Object.keys(rest) as (keyof (PolicyWhere & typeof rest))[];
  if (beside !== undefined)
    throw new CountersignError(
      "usage",
      `--${beside} says nothing about --vectors: each case carries its own policy`,
      {
        fix: "Give one of them.",
      },
    );
  const report = runVectors(
    places.map((place) => resolve(world.cwd, place)),
    progress(world),
  );
  if (report.cases === 0)
    throw new CountersignError("usage", "there is no case in what --vectors names: nothing was checked", {
      fix: "Name files of JSON lines, or folders of .jsonl files.",
    });
  if (options.json === true) printJson(world, report);
  else printVectors(world, report);
  return report.mismatches.length === 0 ? 0 : 1;
}

const TELL_AFTER_MS = 2000;

/** At most one line every two seconds, on standard error. */
function progress(world: World): (cases: number) => void {
  let told = world.now();
  return (cases) => {
    if (world.now() - told < TELL_AFTER_MS) return;
    told = world.now();
    world.terminal.err(`${cases} cases\n`);
  };
}

function printVectors({ terminal }: World, { files, cases, mismatches }: VectorReport): void {
  for (const { file, line, id, expected, got } of mismatches)
    terminal.out(
      `${terminal.paint("red", "differs")} ${wholeLine(`${id} (${file}:${line})`)}\n  expected ${wholeLine(expected)}\n  got      ${wholeLine(got)}\n`,
    );
  const word = mismatches.length === 0 ? terminal.paint("green", "agree") : terminal.paint("red", "DIFFER");
  terminal.out(`${word}: ${cases} cases in ${files} files, ${mismatches.length} mismatches\n`);
}
