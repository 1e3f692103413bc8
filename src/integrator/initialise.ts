// Making the state of a repository: folders, keys, store, configuration; what exists is never overwritten.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { utf8 } from "../core/base/bytes.ts";
import type { PresetName } from "../core/config/schema.ts";
import { CountersignError } from "../core/base/failure.ts";
import { printable } from "../core/base/refusal.ts";
import { run } from "../io/exec/exec.ts";
import { createFile } from "../io/file/durable.ts";
import { ATTESTATION_PUBLIC, type Layout, SEALER_PUBLIC } from "../io/file/layout.ts";
import { acquireLock, type Lock } from "../io/file/lock.ts";
import { createFolders, namespaceName, renderRepository, repositoryName } from "../io/file/state.ts";
import { openStore } from "../io/store/sqlite/open.ts";
import type { Place } from "./context.ts";
import type { World } from "./world.ts";

/** The last file that is written says that everything before it is there. */
export function isInitialised(layout: Layout): boolean {
  return existsSync(layout.repository);
}

/**
 * Make whatever is missing; returns the names of what was made. Several processes may try at once (two clients start
 * `up` on a new repository): one works, the others wait for it.
 *
 * Crash story: every step is create-only and the marker comes last, so that the next run finishes an unfinished one.
 * A store that vanishes later is not made anew by `up`, only by `init`: an empty log must be somebody's decision.
 */
export async function initialise(
  world: World,
  { layout, repository }: Place,
  preset: PresetName,
): Promise<readonly string[]> {
  createFolders(layout);
  const lock = await waitForLock(join(layout.root, "setup.lock"));
  try {
    const made: string[] = [];
    const missing = PUBLIC_HALVES.filter(({ file }) => !existsSync(join(layout.trust, file)));
    if (missing.length > 0) await makeKeys(world, { layout, repository });
    made.push(...missing.map(({ name }) => name));
    if (!existsSync(layout.database)) {
      openStore(layout.database, { clock: world.now, create: true }).close();
      made.push("audit log");
    }
    if (await createFile(layout.config, utf8(configText(preset, repository.gitDir))))
      made.push("configuration");
    if (await createFile(layout.repository, utf8(renderRepository(repository)))) made.push("repository");
    return made;
  } finally {
    lock.release();
  }
}

const LOOKS = 300;
const PAUSE_MS = 100;

async function waitForLock(path: string): Promise<Lock> {
  for (let look = 0; look < LOOKS; look++) {
    const lock = acquireLock(path);
    if (lock !== undefined) return lock;
    await setTimeout(PAUSE_MS);
  }
  throw new CountersignError(
    "state_unusable",
    `another process has been setting up for ${(LOOKS * PAUSE_MS) / 1000} s`,
    { fix: `Find out who holds ${path}.` },
  );
}

const PUBLIC_HALVES = [
  { name: "attestation key", file: ATTESTATION_PUBLIC },
  { name: "sealer key", file: SEALER_PUBLIC },
];

const KEYS_TIMEOUT_MS = 30_000;

/** A child of the validator's wing makes them: this process never has a private key in its memory. */
async function makeKeys(
  world: World,
  { layout, repository }: Pick<Place, "layout" | "repository">,
): Promise<void> {
  const place = ["--state", layout.root, "--repo", repository.path];
  const { code, stderr } = await run({
    file: world.node,
    args: [world.main("validator"), "keys", "new", ...place],
    cwd: layout.root,
    env: { PATH: world.env["PATH"] ?? "" },
    timeoutMs: KEYS_TIMEOUT_MS,
    maxOutputBytes: 65_536,
  });
  if (code === 0) return;
  throw new CountersignError("key_unusable", `keys could not be made: ${printable(stderr.trim())}`, {
    fix: `Run: countersign keys new --state ${layout.root}`,
  });
}

function configText(preset: PresetName, gitDir: string): string {
  return [
    "# The configuration of this repository's countersign: a preset, and what differs from it.",
    `# "countersign config show --origin" prints every key with its value; unknown keys are errors.`,
    `preset = "${preset}"`,
    "",
    "[repository]",
    `name = "${repositoryName(gitDir)}"`,
    "",
    "[namespace] # verdicts and evidence of another one do not count here",
    `name = "${namespaceName(gitDir)}"`,
    "",
    ...yoursToWrite[preset].map((line) => (line === "" ? line : `# ${line}`)),
  ].join("\n");
}

/**
 * Lines that a preset leaves to the person, because nobody else can know them; `init` writes them as comments. Not
 * working values on purpose: what is copied without thought must not open a door.
 */
export const yoursToWrite: Readonly<Record<PresetName, readonly string[]>> = {
  quickstart: [],
  default: [],
  hardened: [
    "[server.http.tls]",
    'cert_file = "tls/cert.pem" # chain, PEM; a relative path begins at the state folder',
    'key_file = "tls/key.pem" # mode 0600, owned by the gateway\'s user',
    "",
    "[[evidence.keys]] # who may say that the tests passed; the private key stays with your CI",
    'name = "ci"',
    'key = "BASE64" # line of: openssl pkey -in ci.key.pem -pubout',
    'checks = ["tests_passed"]',
    "",
    "[[principals]] # one for each caller; countersign token issue makes its tokens",
    'name = "NAME"',
    'roles = ["proposer"]',
    "",
  ],
  "container-prod": [
    "[server.http]",
    "allow_non_loopback = true # or COUNTERSIGN_ALLOW_NON_LOOPBACK=1",
    'public_url = "https://HOST" # as clients write it',
    "",
    "[server.http.proxy]",
    'addresses = ["ADDRESS"] # of the proxy that speaks TLS, as the container sees it',
    'secret = "file:/run/secrets/countersign-proxy" # what it sends in x-countersign-proxy-secret',
    "",
    "[[principals]] # one for each caller; countersign token issue makes its tokens",
    'name = "NAME"',
    'roles = ["proposer"]',
    "",
  ],
};
