// What a mutation run is worth: the share that was killed, and which survivors nobody has explained.
import { z } from "zod";

export interface Mutant {
  readonly file: string;
  /** First and last line, from 1. */
  readonly at: number;
  readonly to: number;
  readonly mutator: string;
  readonly line: string;
  readonly became: string;
  /** As Stryker says it: Killed, Timeout, Survived, NoCoverage, RuntimeError, CompileError, Ignored. */
  readonly status: string;
}

const survivorsSchema = z.array(
  z.strictObject({
    file: z.string().regex(/^src\/core\/gate\//),
    mutator: z.string(),
    /** What was changed, whole lines, trimmed, and what they became: line numbers move. */
    line: z.string(),
    became: z.string(),
    why: z.string().min(20),
  }),
);
export type Explained = z.infer<typeof survivorsSchema>[number];

/** test/mutation/survivors.json: each mutant that no test notices, and why none can or should. Throws on another form. */
export function readSurvivors(text: string): readonly Explained[] {
  return survivorsSchema.parse(JSON.parse(text));
}

/** A mutant that makes a loop endless is noticed; one that nothing ran is not. */
const NOTICED = new Set(["Killed", "Timeout"]);
/** One with which the module does not even load: no program could ship with it. */
const BROKEN = new Set(["RuntimeError", "CompileError"]);
const MISSED = new Set(["Survived", "NoCoverage"]);

function isOpen({ status }: Mutant): boolean {
  return !NOTICED.has(status) && !BROKEN.has(status);
}

/** Where mutants are that nobody noticed, as `file:line-line`. */
export function spans(mutants: readonly Mutant[]): readonly string[] {
  const missed = mutants.filter(isOpen);
  return [...new Set(missed.map(({ file, at, to }) => `${file}:${at}-${to}`))];
}

/** The first run, in which those that it missed are as the second found them. Of two alike on one line, the worse counts. */
export function merged(first: readonly Mutant[], second: readonly Mutant[]): readonly Mutant[] {
  const same = (a: Mutant, b: Mutant): boolean => a.at === b.at && a.to === b.to && key(a) === key(b);
  return first.map((mutant) => {
    if (!isOpen(mutant)) return mutant;
    const again = second.filter((other) => same(mutant, other));
    return again.find(isOpen) ?? again[0] ?? mutant;
  });
}

/** Percent of the mutants that some test noticed. One that the module does not even load with is no mutant. */
export function score(mutants: readonly Mutant[]): number {
  const noticed = mutants.filter(({ status }) => NOTICED.has(status)).length;
  const missed = mutants.filter(({ status }) => MISSED.has(status)).length;
  return noticed + missed === 0 ? 0 : (100 * noticed) / (noticed + missed);
}

/** The report, and what is wrong: a survivor without explanation, an explanation without survivor, a mutant without end. */
export function judge(
  mutants: readonly Mutant[],
  explained: readonly Explained[],
): { readonly lines: string[]; readonly faults: string[] } {
  const left = new Map<string, number>();
  for (const one of explained) left.set(key(one), (left.get(key(one)) ?? 0) + 1);
  const faults: string[] = [];
  for (const mutant of mutants.filter(isOpen)) {
    const times = left.get(key(mutant)) ?? 0;
    if (times > 0) left.set(key(mutant), times - 1);
    else faults.push(`${mutant.status} ${mutant.file}:${mutant.at} ${mutant.mutator}\n${diff(mutant)}`);
  }
  for (const [unused, times] of left)
    if (times > 0) faults.push(`explained, but no survivor any more: ${unused.replaceAll("\u0000", " | ")}`);
  return { lines: table(mutants), faults };
}

function key({ file, mutator, line, became }: Omit<Explained, "why">): string {
  return [file, mutator, line, became].join("\u0000");
}

function diff({ line, became }: Mutant): string {
  const marked = (sign: string, text: string): string => text.replaceAll(/^/gm, `  ${sign} `);
  return `${marked("-", line)}\n${marked("+", became)}`;
}

function table(mutants: readonly Mutant[]): string[] {
  const files = [...new Set(mutants.map(({ file }) => file))].toSorted();
  const row = (name: string, of: readonly Mutant[]): string => {
    const count = (...said: readonly string[]): string =>
      String(of.filter(({ status }) => said.includes(status)).length).padStart(9);
    return `${name.padEnd(34)}${count("Killed")}${count("Timeout")}${count("Survived")}${count("NoCoverage")}${count("RuntimeError", "CompileError", "Ignored", "Pending")}${score(of).toFixed(2).padStart(9)}`;
  };
  return [
    `${"".padEnd(34)}${["killed", "timeout", "survived", "not run", "other", "%"].map((word) => word.padStart(9)).join("")}`,
    ...files.map((file) =>
      row(
        file,
        mutants.filter((one) => one.file === file),
      ),
    ),
    row("all", mutants),
  ];
}
