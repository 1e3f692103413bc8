// Looks at what gates stand on: the folders that evidence comes from, pinned keys, the key of evidence hashes.
import { accessSync, constants, statSync } from "node:fs";
import { join } from "node:path";
import { replaced } from "../../core/config/replaced.ts";
import type { Config } from "../../core/config/schema.ts";
import { trustOf } from "../../core/gate/trust.ts";
import { configuredPath, type Setup } from "../../io/file/config.ts";
import { schemasFolder } from "../../io/file/schemas.ts";
import type { Layout } from "../../io/file/layout.ts";
import { exposed } from "./exposed.ts";
import { octal } from "./finding.ts";
import type { GateFacts, SourceLook } from "./gates.ts";

/** Beside the validator's private key. Its name is the validator's own; a test holds the two to one word. */
export const DISCLOSURE_KEY = "disclosure.key";

/** `shipped`: the values of the preset that the configuration started from. */
export function gatherGates(layout: Layout, setup: Setup, now: number, shipped: Config): GateFacts {
  const { config, preset, permissiveUntil } = setup;
  const gates = [...setup.gates.values()];
  const asked = gates.flatMap(({ conditions }) => conditions.filter(({ provider }) => provider === "json"));
  const files = asked.flatMap(({ params }) => (typeof params["file"] === "string" ? [params["file"]] : []));
  const at = (path: string): string | undefined => (path === "" ? undefined : configuredPath(layout, path));
  return {
    now,
    preset,
    config,
    gates,
    replaced: replaced(shipped, config),
    keys: trustOf(setup, { resource: "" }, now).keys,
    permissiveUntil,
    jsonRoot: source(at(config.evidence.json.root), files),
    folder: source(at(config.evidence.folder), []),
    schemas: source(schemasFolder(layout), []),
    disclosureMode: modeOf(join(layout.keys, DISCLOSURE_KEY)),
  };
}

/** `files` below the folder are looked at, too: one that others may write is as loose as its folder. */
function source(path: string | undefined, files: readonly string[]): SourceLook {
  if (path === undefined) return { kind: "unset" };
  try {
    const found = statSync(path);
    if (!found.isDirectory()) return { kind: "missing", path };
    accessSync(path, constants.R_OK | constants.X_OK);
    return { kind: "there", path, loose: looseness(path, found.mode, files) };
  } catch (cause) {
    const denied = cause instanceof Error && "code" in cause && cause.code === "EACCES";
    return { kind: denied ? "hidden" : "missing", path };
  }
}

/** In a sticky folder nobody replaces another's file, but the first to write one that is missing makes the evidence. */
function looseness(path: string, mode: number, files: readonly string[]): readonly string[] {
  const own = (mode & 0o022) === 0 ? [] : [`${path} (${octal(mode)})`];
  // `exposed` judges the folders above a file, and a name that nothing has stands for the folder itself.
  return [...new Set([...own, ...exposed(["-", ...files].map((file) => join(path, file)))])];
}

function modeOf(path: string): number | undefined {
  try {
    return statSync(path).mode;
  } catch {
    return undefined;
  }
}
