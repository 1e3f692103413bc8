// What an outsider is handed to check our log with tools that know nothing of us: lines, keys, checkpoints, proofs.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { rootText } from "../../src/core/audit/checkpoint.ts";
import { leafHash } from "../../src/core/audit/entry.ts";
import { verifierKey, noteKey } from "../../src/core/audit/note.ts";
import { renderProof } from "../../src/core/audit/tlog-proof.ts";
import {
  consistencyProof,
  Frontier,
  inclusionProof,
  type RangeHash,
  rangesOver,
} from "../../src/core/audit/tree.ts";
import type { Digest } from "../../src/core/base/digest.ts";
import { needs } from "./needs.ts";

const source = join(import.meta.dirname, "../interop");

/** The Go program, built into `folder`; undefined where there is no Go. Its modules are pinned by go.sum. */
export function buildInterop(folder: string): string | undefined {
  if (!needs("go")) return undefined;
  const program = join(folder, "interop");
  execFileSync("go", ["build", "-mod=readonly", "-trimpath", "-o", program, "."], {
    cwd: source,
    env: { ...process.env, CGO_ENABLED: "0" },
    stdio: ["ignore", "ignore", "pipe"],
  });
  return program;
}

export function runInterop(
  program: string,
  folder: string,
): { code: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(program, [folder], { encoding: "utf8" });
  return { code: status, out: stdout, err: stderr };
}

export interface Material {
  readonly lines: readonly string[];
  /** Verifier keys are written for these, under the name `origin`. */
  readonly keys: readonly Uint8Array[];
  readonly origin: string;
  /** The signed note over the first `size` leaves. */
  readonly note: (size: number, root: Digest) => Uint8Array;
  readonly sizes: readonly number[];
  /** Leaves of which inclusion is shown, of those below a size. */
  readonly leaves: (size: number) => readonly number[];
}

/** One hash of a range is worked out once: proofs of a thousand leaves share most of theirs. */
function remembering(leaves: readonly Digest[]): RangeHash {
  const known = new Map<string, Digest>();
  const plain = rangesOver((index) => leaves[index] ?? leafHash(""));
  return (from, to) => {
    const key = `${from}-${to}`;
    const found = known.get(key) ?? plain(from, to);
    known.set(key, found);
    return found;
  };
}

export function writeMaterial(folder: string, material: Material): void {
  const { lines, keys, origin, note, sizes, leaves: leavesBelow } = material;
  for (const name of ["keys", "notes", "proofs"]) mkdirSync(join(folder, name), { recursive: true });
  for (const [at, key] of keys.entries())
    writeFileSync(join(folder, "keys", `${at}.vkey`), `${verifierKey(noteKey(origin, key))}\n`);
  writeFileSync(join(folder, "leaves"), lines.map((line) => `${line}\n`).join(""));
  const leaves = lines.map(leafHash);
  const range = remembering(leaves);
  const roots = rootsOf(leaves);
  const inclusion: unknown[] = [];
  const consistency: unknown[] = [];
  for (const [turn, size] of sizes.entries()) {
    const root = roots[size];
    if (root === undefined) throw new RangeError(`there are no ${size} leaves`);
    const checkpoint = note(size, root);
    writeFileSync(join(folder, "notes", `${size}.note`), checkpoint);
    for (const index of leavesBelow(size)) {
      const path = inclusionProof(range, index, size);
      inclusion.push({ size, index, path: path.map(rootText) });
      writeFileSync(
        join(folder, "proofs", `${size}-${index}.tlog-proof`),
        renderProof({ line: lines[index] ?? "", index, path, checkpoint }),
      );
    }
    for (const from of sizes.slice(0, turn)) {
      const path = consistencyProof(range, from, size);
      consistency.push({ from, to: size, path: path.map(rootText) });
    }
  }
  const jsonl = (rows: readonly unknown[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join("");
  writeFileSync(join(folder, "inclusion.jsonl"), jsonl(inclusion));
  writeFileSync(join(folder, "consistency.jsonl"), jsonl(consistency));
}

/** By size, from the empty tree on, as a sealer makes them: leaf by leaf. */
function rootsOf(leaves: readonly Digest[]): readonly Digest[] {
  const tree = new Frontier();
  const roots = [tree.root()];
  for (const leaf of leaves) {
    tree.append(leaf);
    roots.push(tree.root());
  }
  return roots;
}
