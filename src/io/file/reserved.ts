// Places that no path of the configuration may lead to: what this program keeps for itself, and, for evidence, the repository.
import { resolve } from "node:path";
import type { ConfigFault } from "../../core/config/fault.ts";
import { lineOf } from "../../core/config/lines.ts";
import { outgoingSecretsOf, readReference, secretsOf, shipSecretOf } from "../../core/config/reference.ts";
import { folderKeys, pathKeys, pathsOf } from "../../core/config/rules.ts";
import type { Config } from "../../core/config/schema.ts";
import type { IsCode } from "./code.ts";
import type { Layout } from "./layout.ts";
import { isWithin, realPlace } from "./real-place.ts";
import { schemasFolder } from "./schemas.ts";

/**
 * Every path of the configuration that leads to a key, the store, or another file of ours: what is read there would be
 * taken for a secret or a list, and what is written there would replace it. `text`: of the file, for lines. `isCode`: where
 * the repository is known; of it only folders of evidence are kept out.
 */
export function reservedFaults(
  layout: Layout,
  config: Config,
  text: string,
  isCode?: IsCode,
): readonly ConfigFault[] {
  const taken = reserved(layout);
  return placesOf(config).flatMap(({ key, path }): ConfigFault[] => {
    const place = realPlace(resolve(layout.root, path));
    const hit = taken.find(({ at, except }) => isWithin(at, place) && except !== key);
    const line = lineOf(text, key);
    if (hit !== undefined) return [{ key, line, message: `leads ${hit.what}`, fix: FILE_FIX }];
    // What an agent proposed, and somebody merged, would be evidence for what it proposes next.
    if (folders.includes(key) && isCode?.(place) === true)
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
const CODE_FIX =
  "Name a folder outside the repository and all its work trees, where CI or you write and no patch does.";
const FOLDER_FIX = "Name a folder that holds nothing but evidence, such as evidence/.";

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
  const secrets = [...secretsOf(config), ...outgoingSecretsOf(config), shipSecretOf(config) ?? []]
    .flat()
    .flatMap(({ key, ref }) => {
      const read = readReference(ref);
      return read.kind === "file" ? [{ key, path: read.path }] : [];
    });
  const named = pathKeys.filter((key) => paths[key] !== "").map((key) => ({ key, path: paths[key] }));
  return [...named, ...secrets];
}
