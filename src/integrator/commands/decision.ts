// `countersign decision export|verify`: how one patch was decided, as a file that others can check with the validator's key.
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { z } from "zod";
import { fromUtf8 } from "../../core/base/bytes.ts";
import { CountersignError } from "../../core/base/failure.ts";
import { landedRef, type PatchId } from "../../core/base/ids.ts";
import { findGit, openRepository, resolveRef } from "../../io/exec/git.ts";
import { readBounded } from "../../io/file/read.ts";
import { type Context, openContext, readKey } from "../context.ts";
import { type Bundle, MAX_BUNDLE_BYTES, renderBundle } from "../decision/bundle.ts";
import { type Answer, examineBundle } from "../decision/examine.ts";
import { type LandedFile, landedFile } from "../git/landed.ts";
import { findRepository } from "../git/repository.ts";
import { knownIds, resolveId } from "../proposals/lookup.ts";
import { columns, wholeLine } from "../terminal/print.ts";
import type { World } from "../world.ts";
import { argument, command, json, jsonOption, printJson, where, whereOptions } from "./command.ts";

const path = z.string().min(1).max(4096).optional();

export const decisionExport = command({
  usage: "decision export <id>",
  about:
    "the signed verdict and its order as one file, to be checked anywhere with the validator's public key",
  options: [
    ...whereOptions,
    { flags: "--out <file>", about: "write it there; a file that exists is left alone (default: print it)" },
    { flags: "--landing", about: "with the record of its landing, which nobody signed" },
    { flags: "--json", about: "with --out: print what was written as JSON (the file itself always is JSON)" },
  ],
  schema: z.strictObject({ ...where, ...json, out: path, landing: z.boolean().optional() }),
  run: async (world, args, options) => {
    const context = await openContext(world, options);
    const id = resolveId(argument(args, 0, "the patch id"), await knownIds(context));
    const bundle = await collect(context, id, options.landing === true);
    const bytes = renderBundle(bundle);
    const [key] = context.keys;
    // Whoever owns the exchange must not be able to have us hand on what we would not believe ourselves.
    const place = { git: context.git, repository: context.open };
    const answer = key === undefined ? undefined : await examineBundle(bytes, key, place);
    if (answer?.verdict !== "verified") {
      world.terminal.err(`not exported: ${wholeLine(answer?.why ?? "no key is pinned")}\n`);
      return answer?.verdict === "failed" ? 1 : 2;
    }
    if (options.out === undefined) world.terminal.out(fromUtf8(bytes) ?? "");
    else {
      const file = resolve(world.cwd, options.out);
      writeNew(file, bytes);
      if (options.json === true)
        printJson(world, { file, patch_id: id, keyid: bundle.keyid, ...answer.facts });
      else world.terminal.out(`${file}: ${answer.why}\n`);
    }
    return 0;
  },
});

/** From the exchange, or from the landed ref when the exchange was cleared. */
async function collect(context: Context, id: PatchId, withLanding: boolean): Promise<Bundle> {
  const { exchange, git, open, keys } = context;
  const proof = await resolveRef(git, open, landedRef(id));
  const landed = (file: LandedFile): Promise<Uint8Array | undefined> =>
    proof === undefined ? Promise.resolve(undefined) : landedFile(git, open, proof, file);
  const verdict = await exchange.verdicts.read(id);
  const order = await exchange.orders.read(id);
  const record = withLanding ? await landed("record") : undefined;
  if (withLanding && record === undefined) throw missing(id, "landing");
  return {
    format: "countersign-decision/v1",
    patch_id: id,
    keyid: keys[0]?.keyid ?? "",
    verdict: textOf(verdict.kind === "found" ? verdict.bytes : await landed("verdict"), id, "verdict"),
    order: textOf(order.kind === "found" ? order.bytes : await landed("order"), id, "order"),
    landing: record === undefined ? null : textOf(record, id, "landing"),
  };
}

function textOf(bytes: Uint8Array | undefined, id: PatchId, what: string): string {
  const text = bytes === undefined ? undefined : fromUtf8(bytes);
  if (text === undefined) throw missing(id, what);
  return text;
}

function missing(id: PatchId, what: string): CountersignError {
  return new CountersignError("usage", `there is no ${what} of ${id} here`, {
    fix: "countersign show ID says how far it came.",
  });
}

/** Create-only: what was exported before may be somebody's evidence. */
function writeNew(file: string, bytes: Uint8Array): void {
  try {
    writeFileSync(file, bytes, { flag: "wx", mode: 0o644 });
  } catch (cause) {
    const exists = cause instanceof Error && "code" in cause && cause.code === "EEXIST";
    throw new CountersignError(
      exists ? "usage" : "storage",
      exists ? `${file} exists already` : `cannot write ${file}`,
      { fix: "Name another file.", cause },
    );
  }
}

export const decisionVerify = command({
  usage: "decision verify <file>",
  about:
    "check an exported decision: signature, order, patch, and the gate's decision recomputed from its conditions",
  options: [
    {
      flags: "--key <file>",
      about: "the validator's public key (PEM), from its operator; no other key counts",
    },
    { flags: "--repo <dir>", about: "compare an exported landing with this repository" },
    jsonOption,
  ],
  schema: z.strictObject({ ...json, key: path, repo: path }),
  run: async (world, args, options) => {
    const file = resolve(world.cwd, argument(args, 0, "the file"));
    if (options.key === undefined)
      throw new CountersignError("usage", "--key is missing: a file cannot vouch for its own key", {
        fix: "Pass --key PUB, the validator's public key.",
      });
    const key = readKey(resolve(world.cwd, options.key));
    const answer = await examineBundle(readFile(file), key, await repositoryAt(world, options.repo));
    if (options.json === true) printJson(world, answer);
    else print(world, answer);
    return answer.verdict === "verified" ? 0 : answer.verdict === "failed" ? 1 : 2;
  },
});

function readFile(file: string): Uint8Array {
  const read = readBounded(file, MAX_BUNDLE_BYTES);
  if (read.kind === "found") return read.bytes;
  throw new CountersignError("usage", `${file} ${read.kind === "absent" ? "is not there" : read.why}`, {
    fix: "Name a file that countersign decision export wrote.",
  });
}

const GIT_TIMEOUT_MS = 30_000;

async function repositoryAt(
  world: World,
  repo: string | undefined,
): Promise<Parameters<typeof examineBundle>[2]> {
  if (repo === undefined) return undefined;
  const git = await findGit(world.env["PATH"] ?? "", GIT_TIMEOUT_MS);
  const { path: at } = await findRepository(git, resolve(world.cwd, repo));
  return { git, repository: await openRepository(git, at) };
}

const style = { verified: "green", failed: "red", unknown: "yellow" } as const;
const word = { verified: "genuine", failed: "FAILED", unknown: "cannot tell" } as const;

function print({ terminal }: World, { verdict, why, facts, trace }: Answer): void {
  terminal.out(`${terminal.paint(style[verdict], word[verdict])}: ${wholeLine(why)}\n`);
  const rows = Object.entries(facts).map(([name, value]) => [name, wholeLine(value)]);
  terminal.out(columns(rows, (cell, column) => (column === 0 ? terminal.paint("dim", cell) : cell)));
  for (const line of trace) terminal.out(`  ${wholeLine(line)}\n`);
}
