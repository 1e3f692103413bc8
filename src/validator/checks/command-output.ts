// What a command of the project wrote: the coverage that it reports, and the end of it for reviewers, without secrets.
import { setImmediate as others } from "node:timers/promises";
import { compileExpression } from "../../core/base/expression.ts";
import { scannerOf } from "../../core/secrets/find.ts";
import { type Masker, publicMasker } from "../../core/secrets/masker.ts";
import { patience } from "../../io/file/patience.ts";
import type { Setup } from "../../io/file/config.ts";
import type { Bench } from "../bench.ts";
import type { SandboxResult } from "../sandbox/sandbox.ts";

type Output = Pick<SandboxResult, "stdout" | "stderr">;

/** Of standard output, and of standard error, so much of the end is searched for the coverage. */
const SEARCHED = 262_144;
/** One search is linear in the text; many, each of which looks to the end for what might follow, are not. */
const SEARCH_MS = 10_000;
/** Orders, heartbeats and other checks have a turn in between. */
const TURN_MS = 20;

export type Coverage =
  | { readonly kind: "told"; readonly percent: number }
  | { readonly kind: "none" }
  | { readonly kind: "late" };

/**
 * Of each stream the last match counts, since tools print totals at the end; where both have one, the lower. Threat: a total
 * that a test of the patch prints on the other stream than the reporter. None when nothing matches, or no percentage does.
 */
export async function coverageIn(
  expression: string,
  { stdout, stderr }: Output,
  { clock }: Pick<Bench, "clock">,
): Promise<Coverage> {
  const begin = clock();
  const told: number[] = [];
  for (const stream of [stdout, stderr]) {
    const text = tailBytes(stream, SEARCHED).toString("utf8");
    const last = await lastIn(compileExpression(expression).program.matcher(text), begin, clock);
    if (last === LATE) return { kind: "late" };
    if (last === undefined) continue;
    if (last === null || !/^\d{1,3}(?:\.\d{1,6})?$/.test(last) || Number(last) > 100) return { kind: "none" };
    told.push(Number(last));
  }
  return told.length === 0 ? { kind: "none" } : { kind: "told", percent: Math.min(...told) };
}

const LATE = Symbol("late");

type Matcher = ReturnType<ReturnType<typeof compileExpression>["program"]["matcher"]>;

/** What the group of the last match holds; undefined where nothing matches. */
async function lastIn(
  matcher: Matcher,
  begin: number,
  clock: Bench["clock"],
): Promise<string | null | undefined | typeof LATE> {
  let turn = begin;
  let last: string | null | undefined;
  while (matcher.find()) {
    last = matcher.groupCount() > 0 ? matcher.group(1) : null;
    const now = clock();
    if (now - begin > SEARCH_MS) return LATE;
    if (now - turn < TURN_MS) continue;
    await others();
    turn = clock();
  }
  return last;
}

const TAIL_CHARS = 2048;
const TAIL_LINES = 20;
/** What is looked through for secrets that begin before the tail. */
const LOOKED_AT = 16_384;

/** The last lines, each without colours, control characters and secrets. */
export function tailOf(setup: Setup, output: Output): readonly string[] {
  const whole = endOf(output, LOOKED_AT);
  // What is cut in two is known by nobody any more.
  const isCut = output.stdout.length > LOOKED_AT || output.stderr.length > LOOKED_AT;
  const text = plain(isCut ? whole.slice(whole.indexOf("\n") + 1) : whole);
  const clean = cleanerOf(setup).mask("output", text)?.text;
  if (clean === undefined)
    return ["(the output cannot be shown: a rule of [[secrets.redact]] takes too long on it)"];
  const lines = clean
    .slice(-TAIL_CHARS)
    .split("\n")
    .map((line) => line.trim());
  return lines.filter(Boolean).slice(-TAIL_LINES);
}

function endOf({ stdout, stderr }: Output, most: number): string {
  return Buffer.concat([tailBytes(stdout, most), Buffer.from("\n"), tailBytes(stderr, most)]).toString(
    "utf8",
  );
}

function tailBytes(stream: Uint8Array, most: number): Buffer {
  return Buffer.from(stream).subarray(-most);
}

/**
 * Before secrets are looked for, and not after: a colour or a carriage return in the middle of a token would hide it, and
 * then leave.
 */
function plain(text: string): string {
  return text
    .replaceAll(/\u001b\[[0-?]{0,32}[ -/]{0,8}[@-~]/g, "")
    .replaceAll(/\u001b\][^\u0007\u001b\n]{0,512}(?:\u0007|\u001b\\)/g, "")
    .replaceAll("\t", " ")
    .replaceAll(/[^\n\P{C}]|[\p{Zl}\p{Zp}\p{DI}]/gu, "");
}

/** What one expression of the operator may take on hostile output. */
const CLEANING_MS = 1000;

const cleaners = new WeakMap<Setup, Masker>();

/**
 * As files are masked, with every pattern of the operator whatever its paths and principals: a command can print any file.
 * What is for JSON cannot be looked for in the output.
 */
function cleanerOf(setup: Setup): Masker {
  const known = cleaners.get(setup);
  if (known !== undefined) return known;
  const { secrets } = setup.config;
  const redact = secrets.redact.flatMap(({ id, pattern }) =>
    pattern === undefined ? [] : [{ id, pattern, paths: ["**"] }],
  );
  const config = {
    secrets: { ...secrets, mask: true, entropy: true, redact },
    rules: { exclude: [], suppress: [] },
  };
  const made = publicMasker(config, scannerOf(setup.rules.secrets), patience(CLEANING_MS));
  cleaners.set(setup, made);
  return made;
}
