// Wycheproof's vectors, read from the Go module that carries them: pinned by version and by the hash of its content.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { needs } from "./needs.ts";

const MODULE = "github.com/C2SP/wycheproof@v0.0.0-20250901140545-b51abcfb8daf";
/** As go.sum would write it. */
const SUM = "h1:5BKKVVVj676FUWirLcouEEL6GCYR9X0opkMlEUck8FY=";

/** The folder of the vectors; undefined where there is no Go. */
export function wycheproof(scratch: string): string | undefined {
  if (!needs("go")) return undefined;
  const folder = join(scratch, "wycheproof");
  mkdirSync(folder, { recursive: true });
  // A module of nobody's: the other Go program of these tests shall not depend on it.
  writeFileSync(join(folder, "go.mod"), "module countersign.invalid/vectors\n\ngo 1.25.0\n");
  const out = execFileSync("go", ["mod", "download", "-json", MODULE], { cwd: folder, encoding: "utf8" });
  const { Dir, Sum } = JSON.parse(out) as { Dir: string; Sum: string };
  if (Sum !== SUM) throw new Error(`${MODULE} has the content ${Sum}`);
  return join(Dir, "testvectors_v1");
}

export interface Group<T> {
  readonly type: string;
  readonly publicKey?: { readonly pk: string };
  readonly ivSize?: number;
  readonly keySize?: number;
  readonly tagSize?: number;
  readonly tests: readonly T[];
}

export function groupsOf<T>(folder: string, name: string): readonly Group<T>[] {
  return (JSON.parse(readFileSync(join(folder, name), "utf8")) as { testGroups: readonly Group<T>[] })
    .testGroups;
}
