// The corpus of path names through the real tools: reading, searching and proposing, each row three times.
import { baseName, repoPath } from "../../src/core/base/path.ts";
import { fromUtf8 } from "../../src/core/base/bytes.ts";
import { isKind } from "../../src/core/manifest/kinds.ts";
import { configOf } from "../support/served.ts";
import { type GatewayLab, gatewayLab, proposalArgs } from "../support/gateway.ts";
import { rows as rowsOf } from "../support/corpora.ts";
import type { Line } from "./measure-git-patches.ts";

interface PathRow {
  readonly id: string;
  readonly path?: string;
  readonly path_b64?: string;
  readonly must: "reject" | "no_escape" | "reject_or_manual" | "manual" | "policy" | "accept";
}

const CANARY = "canary that lies in every file";
const DEPTH = 16;

/** Bytes that are no UTF-8 cannot be an argument of a call. */
function textOf({ path, path_b64 }: PathRow): string | undefined {
  return path_b64 === undefined ? path : fromUtf8(Buffer.from(path_b64, "base64"));
}

/** Of the rows that have to be accepted, those that can lie in one tree together. */
function servable(all: readonly PathRow[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const row of all.filter(({ must }) => must === "accept")) {
    const name = textOf(row) ?? "";
    const clash = [...names].some((other) => other.startsWith(`${name}/`) || name.startsWith(`${other}/`));
    if (!clash && repoPath(name, DEPTH).ok) names.add(name);
  }
  return names;
}

interface Seen {
  readonly reads: boolean;
  readonly finds: boolean;
  /** `no`: refused, or announced as rejected. */
  readonly proposes: "no" | "manual" | "yes";
}

async function seen(lab: GatewayLab, base: string, path: string, isServed: boolean): Promise<Seen> {
  const read = await lab.call("read-file", { path });
  const found = await lab.call("search-files", { query: CANARY, glob: path.replace(/[*?{},]/g, "?") });
  const edit = isServed
    ? { op: "replace", path, old_text: CANARY, new_text: "changed" }
    : { op: "create", path, new_text: "new\n" };
  const proposed = await lab.call("propose-patch", proposalArgs(base, { edits: [edit], dry_run: true }));
  // Of a kind that no configuration can name, such as an extension with a space: the path itself was accepted.
  const isKindOnly = proposed.kind !== "answer" && proposed.refusal.code === "target_kind" && isServed;
  const refused = isKindOnly ? "validation" : "rejected";
  const expected = proposed.kind === "answer" ? (proposed.output as { expect?: string }).expect : refused;
  const matches = found.kind === "answer" ? (found.output as { matches: readonly { path: string }[] }).matches : [];
  return {
    reads: read.kind === "answer",
    // What an agent writes here is a pattern: where the name holds wildcards, other files may fit it by right.
    finds: isServed ? matches.some((match) => match.path === path) : matches.length > 0 && !/[*?{},]/.test(path),
    proposes: expected === "rejected" ? "no" : expected === "manual_required" ? "manual" : "yes",
  };
}

const RIGHT: Readonly<Record<PathRow["must"], (one: Seen, isServed: boolean) => boolean>> = {
  reject: (one) => !one.reads && !one.finds && one.proposes === "no",
  no_escape: (one) => !one.reads && !one.finds,
  policy: (one) => !one.reads && !one.finds,
  reject_or_manual: (one) => !one.reads && !one.finds && one.proposes !== "yes",
  manual: (one) => !one.reads && one.proposes === "manual",
  accept: (one, isServed) => one.proposes !== "no" && (!isServed || (one.reads && one.finds)),
};

/** `every`: only each such row, for a test that has other things to do. */
export async function measure(every = 1): Promise<readonly Line[]> {
  const all = (rowsOf("paths/paths.jsonl") as readonly PathRow[]).filter((_, at) => at % every === 0);
  const served = servable(all);
  // A file's kind is another question than its name: what has to be accepted is of a kind that may be proposed.
  const usual = configOf().proposal;
  const named = all.filter(({ must }) => must === "accept" || must === "manual");
  const odd = named.flatMap((row) => [textOf(row) ?? ""]).filter((path) => path !== "" && !isKind(path, usual));
  const names = JSON.stringify([...new Set([...usual.names, ...odd.map(baseName).filter((name) => /^[\w.+-]+$/.test(name))])]);
  const lab = await gatewayLab({
    toml: `[calls]\nper_minute = 100000\n[proposal]\nper_hour = 10000\nnames = ${names}\n`,
  });
  try {
    const base = await lab.publish(Object.fromEntries([...served].map((path) => [path, `${CANARY}\n`])));
    await lab.shelf.refresh();
    const wrong = new Map<PathRow, string>();
    for (const row of all) {
      const path = textOf(row);
      if (path === undefined) continue;
      const isServed = served.has(path) && row.must === "accept";
      const got = await seen(lab, base, path, isServed);
      if (!RIGHT[row.must](got, isServed)) wrong.set(row, `${row.id} ${JSON.stringify(got)}`);
    }
    return [...Map.groupBy(all, ({ must }) => must)].map(([must, own]) => {
      const bad = own.flatMap((row) => wrong.get(row) ?? []);
      const figure = [`${own.length - bad.length}/${own.length}`, ...bad.slice(0, 20)].join("; ");
      return { name: `paths: ${must}`, rows: own.length, figure, aim: "all", ok: bad.length === 0 };
    });
  } finally {
    await lab.stop();
  }
}
