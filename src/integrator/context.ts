// What the commands stand on: the repository, its state folder, the configuration and the pinned key, checked to fit.
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { TrustedKey } from "../core/attestation/key.ts";
import { environmentOverrides } from "../core/config/overrides.ts";
import { CountersignError } from "../core/base/failure.ts";
import { findGit, type Git, openRepository, type Repository } from "../io/exec/git.ts";
import { integratorExchange } from "../io/exchange/files/open.ts";
import type { IntegratorExchange } from "../io/exchange/exchange.ts";
import { loadSetup, type Setup } from "../io/file/config.ts";
import { pinnedKey, roleKeys } from "../io/file/keyring.ts";
import type { Layout } from "../io/file/layout.ts";
import { readRepository, type RepositoryPlace, resolveState } from "../io/file/state.ts";
import { findRepository } from "./git/repository.ts";
import type { World } from "./world.ts";

/** Options that every command about one repository has. */
export interface Where {
  readonly repo?: string | undefined;
  readonly state?: string | undefined;
  /** Configuration file, instead of the one in the state folder. */
  readonly config?: string | undefined;
}

export interface Place {
  readonly git: Git;
  readonly layout: Layout;
  readonly repository: RepositoryPlace;
}

export interface Context extends Place {
  readonly setup: Setup;
  readonly keys: readonly TrustedKey[];
  readonly exchange: IntegratorExchange;
  readonly open: Repository;
}

/** Before the configuration is read there is no other limit; one git command on a sane repository takes far less. */
const GIT_TIMEOUT_MS = 30_000;

/**
 * The repository and its state folder, which need not exist yet. A state folder that is named alone says itself which
 * repository it belongs to; one that is named with another repository is refused.
 */
export async function findPlace(world: World, where: Where): Promise<Place> {
  const git = await findGit(world.env["PATH"] ?? "", GIT_TIMEOUT_MS);
  const named = where.state ?? world.env["COUNTERSIGN_STATE"];
  if (where.repo === undefined && named !== undefined && named !== "") {
    const layout = resolveState({ flag: where.state, env: world.env, cwd: world.cwd });
    if (existsSync(layout.repository)) return { git, layout, repository: readRepository(layout) };
  }
  const repository = await findRepository(git, resolve(world.cwd, where.repo ?? "."));
  const layout = resolveState({ flag: where.state, env: world.env, cwd: world.cwd, repository });
  assertSame(layout, repository);
  return { git, layout, repository };
}

/**
 * The state folder alone, for commands that have no business with the repository: a user who may write the gateway's
 * store need not be able to read where the repository is.
 */
export async function findState(world: World, where: Where): Promise<Layout> {
  const named = where.state ?? world.env["COUNTERSIGN_STATE"];
  if (where.repo === undefined && named !== undefined && named !== "")
    return resolveState({ flag: where.state, env: world.env, cwd: world.cwd });
  return (await findPlace(world, where)).layout;
}

export function configPath(world: World, layout: Layout, { config }: Where): string {
  return config === undefined ? layout.config : resolve(world.cwd, config);
}

/** One state folder, one repository: verdicts and keys of one must not decide about another. */
function assertSame(layout: Layout, repository: RepositoryPlace): void {
  if (!existsSync(layout.repository)) return;
  const known = readRepository(layout);
  if (known.gitDir === repository.gitDir) return;
  throw new CountersignError("state_unusable", `${layout.root} belongs to the repository ${known.path}`, {
    fix: "Name another state folder, or none.",
  });
}

/** Place, configuration, key and exchange. Throws with the fix when it was not initialised. */
export async function openContext(world: World, where: Where): Promise<Context> {
  const place = await findPlace(world, where);
  const { layout, repository } = place;
  if (!existsSync(layout.repository)) {
    throw new CountersignError(
      "state_unusable",
      `there is no countersign state for ${repository.path} in ${layout.root}`,
      {
        fix: `Run: countersign init --repo ${repository.path}`,
      },
    );
  }
  const setup = loadSetup(
    layout,
    world.root,
    configPath(world, layout, where),
    environmentOverrides(world.env),
    world.now(),
    repository,
  );
  const git = { ...place.git, timeoutMs: setup.config.validator.git_timeout_seconds * 1000 };
  const open = await openRepository(git, repository.path);
  const exchange = await integratorExchange(layout.exchange);
  return { ...place, git, setup, keys: trustedKeys(layout), exchange, open };
}

/** The pinned keys. They come from the operator's folder, never from an envelope, an order or a ref. */
export function trustedKeys(layout: Layout): readonly TrustedKey[] {
  return roleKeys(layout.trust, "attestation");
}

const VALIDATORS_KEY =
  "Name the validator's public key (trust/attestation.pub.pem of its state), or run countersign init.";

/** A key that a person names; what is known of its life lies beside it. */
export function readKey(path: string, fix: string = VALIDATORS_KEY): TrustedKey {
  return pinnedKey(path, fix);
}
