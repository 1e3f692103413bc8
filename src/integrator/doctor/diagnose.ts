// The doctor's judgement: facts in, findings out; gathers nothing and changes nothing, so that a table can test it.
import type { PresetName } from "../../core/config/schema.ts";
import { alertFindings, type AlertsSeen } from "./alerts.ts";
import { capabilities, capabilityFinding, type RightsFacts } from "./capabilities.ts";
import { type DoorFacts, doorFindings } from "./door.ts";
import { exposedFinding } from "./exposed.ts";
import { fail, type Finding, octal, ok, warn } from "./finding.ts";
import { type GateFacts, gateFindings } from "./gates.ts";
import { keyLifeFindings, type KeysFact } from "./keys.ts";
import { type ScanningFacts, scanningFindings } from "./scanning.ts";

export interface PathFact {
  /** What it is, for people: "private key". */
  readonly name: string;
  readonly path: string;
  /** Undefined when it is not there. */
  readonly mode: number | undefined;
  readonly uid: number | undefined;
}

/** Outcome of trying something: fine, with a detail; missing; or broken, with the reason. */
export type Tried =
  | { readonly kind: "fine"; readonly detail: string }
  | { readonly kind: "missing" }
  | { readonly kind: "broken"; readonly why: string };

/** Not for this user to see, which is as it should be where the users are separate. */
export interface Hidden {
  readonly kind: "hidden";
}

export interface Facts {
  readonly node: string;
  readonly git: string | undefined;
  readonly uid: number | undefined;
  readonly stateRoot: string;
  /** The state folder lies in the work tree or the git folder. */
  readonly stateInside: boolean;
  /** File system of the state folder, as statfs(2) names it. */
  readonly fileSystem: "tmpfs" | "network" | "local" | "unknown";
  readonly folders: readonly PathFact[];
  readonly privateKey: PathFact;
  readonly trustKey: Tried;
  /** Undefined when the configuration is at fault. */
  readonly keys: KeysFact | undefined;
  readonly config: Tried;
  /** Files of the configuration, and folders on the way to them, that others may write. */
  readonly exposed: readonly string[];
  readonly sharedUser: "warn" | "refuse" | undefined;
  readonly store: Tried | Hidden;
  readonly landings: Tried;
  readonly repository: PathFact;
  readonly manifest: Tried;
  /** The published commit is the one that the served branch points to; undefined when either is unknown. */
  readonly manifestCurrent: boolean | undefined;
  readonly validatorRuns: boolean | undefined;
  /** Undefined when the configuration is at fault. */
  readonly door: DoorFacts | undefined;
  /** Undefined when the configuration is at fault. */
  readonly gates: GateFacts | undefined;
  /** Undefined when the configuration is at fault. */
  readonly scanning: ScanningFacts | undefined;
  readonly rights: RightsFacts;
  /** Undefined when the configuration is at fault. */
  readonly alerts: AlertsSeen | undefined;
}

export function diagnose(facts: Facts): readonly Finding[] {
  return [
    nodeFinding(facts.node),
    gitFinding(facts.git),
    facts.stateInside
      ? fail(
          "state-place",
          `the state folder ${facts.stateRoot} lies inside the repository`,
          "Move it out, and run countersign init again.",
        )
      : ok("state-place", `state is in ${facts.stateRoot}, outside the repository`),
    fileSystemFinding(facts.fileSystem, facts.door?.preset),
    ...facts.folders.map(folderFinding),
    ...ownKeys(facts),
    tried("config", "configuration", facts.config, "Correct it; countersign config check lists every fault."),
    exposedFinding(facts.exposed),
    tried(
      "store",
      "audit log and store",
      facts.store,
      "Run countersign audit verify; restore the state folder, or run countersign init if there never was one.",
    ),
    tried(
      "exchange",
      "landings folder",
      facts.landings,
      "Make exchange/landings writable for the person who integrates.",
    ),
    ownerFinding(facts.repository, facts.uid),
    manifestFinding(facts),
    validatorFinding(facts.validatorRuns),
    usersFinding(facts),
    capabilityFinding(capabilities(facts.rights), facts.sharedUser),
    ...(facts.scanning === undefined ? [] : scanningFindings(facts.scanning)),
    ...(facts.gates === undefined ? [] : gateFindings(facts.gates)),
    ...(facts.door === undefined ? [] : doorFindings(facts.door)),
    ...(facts.alerts === undefined ? [] : alertFindings(facts.alerts)),
  ];
}

function ownKeys({ privateKey, trustKey, keys }: Facts): readonly Finding[] {
  return [
    keyFinding(privateKey),
    tried("trust-key", "public key", trustKey, "Run countersign init."),
    ...(keys === undefined ? [] : keyLifeFindings(keys)),
  ];
}

const OLDEST_NODE = [24, 11] as const;

function nodeFinding(version: string): Finding {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const good = major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1]);
  return good
    ? ok("node", `node ${version}`)
    : fail("node", `node ${version} is too old`, `Install node ${OLDEST_NODE.join(".")} or newer.`);
}

/** The patch release of each line in which `git apply` stopped following links out of the tree (CVE-2023-25652, CVE-2023-23946). */
const PATCHED: Readonly<Record<string, number>> = {
  "2.31": 8,
  "2.32": 7,
  "2.33": 8,
  "2.34": 8,
  "2.35": 8,
  "2.36": 6,
  "2.37": 7,
  "2.38": 5,
  "2.39": 3,
  "2.40": 1,
};

function gitFinding(version: string | undefined): Finding {
  if (version === undefined)
    return fail("git", "git was not found on the PATH", "Install git 2.31 or newer.");
  const [major = 0, minor = 0, patch = 0] = version.split(".").map(Number);
  if (major < 2 || (major === 2 && minor < 31))
    return fail("git", `git ${version} is too old`, "Install git 2.31 or newer.");
  if (major === 2 && patch < (PATCHED[`2.${minor}`] ?? 0)) {
    return warn(
      "git",
      `git ${version} is older than the security release of its line`,
      "Update git; a distribution may have patched it under this number.",
    );
  }
  return ok("git", `git ${version}`);
}

function fileSystemFinding(kind: Facts["fileSystem"], preset: PresetName | undefined): Finding {
  if (kind === "tmpfs") {
    const message = "the state folder is in memory: keys and audit log are lost at the next restart";
    // A container that forgets its log and its revocations at each restart looks healthy until somebody asks.
    return preset === "container-prod"
      ? fail("file-system", message, "Mount a volume for it.")
      : warn("file-system", message, "Put it on a disk with --state DIR.");
  }
  if (kind === "network")
    return fail(
      "file-system",
      "the state folder is on a network file system, where locks and SQLite are not safe",
      "Put it on a local disk with --state DIR.",
    );
  return ok(
    "file-system",
    kind === "local"
      ? "the state folder is on a local disk"
      : "the kind of the state folder's disk is not known",
  );
}

function folderFinding({ name, path, mode }: PathFact): Finding {
  const id = `mode-${name}`;
  if (mode === undefined) return fail(id, `${path} is missing`, "Run countersign init.");
  if ((mode & 0o002) !== 0)
    return fail(id, `${path} is writable by everybody (mode ${octal(mode)})`, `chmod o-rwx ${path}`);
  if ((mode & 0o005) !== 0)
    return warn(id, `${path} is readable by everybody (mode ${octal(mode)})`, `chmod o-rwx ${path}`);
  return ok(id, `${name} folder has mode ${octal(mode)}`);
}

function keyFinding({ path, mode }: PathFact): Finding {
  // On a machine of several users the person cannot see the key, which is as it should be.
  if (mode === undefined)
    return warn(
      "private-key",
      `${path} is not there, or not for this user to see`,
      "If this user runs the validator: countersign keys new.",
    );
  if ((mode & 0o077) !== 0)
    return fail(
      "private-key",
      `the private key has mode ${octal(mode)}; others can read it`,
      `chmod 600 ${path}, and make a new key if somebody may have read it.`,
    );
  return ok("private-key", `private key has mode ${octal(mode)}`);
}

function ownerFinding({ path, uid, mode }: PathFact, us: number | undefined): Finding {
  if (mode === undefined)
    return fail("repository", `${path} is gone`, "Put it back, or run countersign init --repo DIR.");
  if (us === undefined || uid === us) return ok("repository", `${path} belongs to you`);
  return warn(
    "repository",
    `${path} belongs to user ${uid ?? "unknown"}, you are ${us}`,
    "Landing needs write access to its git folder; integrate as its owner.",
  );
}

function manifestFinding({ manifest, manifestCurrent }: Facts): Finding {
  if (manifest.kind === "missing")
    return warn("manifest", "nothing is published yet", "Start the validator: countersign up --repo DIR");
  if (manifest.kind === "broken")
    return fail(
      "manifest",
      `the published manifest does not verify: ${manifest.why}`,
      "Do not serve it. Find out who changed it, and let the validator publish again.",
    );
  if (manifestCurrent === false)
    return warn(
      "manifest",
      `${manifest.detail} is not the branch's newest commit`,
      "Start the validator: countersign up --repo DIR",
    );
  return ok("manifest", `${manifest.detail} is published and verified`);
}

function validatorFinding(runs: boolean | undefined): Finding {
  if (runs === undefined)
    return warn("validator", "whether a validator runs cannot be seen by this user", "");
  return runs
    ? ok("validator", "a validator is running")
    : warn("validator", "no validator is running; proposals wait", "Start one: countersign up --repo DIR");
}

/** With one user for everything, the walls between the processes are those of this program and of node. */
function usersFinding({ privateKey, uid, sharedUser }: Facts): Finding {
  const shared = uid !== undefined && privateKey.uid === uid;
  if (!shared) return ok("users", "the private key belongs to another user than you");
  const message =
    "gateway, validator and you are one operating-system user: only node's permission model keeps the gateway from the key";
  const fix = "Fine for one person's desktop. For more, give gateway and validator users of their own.";
  return sharedUser === "refuse" ? fail("users", message, fix) : warn("users", message, fix);
}

function tried(id: string, name: string, outcome: Tried | Hidden, fix: string): Finding {
  if (outcome.kind === "fine") return ok(id, `${name}: ${outcome.detail}`);
  if (outcome.kind === "hidden")
    return warn(
      id,
      `${name}: not for this user to see`,
      "Run the doctor as the user whose it is to know more.",
    );
  return fail(id, outcome.kind === "missing" ? `${name}: missing` : `${name}: ${outcome.why}`, fix);
}
