// `npm run ordinary [-- N]`: N real changes between published versions, as commits within the limits; nothing may be REJECTED.
import { cpSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { composePatch, type ReadServed } from "../../src/core/proposal/compose.ts";
import type { OpenManifest } from "../../src/core/manifest/manifest.ts";
import { isKind } from "../../src/core/manifest/kinds.ts";
import { judge } from "../../src/validator/round.ts";
import { openBench, publishNow, putOrder, type TestBench, verdictOn } from "../support/bench.ts";
import { git, removeScratch, scratchRepository } from "../support/scratch.ts";
import { fetched, projects } from "./ordinary-projects.ts";

export interface Judged {
  readonly project: string;
  readonly files: readonly string[];
  readonly outcome: string;
  /** `check rule code where`, of everything that stands in the way. */
  readonly reasons: readonly string[];
}

interface Change {
  readonly path: string;
  readonly lines: number;
  readonly hunks: number;
  readonly diff: string;
}

/** A commit of a person holds a few files. */
const FILES = 5;

/** Judges at most `most` commits that lead from one folder to the other, each against the older one. */
export async function judgeChange(
  project: string,
  before: string,
  after: string,
  most: number,
): Promise<readonly Judged[]> {
  const repo = repositoryOf(before, after);
  // As every preset but quickstart has it.
  const on = await openBench(repo, '[secrets]\nresult = "reject"\n');
  try {
    const base = await publishNow(on);
    const judged: Judged[] = [];
    for (const group of grouped(changes(repo, on), on).slice(0, most)) {
      const one = await judgeOne(on, base, group);
      if (one !== undefined) judged.push({ project, files: group.map(({ path }) => path), ...one });
    }
    return judged;
  } finally {
    removeScratch(repo);
    removeScratch(on.state);
  }
}

/** A repository on the older of two versions, which holds the newer one on a side branch. */
function repositoryOf(before: string, after: string): string {
  const repo = scratchRepository("ordinary", { "README.md": "x\n" });
  const load = (folder: string, message: string): void => {
    for (const name of readdirSync(repo))
      if (name !== ".git") rmSync(join(repo, name), { recursive: true, force: true });
    const inside = (path: string): boolean =>
      !/node_modules|(?:^|\/)\.git(?:\/|$)/.test(path.slice(folder.length));
    cpSync(folder, repo, { recursive: true, filter: inside });
    git(repo, "add", "-A", "-f");
    git(repo, "commit", "-q", "--allow-empty", "-m", message);
  };
  load(before, "before");
  git(repo, "checkout", "-q", "-b", "newer");
  load(after, "after");
  git(repo, "checkout", "-q", "main");
  return repo;
}

/** Changed text files, as git writes them; what no proposal may hold (limits, kinds, blocked places) is left out. */
function changes(repo: string, { bench }: TestBench): readonly Change[] {
  const { config, protect } = bench.setup;
  const { proposal } = config;
  const paths = git(repo, "diff", "--no-renames", "--name-only", "-z", "main", "newer").split("\0");
  return paths.filter(Boolean).flatMap((path): readonly Change[] => {
    if (!isKind(path, proposal) || protect(path)?.code === "path_blocked") return [];
    const diff = git(repo, "diff", "--no-renames", "--no-ext-diff", "main", "newer", "--", path);
    const changed = diff.split("\n").filter((line) => /^[+-](?![+-]{2} )/.test(line));
    const hunks = diff.split("\n").filter((line) => line.startsWith("@@ ")).length;
    const fits =
      changed.length <= proposal.max_changed_lines &&
      hunks <= proposal.max_hunks &&
      changed.every((line) => line.length <= proposal.max_line_chars) &&
      diff.length < proposal.max_call_bytes / 2;
    const isText = !/^(?:Binary|GIT binary|old mode|(?:new|deleted) file mode 1[02]0(?!644))/m.test(diff);
    return fits && isText ? [{ path, lines: changed.length, hunks, diff }] : [];
  });
}

function grouped(all: readonly Change[], { bench }: TestBench): readonly (readonly Change[])[] {
  const { proposal } = bench.setup.config;
  const sum = (some: readonly Change[], of: (one: Change) => number): number =>
    some.reduce((total, one) => total + of(one), 0);
  const groups: Change[][] = [];
  for (const change of all) {
    const last = groups.at(-1);
    const next = [...(last ?? []), change];
    const fits =
      next.length <= Math.min(FILES, proposal.max_files) &&
      sum(next, ({ lines }) => lines) <= proposal.max_changed_lines &&
      sum(next, ({ diff }) => diff.length) < proposal.max_call_bytes / 2;
    if (last !== undefined && fits) last.push(change);
    else groups.push([change]);
  }
  return groups;
}

async function judgeOne(
  on: TestBench,
  base: OpenManifest,
  group: readonly Change[],
): Promise<Pick<Judged, "outcome" | "reasons"> | undefined> {
  const { bench } = on;
  const read: ReadServed = async (path) => {
    const entry = base.byPath.get(path);
    const found = entry === undefined ? undefined : await bench.exchange.published.blob(entry.sha256);
    return found?.kind === "found" ? { bytes: found.bytes, masks: [] } : undefined;
  };
  const diff = group.map((change) => change.diff).join("");
  const made = await composePatch({ diff }, base, read, bench.setup.config);
  // A refusal of the gateway counts like one of the validator: the work does not get in.
  if (!made.ok)
    return {
      outcome: "REJECTED",
      reasons: [`gateway ${made.refusal.code} ${made.refusal.where} ${made.refusal.message}`],
    };
  const id = await putOrder(on, base, made.value.patch);
  if ((await judge(bench, base, id, true)).kind !== "signed") return undefined;
  const { outcome, checks } = (await verdictOn(on, id)).predicate;
  const reasons = checks
    .filter(({ result }) => result !== "PASSED" && result !== "SKIPPED")
    .flatMap(({ id: check, findings }) =>
      findings.map(({ rule, refusal: { code, where } }) => `${check} ${rule} ${code} ${where}`),
    );
  return { outcome, reasons };
}

/** One line for each reason, the commonest first. */
export function told(judged: readonly Judged[]): readonly string[] {
  const counts = Map.groupBy(
    judged.flatMap(({ outcome, reasons }) =>
      [...new Set(reasons.map((reason) => reason.split(" ").slice(0, 3).join(" ")))].map(
        (why) => `${outcome} ${why}`,
      ),
    ),
    (why) => why,
  );
  const byOutcome = [...Map.groupBy(judged, ({ outcome }) => outcome)].map(
    ([outcome, own]) => `${outcome}: ${own.length} of ${judged.length} commits`,
  );
  const lines = [...counts].map(([why, own]) => [own.length, why] as const).toSorted((a, b) => b[0] - a[0]);
  return [...byOutcome, ...lines.map(([count, why]) => `${String(count).padStart(5)}  ${why}`)];
}

async function main(wanted: number): Promise<void> {
  const judged: Judged[] = [];
  const longest = Math.max(...projects.map(({ versions }) => versions.length));
  for (let step = 1; step < longest && judged.length < wanted; step++) {
    for (const project of projects) {
      const [older, newer] = [project.versions[step - 1], project.versions[step]];
      if (judged.length >= wanted || older === undefined || newer === undefined) continue;
      const [before, after] = [fetched(project, older), fetched(project, newer)];
      if (before === undefined || after === undefined) continue;
      const name = `${project.from} ${project.name} ${older}..${newer}`;
      const own = await judgeChange(name, before, after, Math.min(4, wanted - judged.length));
      console.log(`${name}: ${own.map(({ outcome }) => outcome).join(" ")}`);
      judged.push(...own);
    }
  }
  console.log(`\n${told(judged).join("\n")}\n`);
  for (const one of judged.filter(({ outcome }) => outcome !== "APPROVED"))
    console.log(`${one.outcome} ${one.project}\n  ${one.reasons.slice(0, 8).join("\n  ")}`);
  process.exitCode = judged.length >= wanted && judged.every(({ outcome }) => outcome !== "REJECTED") ? 0 : 1;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  await main(Number(process.argv[2] ?? 100));
  // The inspector's child would keep the process.
  process.exit();
}
