// Composition of the validator: the only file of this wing that takes the clock, the environment and the terminal.
import { mkdirSync, realpathSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { unrevoked } from "../core/attestation/key-life.ts";
import type { Digest } from "../core/base/digest.ts";
import { CountersignError } from "../core/base/failure.ts";
import { deploymentOf } from "../core/config/deployment.ts";
import { disclosureOf } from "../core/gate/disclosure.ts";
import type { ValidatorExchange } from "../io/exchange/exchange.ts";
import { validatorExchange } from "../io/exchange/files/open.ts";
import { fetchProgram } from "../io/evidence/fetch.ts";
import { classifierOf } from "../io/guard/open.ts";
import { findGit, type Git, openRepository, type Repository } from "../io/exec/git.ts";
import { type ConfigOverride, environmentOverrides } from "../core/config/overrides.ts";
import { loadSetup, packageRoot, packageVersion, type Setup } from "../io/file/config.ts";
import { roleKeys } from "../io/file/keyring.ts";
import type { Layout } from "../io/file/layout.ts";
import { scannerStates } from "../io/exec/scanners.ts";
import { acquireLock, type Lock } from "../io/file/lock.ts";
import { readRepository, type RepositoryPlace, resolveState } from "../io/file/state.ts";
import { type Log, openLog } from "../io/log/log.ts";
import type { Bench } from "./bench.ts";
import { authorityOf, providersOf } from "./gate/asking.ts";
import type { ProbeAround } from "./probe.ts";
import type { Progress } from "./publish/publish.ts";
import { inspectorProgram, openInspector } from "./scanners/inspector.ts";
import { openSandbox, type SandboxPlace } from "./sandbox/open.ts";
import { openScanners, type ScannerUse } from "./scanners/open.ts";
import { openMemory } from "./sealing/memory.ts";
import { type Sealing, startSealing } from "./sealing/run.ts";
import { AlreadyServed, configurationOf, type KeyWatch } from "./serve.ts";
import { Shelf } from "./shelf.ts";
import { openDisclosureKey } from "./signing/disclosure-key.ts";
import { repositoryAround } from "./signing/keygen.ts";
import { keysInUse, type LivingKey, openLivingKey } from "./signing/living.ts";
import { openSealerHand } from "./signing/sealer.ts";
import { openSigner } from "./signing/signer.ts";

/** Until the configuration is read, git gets this long. */
const GIT_PATIENCE_MS = 30_000;

/** The state folder named by `--state` or the environment, or the one of the repository around the current folder. */
export async function findState(flag: string | undefined): Promise<Layout> {
  const request = { flag, env: process.env, cwd: process.cwd() };
  if (flag !== undefined || (process.env["COUNTERSIGN_STATE"] ?? "") !== "") return resolveState(request);
  const around = repositoryAround(process.cwd());
  if (around === undefined) return resolveState(request);
  const { path, commonDir } = await openRepository(await git(), around);
  return resolveState({
    ...request,
    repository: { path: realpathSync(path), gitDir: realpathSync(commonDir) },
  });
}

export interface Composed {
  readonly bench: Bench;
  readonly lock: Lock;
  readonly progress: Progress;
  readonly configurationNow: () => Digest;
  readonly keys: KeyWatch;
  /** At work already. */
  readonly sealing: Sealing;
}

/**
 * Everything for one validator, or a failure before anything is done: no configuration, another validator at work
 * (`AlreadyServed`), no repository, or a key that is missing, loose, inside the repository or not trusted.
 */
export async function compose(
  places: Layout,
  configPath: string | undefined,
  overrides: readonly ConfigOverride[],
  admitted?: string,
): Promise<Composed> {
  const place = readRepository(places);
  const program = await git();
  const repository = await openServed(program, place);
  const load = (): Setup => loadSetup(places, packageRoot(), configPath, overrides, Date.now(), place);
  const setup = load();
  const log = openLog(setup.config.log.level, process.stderr);
  const found: Git = { ...program, timeoutMs: setup.config.validator.git_timeout_seconds * 1000 };
  const keyFree = keyFreeFolders(repository);
  const { keys, attestation, sealer } = signingKeys(places, keyFree, setup);
  const disclosure = disclosureOf(setup.config.evidence, openDisclosureKey(places.keys, keyFree));
  const sandbox = await openSandbox(sandboxPlace(setup, [...keyFree, places.root, places.keys]));
  const lock = lockOf(places);
  const exchange = await validatorExchange(places.exchange);
  const bench: Bench = {
    exchange,
    setup,
    git: found,
    repository,
    signer: openSigner(attestation),
    shelf: new Shelf(),
    sandbox,
    scanners: scannersFor(places, setup, { keyFree, hasSandbox: sandbox !== undefined, log }),
    scratch: places.validator,
    clock: Date.now,
    versions: versionsWith(found),
    log,
    ...askedFor(places, setup, place),
    disclosure,
    sealed: () => sealing.latest(),
  };
  // Last of all: nothing behind it may throw, because it is at work from then on.
  const sealing = await sealingFor(places, setup, { exchange, log, sealer, admitted });
  const configurationNow = (): Digest => configurationOf(load());
  return { bench, lock, progress: patientProgress(log), configurationNow, keys, sealing };
}

/** Throws `AlreadyServed`. */
function lockOf({ root, validator }: Layout): Lock {
  mkdirSync(validator, { recursive: true, mode: 0o700 });
  const lock = acquireLock(join(validator, "lock.db"));
  if (lock === undefined) throw new AlreadyServed(root);
  return lock;
}

interface SealingBeside {
  readonly exchange: ValidatorExchange;
  readonly log: Log;
  readonly sealer: LivingKey;
  readonly admitted: string | undefined;
}

/** Only the holder of the lock gets here. A key that was given up vouches for nothing that it signed. */
async function sealingFor(
  { sealer: folder, trust }: Layout,
  { config }: Setup,
  { exchange, log, sealer, admitted }: SealingBeside,
): Promise<Sealing> {
  const deployment = deploymentOf(config);
  return startSealing({
    memory: await openMemory(folder),
    hand: openSealerHand(sealer, deployment),
    exchange,
    deployment,
    sealers: unrevoked(roleKeys(trust, "sealer")),
    attesters: unrevoked(roleKeys(trust, "attestation")),
    pace: { seconds: config.audit.seal_seconds, entries: config.audit.seal_entries },
    admitted,
    clock: Date.now,
    log,
  });
}

interface SigningKeys {
  readonly keys: KeyWatch;
  readonly attestation: LivingKey;
  readonly sealer: LivingKey;
}

/** One key for each use, and none of them ended. What is in use is read first: a rotation in between must be noticed. */
function signingKeys(places: Layout, repositories: readonly string[], { config }: Setup): SigningKeys {
  const at = { keys: places.keys, trust: places.trust, repositories };
  const life = { clock: Date.now, maxAgeDays: config.keys.max_age_days };
  const inUse = (): string => keysInUse(at);
  const keys = { ours: inUse(), now: inUse };
  return {
    keys,
    attestation: openLivingKey(at, "attestation", life),
    sealer: openLivingKey(at, "sealer", life),
  };
}

function versionsWith(found: Git): Bench["versions"] {
  const countersign = packageVersion(packageRoot());
  return { countersign, node: process.versions.node, git: found.version };
}

function sandboxPlace({ config }: Setup, apart: readonly string[]): SandboxPlace {
  return {
    config: config.sandbox,
    path: process.env["PATH"] ?? "",
    packageRoot: packageRoot(),
    apart,
    clock: Date.now,
  };
}

interface ScannersBeside {
  readonly keyFree: readonly string[];
  readonly hasSandbox: boolean;
  readonly log: Log;
}

/** None that lies in the repository, where patches could write it, or beside our keys, which it could then read. */
function scannersFor(
  places: Layout,
  { config }: Setup,
  { keyFree, hasSandbox, log }: ScannersBeside,
): readonly ScannerUse[] {
  const states = scannerStates(process.env["PATH"] ?? "", [...keyFree, places.root]);
  const around = { config: config.scanners, states, hasSandbox, log };
  return openScanners({ ...around, state: places.root, packageRoot: packageRoot() });
}

/** What `probe` looks at: the configuration as a start would read it, and the folders that no scanner may lie in. */
export async function probePlace(places: Layout, configPath: string | undefined): Promise<ProbeAround> {
  const place = readRepository(places);
  const overrides = environmentOverrides(process.env);
  const { config } = loadSetup(places, packageRoot(), configPath, overrides, Date.now(), place);
  const apart = [...keyFreeFolders(await openServed(await git(), place)), places.root];
  const path = process.env["PATH"] ?? "";
  return { config, path, packageRoot: packageRoot(), state: places.root, apart, clock: Date.now };
}

/** The environment is this process's own; of it the provider env reads what the policy allows. */
function askedFor(
  layout: Layout,
  setup: Setup,
  served: RepositoryPlace,
): Pick<Bench, "providers" | "authority" | "inspector" | "classifier"> {
  const program = fetchProgram(process.execPath, packageRoot());
  const around = { setup, layout, served, clock: Date.now, env: process.env, program };
  // First of all: where it throws, no child is left behind.
  const classifier = classifierOf(around);
  const inspector = openInspector(inspectorProgram(process.execPath, packageRoot()));
  return { providers: providersOf(around), authority: authorityOf(around), inspector, classifier };
}

/** The repository of this state, and not another one that took its place. */
async function openServed(found: Git, place: RepositoryPlace): Promise<Repository> {
  const repository = await openRepository(found, place.path);
  if (realpathSync(repository.commonDir) === realpathSync(place.gitDir)) return repository;
  throw new CountersignError(
    "repository_unusable",
    `${place.path} is not the repository that this state belongs to`,
    {
      fix: "Run countersign init --repo DIR for it; it gets a state folder of its own.",
    },
  );
}

/** Folders in which no private key may lie: the work tree, git's own folders, and the main work tree of a linked one. */
function keyFreeFolders({ path, gitDir, commonDir }: Repository): readonly string[] {
  return [path, gitDir, commonDir, ...(basename(commonDir) === ".git" ? [dirname(commonDir)] : [])];
}

/** Folders that keys must stay out of when no validator runs: those of `--repo`, of the state, or around here. */
export async function foldersWithoutKeys(
  places: Layout | undefined,
  repo: string | undefined,
  out: string | undefined,
): Promise<readonly string[]> {
  const around = out === undefined ? undefined : repositoryAround(out);
  const own = around === undefined ? [] : [around];
  const path = repo ?? stateRepository(places) ?? repositoryAround(process.cwd());
  return path === undefined ? own : [...own, ...keyFreeFolders(await openRepository(await git(), path))];
}

function stateRepository(places: Layout | undefined): string | undefined {
  try {
    return places === undefined ? undefined : readRepository(places).path;
  } catch {
    // `init` makes the key before it writes repository.json, and names the repository itself.
    return undefined;
  }
}

function git(): Promise<Git> {
  return findGit(process.env["PATH"] ?? "", GIT_PATIENCE_MS);
}

const QUIET_MS = 2000;

/** So many files take longer than anybody waits without a word. */
const MANY_FILES = 2000;

/** A line at once when there is much to do, and every two seconds; a short publication stays silent. */
function patientProgress(log: Log): Progress {
  let last = 0;
  return (done, total) => {
    const now = Date.now();
    if (done === 1) last = total < MANY_FILES ? now : 0;
    if (now - last < QUIET_MS) return;
    last = now;
    log.info({ done, total }, "publishing");
  };
}

/** Aborts on SIGTERM and SIGINT, and when standard input ends if a parent holds its other end. */
export function stopSignal(withParent: boolean): AbortSignal {
  const stop = new AbortController();
  const abort = (): void => stop.abort();
  process.once("SIGTERM", abort);
  process.once("SIGINT", abort);
  // A parent that is gone takes the log's reader with it, too.
  process.stderr.on("error", () => undefined);
  if (withParent) {
    process.stdin.on("end", abort).on("close", abort).on("error", abort).resume();
  }
  return stop.signal;
}
