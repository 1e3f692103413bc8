// Waiting for the seal on a verdict; where nobody serves, gateway and validator are run once for it.
import { accessSync, constants } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { unended, unrevoked } from "../core/attestation/key-life.ts";
import { type EntryReading, readReceiptLine } from "../core/audit/receipt.ts";
import { CountersignError } from "../core/base/failure.ts";
import type { PatchId } from "../core/base/ids.ts";
import { printable } from "../core/base/refusal.ts";
import { deploymentOf } from "../core/config/deployment.ts";
import { type Program, run } from "../io/exec/exec.ts";
import type { Setup } from "../io/file/config.ts";
import { evidenceNames, gatewayEnvironment, reachOf } from "../io/file/isolation.ts";
import { roleKeys } from "../io/file/keyring.ts";
import { type Layout, SEALER_KEY } from "../io/file/layout.ts";
import { isLocked } from "../io/file/lock.ts";
import { outgoingNames } from "../io/secrets/resolve.ts";
import { auditKeysIfThere } from "./audit-keys.ts";
import type { Context } from "./context.ts";
import { isOfEndedKey, type SealTerms } from "./git/sealed.ts";
import { suppliedSecrets } from "./secrets.ts";
import { type ChildSetup, gatewayProgram, validatorLock, validatorProgram } from "./supervise.ts";
import type { World } from "./world.ts";

/**
 * What a receipt is opened under for a landing, as the operator's folder and the clock say now. Throws `key_unusable`
 * without a sealer's key.
 */
export async function sealTerms(world: World, { trust }: Layout, { config }: Setup): Promise<SealTerms> {
  const known = unrevoked(roleKeys(trust, "sealer"));
  const living = new Set(unended(known, world.now()));
  const bytesOf = (isLiving: boolean): readonly Uint8Array[] =>
    known.filter((key) => living.has(key) === isLiving).map(({ publicKey }) => publicKey);
  const { keys, why } = await auditKeysIfThere(world, config);
  const read = (line: string): EntryReading => readReceiptLine(line, keys, why);
  return { deployment: deploymentOf(config), sealers: bytesOf(true), ended: bytesOf(false), read };
}

const POLL_MS = 100;
/** Who serves seals each second; only what takes longer is worth a process of our own, and a word about it. */
const PATIENCE_POLLS = 20;
/** The validator's exit code when somebody else's was faster: that one seals. */
const ANOTHER_RUNS = 75;

/**
 * Returns when the verdict has its receipt, or when nobody made one within `audit.seal_wait_seconds`: the gate says what
 * that means. What it runs it waits for; their failures are told in a line each, and are no failure of the command.
 */
export async function awaitSeal(
  world: World,
  context: Settling,
  id: PatchId,
  config: string | undefined,
): Promise<void> {
  const terms = await sealTerms(world, context.layout, context.setup);
  const isThere = async (): Promise<boolean> => {
    const found = await context.exchange.receipts.read(id);
    return found.kind === "found" ? !isOfEndedKey(found.bytes, terms) : found.kind !== "absent";
  };
  return awaitSealed(world, context, { what: "the seal on the verdict", isThere }, config);
}

export type Settling = Pick<Context, "layout" | "exchange" | "setup">;

/** What is waited for; `what` is for people. */
export interface Awaited {
  readonly what: string;
  readonly isThere: () => Promise<boolean>;
}

/** The same for anything else that only a seal brings. */
export async function awaitSealed(
  world: World,
  { layout, setup }: Settling,
  { what, isThere }: Awaited,
  config: string | undefined,
): Promise<void> {
  const { seal_wait_seconds: seconds } = setup.config.audit;
  const hands = openHands(world, { layout, setup, config });
  const telling = setTimeout(() => world.terminal.err(`Waiting for ${what} …\n`), TELL_AFTER_MS);
  try {
    if (!(await isThere()) && !isServed(layout)) await hands.all();
    for (let poll = 1; poll <= (seconds * 1000) / POLL_MS; poll++) {
      if (await isThere()) return;
      // The validator may be somebody's service, and the gateway's client gone: then requests and receipts wait for a gateway.
      if (poll % PATIENCE_POLLS === 0) await hands.gateway();
      await sleep(POLL_MS);
    }
  } finally {
    clearTimeout(telling);
  }
}
const TELL_AFTER_MS = 2000;

/** A validator's lock that this user may not look at is another user's: theirs is the sealing, and there is only waiting for it. */
function isServed(layout: Layout): boolean {
  try {
    return isLocked(validatorLock(layout));
  } catch (cause) {
    if (cause instanceof CountersignError) return true;
    throw cause;
  }
}

interface Hands {
  readonly gateway: () => Promise<void>;
  /** What the log has to the sealer, the sealer, and its checkpoint back to receipts. */
  readonly all: () => Promise<void>;
}

function openHands(
  world: World,
  { layout, setup: { config }, config: file }: { layout: Layout; setup: Setup; config: string | undefined },
): Hands {
  const asked = [...evidenceNames(config), ...outgoingNames(config)];
  const children: ChildSetup = { layout, config: file, set: [], asked };
  const most = config.audit.seal_wait_seconds * 1000;
  const told = new Set<string>();
  const once = async (who: string, program: () => Promise<Omit<Program, "timeoutMs">>): Promise<void> => {
    const why = await fault(async () => ({ ...(await program()), timeoutMs: most }));
    if (why === undefined || told.has(why)) return;
    told.add(why);
    world.terminal.err(`The ${who} could not be run for the seal: ${why}\n`);
  };
  const gateway = async (): Promise<void> => {
    if (!may(layout.database, constants.R_OK | constants.W_OK)) return;
    await once("gateway", async () => {
      const env = gatewayEnvironment(config, { ...world.env, ...(await suppliedSecrets(world, config)) });
      const reach = { ...reachOf(layout, file, config, "stdio"), network: false };
      return gatewayProgram(world, { ...children, reach, env }, ["--settle"]);
    });
  };
  return {
    gateway,
    async all() {
      if (!may(layout.database, constants.R_OK | constants.W_OK)) return;
      if (!may(join(layout.keys, SEALER_KEY), constants.R_OK)) return;
      await gateway();
      await once("validator", () => Promise.resolve(validatorProgram(world, children, ["--once"])));
      await gateway();
    },
  };
}

/** Why it did not end well, in one line; undefined when it did. */
async function fault(program: () => Promise<Program>): Promise<string | undefined> {
  try {
    const { code, stderr } = await run({ ...(await program()), maxOutputBytes: MAX_OUTPUT });
    if (code === 0 || code === ANOTHER_RUNS) return undefined;
    const [last = ""] = stderr
      .trim()
      .split("\n")
      .filter((line) => !line.startsWith("{"))
      .slice(-1);
    return printable(`it ended with code ${code}: ${last}`);
  } catch (cause) {
    if (cause instanceof CountersignError) return printable(cause.message);
    throw cause;
  }
}
const MAX_OUTPUT = 4_194_304;

function may(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}
