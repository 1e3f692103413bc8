// Places that no path of the configuration may lead to: what this program keeps for itself, and, for evidence, the repository.
import { realpathSync } from "node:fs";
import { basename, dirname, isAbsolute, join, relative, resolve } from "node:path";
import type { ConfigFault } from "../../core/config/fault.ts";
import { lineOf } from "../../core/config/lines.ts";
import { readReference, secretsOf } from "../../core/config/reference.ts";
import { folderKeys, pathKeys, pathsOf } from "../../core/config/rules.ts";
import type { Config } from "../../core/config/schema.ts";
import type { Layout } from "./layout.ts";
import { schemasFolder } from "./schemas.ts";
import type { RepositoryPlace } from "./state.ts";

/**
 * Every path of the configuration that leads to a key, the store, or another file of ours: what is read there would be
 * taken for a secret or a list, and what is written there would replace it. `text`: of the file, for lines. `served`: the
 * repository, where it is known; of it only folders of evidence are kept out.
 */
export function reservedFaults(
  layout: Layout,
  config: Config,
  text: string,
  served?: RepositoryPlace,
): readonly ConfigFault[] {
  const taken = reserved(layout);
  const code = served === undefined ? [] : repositoryFolders(served).map(realPlace);
  return placesOf(config).flatMap(({ key, path }): ConfigFault[] => {
    const place = realPlace(resolve(layout.root, path));
    const hit = taken.find(({ at, except }) => isWithin(at, place) && except !== key);
    const line = lineOf(text, key);
    if (hit !== undefined) return [{ key, line, message: `leads ${hit.what}`, fix: FILE_FIX }];
    // What an agent proposed, and somebody merged, would be evidence for what it proposes next.
    if (folders.includes(key) && code.some((at) => isWithin(at, place) || isWithin(place, at)))
      return [{ key, line, message: "is a folder of the served repository, or holds it", fix: CODE_FIX }];
    // A folder's files are read by any name: one above ours would hand out what lies in ours.
    const inside = folders.includes(key) ? taken.find(({ at }) => isWithin(place, at)) : undefined;
    return inside === undefined
      ? []
      : [{ key, line, message: `is a folder that holds a way ${inside.what}`, fix: FOLDER_FIX }];
  });
}

const folders: readonly string[] = folderKeys;
const FILE_FIX = "Keep the file in a folder of its own, such as tls/.";
const CODE_FIX = "Name a folder outside the repository, where CI or you write and no patch does.";
const FOLDER_FIX = "Name a folder that holds nothing but evidence, such as evidence/.";

/** Work tree and git's own folder, and the main work tree where a linked one is served. */
function repositoryFolders({ path, gitDir }: RepositoryPlace): readonly string[] {
  return [path, gitDir, ...(basename(gitDir) === ".git" ? [dirname(gitDir)] : [])];
}

interface Reserved {
  readonly at: string;
  readonly what: string;
  /** The one key whose file may lie there. */
  readonly except?: string;
}

function reserved(layout: Layout): readonly Reserved[] {
  const { keys, gateway, trust, exchange, validator, config, repository, database } = layout;
  const places: readonly Reserved[] = [
    { at: keys, what: "into keys/, which only the validator reads" },
    { at: database, what: "to the store" },
    { at: gateway, what: "into gateway/, which holds the store", except: "server.http.unix_socket" },
    { at: trust, what: "into trust/, which holds the keys that are believed" },
    { at: exchange, what: "into exchange/, which our own processes write" },
    { at: validator, what: "into validator/, which only the validator writes" },
    { at: schemasFolder(layout), what: "into schemas/, which holds the registered evidence schemas" },
    { at: config, what: "to the configuration itself" },
    { at: repository, what: "to the note that says where the repository is" },
  ];
  return places.map((place) => ({ ...place, at: realPlace(place.at) }));
}

function placesOf(config: Config): readonly { readonly key: string; readonly path: string }[] {
  const paths = pathsOf(config);
  const secrets = secretsOf(config).flatMap(({ key, ref }) => {
    const read = readReference(ref);
    return read.kind === "file" ? [{ key, path: read.path }] : [];
  });
  const named = pathKeys.filter((key) => paths[key] !== "").map((key) => ({ key, path: paths[key] }));
  return [...named, ...secrets];
}

function isWithin(folder: string, path: string): boolean {
  const inside = relative(folder, path);
  return !isAbsolute(inside) && inside !== ".." && !inside.startsWith("../");
}

/** Links resolved as far as there is something; the walls of a gateway hide the rest, and its supervisor has looked. */
function realPlace(path: string): string {
  try {
    return realpathSync.native(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(realPlace(parent), basename(path));
  }
}
