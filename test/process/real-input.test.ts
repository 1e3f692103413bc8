// Real changes pass: successive versions of published packages and this repository's own commits, cut to the limits.
import { cpSync, existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadRules } from "../../src/io/file/rules.ts";
import { protector } from "../../src/core/proposal/protect.ts";
import { type Content, content, person, propose, root, type Served, serve } from "../support/agent.ts";
import { git, removeScratch, scratch, scratchRepository } from "../support/scratch.ts";

const LIMITS = { files: 20, lines: 2000, hunks: 20, chars: 2000 };
const ROOMY = "[proposal]\nper_hour = 10000\nmax_pending = 100\n[calls]\nper_minute = 100000\n";
const protect = protector(loadRules(root).paths);

interface Change {
  readonly path: string;
  readonly lines: number;
  readonly diff: string;
}

/** The ordinary changed files between two commits, each with git's own diff; what cannot fit any proposal is cut. */
function changes(repo: string, from: string, to: string): readonly Change[] {
  const paths = git(repo, "diff", "--no-renames", "--name-only", "-z", from, to).split("\0").filter(Boolean);
  return paths.flatMap((path): readonly Change[] => {
    if (protect(path) !== undefined || /(?:^|\/)(?:dist|test)\/.*\.map$/.test(path)) return [];
    const diff = git(repo, "diff", "--no-renames", "--no-ext-diff", from, to, "--", path);
    const changed = diff.split("\n").filter((line) => /^[+-](?![+-]{2} )/.test(line));
    const hunks = diff.split("\n").filter((line) => line.startsWith("@@ ")).length;
    const fits =
      changed.length <= LIMITS.lines &&
      hunks <= LIMITS.hunks &&
      changed.every((line) => line.length <= LIMITS.chars) &&
      diff.length < 120_000;
    const ordinary =
      /\.[a-z]+$/.test(path) &&
      !/^(?:Binary|old mode|new mode)/m.test(diff) &&
      !/^(?:new|deleted) file mode 1[02]0(?!644)/m.test(diff);
    return fits && ordinary ? [{ path, lines: changed.length, diff }] : [];
  });
}

function grouped(all: readonly Change[]): readonly (readonly Change[])[] {
  const groups: Change[][] = [];
  for (const change of all) {
    const last = groups.at(-1);
    const room =
      last !== undefined &&
      last.length < LIMITS.files &&
      [...last, change].reduce((sum, c) => sum + c.lines, 0) <= LIMITS.lines &&
      [...last, change].reduce((sum, c) => sum + c.diff.length, 0) < 180_000;
    if (room) last.push(change);
    else groups.push([change]);
  }
  return groups;
}

/** Tree of `from` with exactly these paths as they are in `to`, made by git alone. */
function cutTree(repo: string, from: string, to: string, paths: readonly string[]): string {
  const work = scratch("cut");
  git(work, "clone", "-q", "--no-checkout", "--shared", repo, "clone");
  const clone = join(work, "clone");
  git(clone, "read-tree", from);
  for (const path of paths) {
    const entry = git(clone, "ls-tree", to, "--", path).trim();
    if (entry === "") git(clone, "update-index", "--force-remove", "--", path);
    else
      git(
        clone,
        "update-index",
        "--add",
        "--cacheinfo",
        `${entry.slice(0, 6)},${entry.split(/\s+/)[2] ?? ""},${path}`,
      );
  }
  const tree = git(clone, "write-tree").trim();
  removeScratch(work);
  return tree;
}

/** Compiled code holds control characters, and this repository attack texts: these are questions to a person, no refusals. */
const QUESTIONS: readonly string[] = [
  "text_invisible",
  "static_finding",
  "guard_flagged",
  "secret_suspected",
];

function asksForPerson({ state, reasons }: Content): boolean {
  const codes = Array.isArray(reasons) ? reasons.map((one: Content) => String(one["code"])) : [];
  return state === "manual_required" && codes.every((code) => QUESTIONS.includes(code));
}

/** Without the files in which a line that the change touches is masked: older tests showed a secret, and nobody who is not shown a line changes it. */
async function proposed(
  served: Served,
  whole: readonly Change[],
): Promise<{ group: readonly Change[]; said: Content }> {
  let group = whole;
  for (;;) {
    const said = content(await propose(served, { diff: group.map((change) => change.diff).join("") }));
    const refused = said["refusal"] as { readonly code: string; readonly where: string } | undefined;
    const rest = group.filter(({ path }) => !refused?.where.startsWith(`${path}:`));
    if (refused?.code !== "line_masked" || rest.length === group.length) return { group, said };
    if (rest.length === 0) return { group: rest, said };
    group = rest;
  }
}

/** So many at most, evenly from the first to the last: a commit may be a day's work in one piece. */
function spread<T>(all: readonly T[], most: number): readonly T[] {
  const step = Math.max(1, (all.length - 1) / (most - 1));
  return all.filter((_, at) => Math.floor(at / step) !== Math.floor((at - 1) / step)).slice(0, most);
}

async function landAll(
  served: Served,
  older: string,
  newer: string,
  most = Number.MAX_SAFE_INTEGER,
): Promise<number> {
  const [from, to] = [older, newer].map((name) => git(served.repo, "rev-parse", name).trim()) as [
    string,
    string,
  ];
  const groups = spread(grouped(changes(served.repo, from, to)), most);
  for (const whole of groups) {
    const { group, said } = await proposed(served, whole);
    if (group.length === 0) continue;
    const confirmed = asksForPerson(said) ? ["--confirm", String(said["patch_sha256"]).slice(0, 32)] : [];
    const paths = group.map((c) => c.path);
    if (confirmed.length === 0)
      expect(said["state"], JSON.stringify({ paths, said }).slice(0, 4000)).toBe("approved");
    const landed = person(served.state, "integrate", String(said["patch_id"]), ...confirmed, "--json");
    expect(landed.stderr + landed.stdout).toContain("countersign/patch-");
    const branch = `countersign/patch-${String(said["patch_id"]).slice(0, 8)}`;
    expect(git(served.repo, "rev-parse", `${branch}^{tree}`).trim()).toBe(
      cutTree(
        served.repo,
        from,
        to,
        group.map((c) => c.path),
      ),
    );
  }
  return groups.length;
}

/** A repository on the older of two versions, which also holds the newer one's commit on a side branch. */
function versions(before: string, after: string): string {
  const repo = scratchRepository("versions", { ".github/workflows/ci.yml": "on: push\n" });
  const load = (folder: string, message: string): void => {
    for (const name of readdirSync(repo))
      if (!name.startsWith(".git")) rmSync(join(repo, name), { recursive: true });
    cpSync(folder, repo, {
      recursive: true,
      filter: (path) => !path.slice(folder.length).includes("node_modules"),
    });
    git(repo, "add", "-A", "-f");
    git(repo, "commit", "-q", "-m", message);
  };
  load(before, "before");
  git(repo, "checkout", "-q", "-b", "newer");
  load(after, "after");
  git(repo, "checkout", "-q", "main");
  return repo;
}

describe.each(["smol-toml", "commander"])("two versions of %s", (name) => {
  let served: Served;
  beforeAll(async () => {
    const folder = join(root, "node_modules");
    served = await serve(versions(join(folder, `${name}-before`), join(folder, name)), ROOMY);
  });
  afterAll(async () => {
    await served.stop();
    removeScratch(served.repo);
  });

  test("package.json is MANUAL_REQUIRED, a workflow REJECTED", async () => {
    const manual = content(
      await propose(served, { diff: git(served.repo, "diff", "main", "newer", "--", "package.json") }),
    );
    expect(manual["state"]).toBe("manual_required");
    const workflow = {
      op: "replace",
      path: ".github/workflows/ci.yml",
      old_text: "on: push",
      new_text: "on: pull_request_target",
    };
    const rejected = content(await propose(served, { edits: [workflow] }));
    expect(rejected["state"]).toBe("rejected");
    expect(JSON.stringify(rejected["reasons"])).toContain("path_blocked");
  });

  test("every ordinary change is APPROVED, or asks for a person by what it holds, and lands as the newer version's tree, cut the same way", async () => {
    expect(await landAll(served, "main", "newer")).toBeGreaterThan(0);
  });
});

// Where it was cloned as one commit with all of a day's work, that one is taken in pieces.
describe("this repository itself", () => {
  const [ENOUGH, MOST] = [3, 8];
  const history = existsSync(join(root, ".git"))
    ? git(root, "rev-list", "--first-parent", "-n", "12", "HEAD").trim().split("\n")
    : [];
  test.skipIf(history.length < 2)("its latest commits pass as patches on their parents", async () => {
    const clone = scratch("self");
    git(clone, "clone", "-q", root, "repo");
    const repo = join(clone, "repo");
    let proposals = 0;
    for (const [index, commit] of history.slice(0, -1).entries()) {
      if (proposals >= ENOUGH) break;
      const parent = history[index + 1] ?? "";
      git(repo, "checkout", "-q", "-B", "main", parent);
      const served = await serve(repo, ROOMY);
      proposals += await landAll(served, parent, commit, MOST);
      await served.stop();
    }
    removeScratch(clone);
    expect(proposals).toBeGreaterThan(0);
  });
});
