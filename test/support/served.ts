// A repository as agents are served it, out of a tree in memory: the manifest, the reader of blobs, the settings.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { sha256 } from "../../src/core/base/digest.ts";
import { parseConfig } from "../../src/core/config/parse.ts";
import type { Config } from "../../src/core/config/schema.ts";
import {
  type Manifest,
  manifestSchema,
  openManifest,
  type OpenManifest,
} from "../../src/core/manifest/manifest.ts";
import type { ReadServed } from "../../src/core/proposal/compose.ts";
import type { RuleSets } from "../../src/core/rules/packs.ts";
import { loadRules } from "../../src/io/file/rules.ts";
import type { Tree } from "./git-lab.ts";

const root = join(import.meta.dirname, "../..");

export const presetText = (): string => readFileSync(join(root, "presets/quickstart.toml"), "utf8");

/** The quickstart preset with `toml` over it. Throws when that is at fault. */
export function configOf(toml = ""): Config {
  const result = parseConfig(`preset = "quickstart"\n${toml}`, presetText);
  if (!result.ok) throw new Error(JSON.stringify(result.faults));
  return result.loaded.config;
}

/** The rule packs that are shipped. */
export function shippedRules(): RuleSets {
  return loadRules(root);
}

export interface Served {
  readonly manifest: OpenManifest;
  readonly read: ReadServed;
}

const OID = "1".repeat(40);

/** Serves the regular files of `tree`; `omit` leaves some out, as a policy or a damaged file would. */
export function serve(tree: Tree, omit: (path: string) => boolean = () => false): Served {
  const files = [...tree].filter(([path, file]) => file.mode.startsWith("100") && !omit(path));
  const manifest: Manifest = manifestSchema.parse({
    version: 1,
    repository: "lab",
    ref: "refs/heads/main",
    commit: OID,
    tree: OID,
    policy: sha256("policy"),
    created: "2026-11-22T10:00:00.000Z",
    entries: files.map(([path, { mode, bytes }]) => ({
      path,
      mode,
      sha256: sha256(bytes),
      blob: OID,
      size: bytes.length,
      lines: 0,
    })),
    omitted: [],
  });
  return {
    manifest: openManifest(sha256("manifest"), manifest),
    read: async (path) => {
      const bytes = tree.get(path)?.bytes;
      return bytes === undefined ? undefined : { bytes, masks: [] };
    },
  };
}
