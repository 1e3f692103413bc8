// The gateway's walls: the flags of Node's permission model, and whether the operating system draws the same line.
import { accessSync, constants, existsSync, readdirSync, realpathSync } from "node:fs";
import { dirname, join, sep } from "node:path";
import { CountersignError } from "../../core/base/failure.ts";
import { isOverride } from "../../core/config/overrides.ts";
import type { Config } from "../../core/config/schema.ts";
import { envNames } from "../secrets/resolve.ts";
import { configurationFiles, configuredPath } from "./config.ts";
import { gatewayPlaces, type Layout } from "./layout.ts";
import { schemasFolder } from "./schemas.ts";
import { readRepository } from "./state.ts";

/** What a gateway may reach beside its program and its state. */
export interface Reach {
  /** Its configuration and the files that this names: certificates, keys of issuers, allow-list, secrets. */
  readonly files: readonly string[];
  /** Where it makes its Unix socket. */
  readonly folders: readonly string[];
  /** What it reads as evidence: the root of json files, and signed envelopes; and the schemas of evidence. */
  readonly evidence: readonly string[];
  /** Whether it listens. Node 24 cannot forbid that; from Node 25 on a gateway on stdio is not allowed to. */
  readonly network: boolean;
}

/** What the configuration makes a gateway reach. */
export function reachOf(
  layout: Layout,
  configPath: string | undefined,
  config: Config,
  door: "stdio" | "http",
): Reach {
  const { unix_socket: socket } = config.server.http;
  const folders = door === "http" && socket !== "" ? [dirname(configuredPath(layout, socket))] : [];
  return {
    files: configurationFiles(layout, configPath, config),
    folders,
    evidence: evidenceFolders(layout, config),
    network: door === "http",
  };
}

/** Only those that a provider of the policy reads. */
function evidenceFolders(layout: Layout, { evidence }: Config): readonly string[] {
  const has = (name: Config["evidence"]["providers"][number]): boolean => evidence.providers.includes(name);
  const named = [
    ...(has("json") ? [evidence.json.root] : []),
    ...(has("signed") ? [evidence.folder] : []),
  ].filter((path) => path !== "");
  return [schemasFolder(layout), ...named.map((path) => configuredPath(layout, path))].flatMap(withTarget);
}

/**
 * The environment that a gateway gets: what overrides its configuration, and the variables that its configuration
 * names as secrets or as evidence. Nothing else: no agents' sockets, no options for node, no credentials of the person's session.
 */
export function gatewayEnvironment(
  config: Config,
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const wanted = new Set([...envNames(config), ...evidenceNames(config)]);
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) =>
      value !== undefined && (wanted.has(name) || isOverride(name)) ? [[name, value]] : [],
    ),
  );
}

/** Variables that the policy asks for as evidence: every process that evaluates a gate has to be given them. */
export function evidenceNames({ evidence }: Config): readonly string[] {
  return evidence.providers.includes("env") ? evidence.env.allow : [];
}

/**
 * Flags for `node` under which the gateway runs: it reads its program, its configuration, the public keys, its store, the
 * exchange and the evidence that its policy names; it writes its store and its places of the exchange. No child processes, no workers, no other file: not the keys, not the
 * repository, not even the note that says where the repository is. Folders must exist, or Node takes them for files.
 *
 * The permission model is a belt, not a wall (its documentation says so): the native addon of the store could write
 * elsewhere. In production the gateway is an operating-system user of its own.
 */
export function permissionFlags(
  layout: Layout,
  packageRoot: string,
  { files, folders, evidence, network }: Reach,
): string[] {
  // A folder that does not exist yet would be taken for a file, and what is put into it later would be denied.
  const later = evidence.flatMap((path) => [path, join(path, "*")]);
  const reads = [...programFolders(packageRoot), ...files, ...later, layout.trust, layout.exchange];
  const places = gatewayPlaces.map((place) => join(layout.exchange, place));
  const writes = [layout.gateway, ...places, ...folders];
  return [
    ...(network && process.allowedNodeEnvironmentFlags.has("--allow-net") ? ["--allow-net"] : []),
    "--permission",
    "--disable-sigusr1",
    "--allow-addons",
    // The warning that addons weaken the model: said above, and answered by the users of a production set-up.
    "--disable-warning=PERM0001",
    ...[...new Set([...reads, ...writes])].map((path) => `--allow-fs-read=${path}`),
    ...writes.map((path) => `--allow-fs-write=${path}`),
  ];
}

/** What the program itself is made of; not the whole package, which in a checkout is a repository that may be served. */
const PROGRAM = ["package.json", "src", "dist", "presets", "config", "node_modules"] as const;

/** The program's own folders in a checkout; when installed, the folder of packages that it lies in, links resolved. */
export function programFolders(packageRoot: string): readonly string[] {
  const mark = `${sep}node_modules${sep}`;
  const at = packageRoot.indexOf(mark);
  const own = PROGRAM.map((name) => join(packageRoot, name)).filter((path) => existsSync(path));
  const all = at === -1 ? own : [packageRoot.slice(0, at + mark.length - 1), ...own];
  return all.flatMap(withTarget);
}

/** Node asks for the path that is opened, and for the one that it leads to. */
function withTarget(path: string): readonly string[] {
  return existsSync(path) ? [path, realpathSync(path)] : [path];
}

export interface SeparationFault {
  readonly what: "key_readable" | "repository_writable";
  readonly path: string;
  readonly message: string;
  readonly fix: string;
}

const FIX =
  'Run the gateway as an operating-system user of its own, or set gateway.shared_user = "warn" for a single desktop user.';

/**
 * What this operating-system user could do although the gateway must not: read a private key, or write the repository.
 * Asked of the kernel, outside the permission model. Empty when the users are really separate: then neither the keys
 * nor the note about the repository can be read at all.
 */
export function separationFaults(layout: Layout): readonly SeparationFault[] {
  const keys = namesIn(layout.keys)
    .map((name) => join(layout.keys, name))
    .filter((path) => can(path, constants.R_OK))
    .map((path): SeparationFault => ({
      what: "key_readable",
      path,
      message: `the gateway's user can read the private key ${path}`,
      fix: FIX,
    }));
  const repositories = repositoryFolders(layout)
    .filter((path) => can(path, constants.W_OK))
    .map((path): SeparationFault => ({
      what: "repository_writable",
      path,
      message: `the gateway's user can write the repository ${path}`,
      fix: FIX,
    }));
  return [...keys, ...repositories.slice(0, 1)];
}

/**
 * What to do about it: undefined when the users are separate, a warning for standard error when they are not and the
 * configuration accepts that. Throws `state_unusable` when it does not.
 */
export function separationWarning(places: Layout, sharedUser: "warn" | "refuse"): string | undefined {
  const [fault, ...more] = separationFaults(places);
  if (fault === undefined) return undefined;
  if (sharedUser === "refuse")
    throw new CountersignError("state_unusable", fault.message, { fix: fault.fix });
  const others = more.length > 0 ? `, and ${more[0]?.message ?? ""}` : "";
  return `countersign gateway: warning: ${fault.message}${others} (gateway.shared_user = "warn")\n`;
}

function repositoryFolders(layout: Layout): readonly string[] {
  try {
    const { path, gitDir } = readRepository(layout);
    return [path, gitDir];
  } catch {
    return [];
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function can(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}
