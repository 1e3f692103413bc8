// A gate evaluated on supposed evidence: the real judge and the real tree, but nobody is asked and nothing is opened.
import { basename } from "node:path";
import { resourceUri } from "../../core/attestation/statement.ts";
import { digestSchema } from "../../core/base/digest.ts";
import { CountersignError } from "../../core/base/failure.ts";
import { gitOidSchema } from "../../core/base/ids.ts";
import { printable, type Refusal } from "../../core/base/refusal.ts";
import { instant, instantSchema, millisOf } from "../../core/base/time.ts";
import type { PolicyGate } from "../../core/gate/condition.ts";
import type { TriState } from "../../core/gate/decision.ts";
import { evaluate } from "../../core/gate/evaluate.ts";
import type { Subject } from "../../core/gate/evidence.ts";
import { sentence } from "../../core/gate/explain.ts";
import { trustOf } from "../../core/gate/trust.ts";
import type { Lane } from "../../core/identity/scope.ts";
import { readBounded } from "../../io/file/read.ts";
import { columns, type Paint, type Style, wholeLine } from "../terminal/print.ts";
import type { World } from "../world.ts";
import type { Policy } from "./policy.ts";
import { MAX_SUPPOSED_BYTES, readSupposed } from "./supposed.ts";

export interface Supposition {
  /** Absolute path. */
  readonly file: string;
  readonly now: string | undefined;
  readonly patch: string | undefined;
  readonly tree: string | undefined;
}

export interface Trial {
  readonly gate: string;
  readonly from: string;
  readonly sentence: string;
  readonly at: string;
  readonly opens: boolean;
  readonly state: TriState;
  readonly refusal: Refusal | null;
  /** Lanes as the file supposes them. */
  readonly conditions: readonly {
    readonly id: string;
    readonly state: TriState;
    readonly reason: string | null;
    readonly detail: string | null;
    readonly supposed_lane: Lane | null;
    readonly needs: Lane;
  }[];
  /** In the file, but not asked by this gate. */
  readonly unasked: readonly string[];
}

/** Throws `usage` on a file or an option that cannot be read as what it stands for. */
export function trySupposed(world: World, policy: Policy, gate: PolicyGate, supposed: Supposition): Trial {
  const now = supposed.now === undefined ? world.now() : readInstant(supposed.now);
  const known = new Set(policy.config.conditions.map(({ id }) => id));
  const evidence = readSupposed(readFile(supposed.file), basename(supposed.file), known);
  const trust = trustOf(policy, subjectOf(policy, supposed), now);
  const decision = evaluate({ id: gate.id, requires: [], policy: gate }, [], { evidence, trust });
  const judged = decision.policy?.judged ?? [];
  const asked = new Set(gate.conditions.map(({ id }) => id));
  return {
    gate: gate.id,
    from: policy.from,
    sentence: sentence(gate),
    at: instant(now),
    opens: decision.allowed,
    state: decision.policy?.state ?? "unknown",
    refusal: decision.allowed ? null : decision.refusal,
    conditions: judged.map(({ id, state, reason, detail, lane, minLane }) => ({
      id,
      state,
      reason: reason ?? null,
      detail: detail ?? null,
      supposed_lane: lane ?? null,
      needs: minLane,
    })),
    unasked: [...evidence.keys()].filter((id) => !asked.has(id)),
  };
}

function subjectOf({ config }: Policy, { patch, tree }: Supposition): Subject {
  const resource = resourceUri(config.repository.name, config.namespace.name);
  return {
    resource,
    ...(patch === undefined ? {} : { patch: given("--patch", digestSchema, patch) }),
    ...(tree === undefined ? {} : { tree: given("--tree", gitOidSchema, tree) }),
  };
}

interface Reader {
  safeParse(text: string): {
    data?: string | undefined;
    error?: { issues: readonly { message: string }[] } | undefined;
  };
}

function given(name: string, schema: Reader, text: string): string {
  const parsed = schema.safeParse(text);
  if (parsed.data !== undefined) return parsed.data;
  throw new CountersignError("usage", `${name} ${parsed.error?.issues[0]?.message ?? "is not valid"}`);
}

/** With or without milliseconds, always UTC. */
function readInstant(text: string): number {
  const whole = instantSchema.safeParse(text.replace(/(?<=:\d\d)Z$/, ".000Z"));
  if (whole.success) return millisOf(whole.data);
  throw new CountersignError("usage", `--now "${printable(text)}" is no instant in UTC`, {
    fix: "Write it as 2026-11-22T18:00:00Z.",
  });
}

function readFile(path: string): Uint8Array {
  const read = readBounded(path, MAX_SUPPOSED_BYTES);
  if (read.kind === "found") return read.bytes;
  throw new CountersignError("usage", `${path} ${read.kind === "absent" ? "is not there" : read.why}`, {
    fix: "Name a JSON file; docs/gates.md describes it.",
  });
}

const style: Readonly<Record<TriState, Style>> = { true: "green", false: "red", unknown: "yellow" };

export function trialText(trial: Trial, paint: Paint): string {
  const rows = trial.conditions.map(({ id, state, reason, detail, supposed_lane: lane, needs }) => [
    id,
    state,
    [reason, detail].filter((word) => word !== null).join(", ") || "-",
    lane === null ? "no evidence" : `supposed ${lane}`,
    `needs ${needs}`,
  ]);
  const table = columns([["CONDITION", "STATE", "REASON", "LANE", ""], ...rows], (cell, column, line) => {
    const row = trial.conditions[line - 1];
    if (row === undefined) return paint("bold", cell);
    return column === 1 ? paint(style[row.state], cell) : cell;
  });
  const { refusal } = trial;
  const end =
    refusal === null
      ? `${paint("green", "opens")}\n`
      : `${paint("red", "holds")} ${refusal.code}: ${wholeLine(refusal.message)}\n${wholeLine(refusal.fix)}\n`;
  const unasked = trial.unasked.length === 0 ? "" : `Not asked by this gate: ${trial.unasked.join(", ")}.\n`;
  return [
    `${wholeLine(`gate ${trial.gate} of ${trial.from}, at ${trial.at}`)}\n${wholeLine(trial.sentence)}\n\n`,
    table,
    `\n${end}${unasked}`,
    "Supposed: lanes and values are what the file says; nobody was asked. Signatures in it are checked as they would be.\n",
    "What countersign requires itself is no part of this.\n",
  ].join("");
}
