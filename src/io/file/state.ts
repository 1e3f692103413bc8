// The state folder of one repository: where it is, which repository it belongs to, and its folders with their modes.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { z } from "zod";
import { CountersignError } from "../../core/base/failure.ts";
import { exchangePlaces, type Layout, layout } from "./layout.ts";

/** A repository on this machine. */
export interface RepositoryPlace {
  /** Work tree, or the bare repository itself. Absolute, links resolved. */
  readonly path: string;
  /** Folder of objects and refs, common to all work trees. Absolute, links resolved. */
  readonly gitDir: string;
}

/** The part of the environment that decides where state lives. */
export interface StateEnvironment {
  readonly COUNTERSIGN_STATE?: string | undefined;
  readonly XDG_STATE_HOME?: string | undefined;
  readonly HOME?: string | undefined;
}

export interface StateRequest {
  /** `--state DIR`, when given. */
  readonly flag?: string | undefined;
  readonly env: StateEnvironment;
  /** The folder that relative paths are relative to. */
  readonly cwd: string;
  readonly repository?: RepositoryPlace | undefined;
}

const repositorySchema = z.strictObject({
  version: z.literal(1),
  path: z.string().min(1).refine(isAbsolute, "must be absolute"),
  git_dir: z.string().min(1).refine(isAbsolute, "must be absolute"),
});

const MAX_REPOSITORY_BYTES = 65_536;

/**
 * The state folder: `--state`, else COUNTERSIGN_STATE, else one for each repository under the user's state folder
 * (XDG Base Directory). Never inside the repository: there, a landed patch could change keys and configuration, and
 * every build or upload of the work tree would take them along. Throws `state_unusable` or `usage`.
 */
export function resolveState(request: StateRequest): Layout {
  const given = request.flag ?? nonEmpty(request.env.COUNTERSIGN_STATE);
  const root = given === undefined ? defaultRoot(request) : resolve(request.cwd, given);
  if (request.repository !== undefined) assertOutside(root, request.repository);
  return layout(root);
}

function defaultRoot({ env, repository }: StateRequest): string {
  if (repository === undefined) {
    throw new CountersignError("usage", "no state folder is named and no repository was found", {
      fix: "Run it inside the repository, or pass --repo DIR or --state DIR.",
    });
  }
  return join(stateHome(env), "countersign", stateName(repository.gitDir));
}

function stateHome(env: StateEnvironment): string {
  // The XDG specification has relative values ignored.
  const xdg = nonEmpty(env.XDG_STATE_HOME);
  if (xdg !== undefined && isAbsolute(xdg)) return xdg;
  const home = nonEmpty(env.HOME);
  if (home !== undefined && isAbsolute(home)) return join(home, ".local", "state");
  throw new CountersignError("usage", "there is no home folder to keep state in", {
    fix: "Pass --state DIR.",
  });
}

/** `<folder name>-<12 hex>`: readable, and the same from every work tree of the repository. */
export function stateName(gitDir: string): string {
  const hash = createHash("sha256").update(gitDir).digest("hex").slice(0, 12);
  return `${repositoryName(gitDir)}-${hash}`;
}

/** A name for the repository from its folder, in the characters that `repository.name` allows. */
export function repositoryName(gitDir: string): string {
  const folder = basename(gitDir) === ".git" ? basename(dirname(gitDir)) : basename(gitDir, ".git");
  const safe = folder
    .replaceAll(/[^A-Za-z0-9._-]+/g, "-")
    .replace(/^[^A-Za-z0-9]+/, "")
    .slice(0, 60);
  return safe === "" ? "repository" : safe;
}

/** A namespace from the same folder, in the characters that `namespace.name` allows; never "default", which is nobody's. */
export function namespaceName(gitDir: string): string {
  const name = repositoryName(gitDir).toLowerCase();
  return name === "default" ? "default-repository" : name;
}

function assertOutside(root: string, repository: RepositoryPlace): void {
  const real = realOfNearest(root);
  for (const inside of [repository.path, repository.gitDir]) {
    if (real !== inside && !isBelow(real, inside)) continue;
    throw new CountersignError("state_unusable", `the state folder ${root} lies inside the repository`, {
      fix: "Choose a folder outside the repository with --state DIR; keys must never travel with the code.",
    });
  }
}

/** The real path that `path` will have: links of the part that exists are resolved, the rest is appended. */
function realOfNearest(path: string): string {
  if (existsSync(path)) return realpathSync(path);
  const parent = dirname(path);
  return parent === path ? path : join(realOfNearest(parent), basename(path));
}

function isBelow(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way !== "" && way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

/** Create the folders that are missing, each for its owner only. Existing ones keep their modes (doctor judges them). */
export function createFolders(places: Layout): void {
  const exchange = exchangePlaces.map((place) => join(places.exchange, place));
  const all = [
    places.root,
    places.keys,
    places.trust,
    places.gateway,
    places.validator,
    places.exchange,
    ...exchange,
    places.evidence,
  ];
  try {
    mkdirSync(places.root, { recursive: true, mode: 0o700 });
    for (const folder of all) mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new CountersignError("state_unusable", `cannot create the state folder ${places.root}`, {
      fix: "Make its parent writable, or choose another place with --state DIR.",
      cause,
    });
  }
}

/** The text of repository.json. */
export function renderRepository(place: RepositoryPlace): string {
  return `${JSON.stringify({ version: 1, path: place.path, git_dir: place.gitDir }, undefined, 2)}\n`;
}

/** Which repository this state belongs to. Throws `state_unusable` when nobody said, or when it is gone. */
export function readRepository(places: Layout): RepositoryPlace {
  const fix = "Run countersign init --repo DIR with this state folder.";
  let json: unknown;
  try {
    if (statSync(places.repository).size > MAX_REPOSITORY_BYTES) throw new RangeError("too large");
    json = JSON.parse(readFileSync(places.repository, "utf8"));
  } catch (cause) {
    throw new CountersignError("state_unusable", `cannot read ${places.repository}`, { fix, cause });
  }
  const parsed = repositorySchema.safeParse(json);
  if (!parsed.success)
    throw new CountersignError("state_unusable", `${places.repository} is damaged`, { fix });
  const { path, git_dir: gitDir } = parsed.data;
  if (!existsSync(gitDir)) {
    throw new CountersignError("repository_unusable", `the repository ${gitDir} is gone`, {
      fix: "Put it back, or run countersign init --repo DIR for its new place.",
    });
  }
  return { path, gitDir };
}

/** The same where it can be known; undefined where this state has no repository yet, or hides it from this user. */
export function knownRepository(places: Layout): RepositoryPlace | undefined {
  try {
    return readRepository(places);
  } catch (cause) {
    if (cause instanceof CountersignError) return undefined;
    throw cause;
  }
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === "" ? undefined : text;
}
