// The supervisor: one validator for each repository, however many `up` there are, and our own gateway child.
import { join } from "node:path";
import { type Child, type ChildProgram, startChild } from "../io/exec/child.ts";
import { isOverride } from "../core/config/overrides.ts";
import { permissionFlags, type Reach } from "../io/file/isolation.ts";
import type { Layout } from "../io/file/layout.ts";
import { isLocked } from "../io/file/lock.ts";
import type { World } from "./world.ts";

/** The validator holds it while it runs. */
export function validatorLock(layout: Layout): string {
  return join(layout.validator, "lock.db");
}

export interface Keeper {
  /** End our validator, if there is one, and stop looking. */
  stop(): Promise<void>;
}

const LOOK_MS = 1000;
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30_000;
/** Who lived this long was not crashing at start; the next pause is short again. */
const HEALTHY_MS = 60_000;
const PATIENCE_MS = 5000;
/** The validator's exit code when somebody else's was faster, or the configuration or a key changed: no failure. */
const ANOTHER_RUNS = 75;

export interface KeeperInput {
  readonly layout: Layout;
  readonly start: () => Child;
  readonly now: () => number;
  readonly say: (text: string) => void;
}

/**
 * Look each second whether a validator holds the lock, and start one when none does. Every `up` does this; the lock
 * decides. Crash story: when the validator or the `up` that started it is killed, the kernel releases the lock, and
 * some `up` sees that within a second. A validator that keeps ending is started again after 1, 2, 4 … 30 seconds.
 */
export function keepValidator({ layout, start, now, say }: KeeperInput): Keeper {
  let child: Child | undefined;
  let pause = FIRST_PAUSE_MS;
  let notBefore = 0;
  let stopping = false;
  const look = (): void => {
    if (stopping || child !== undefined || now() < notBefore || isLocked(validatorLock(layout))) return;
    const started = now();
    const mine = start();
    child = mine;
    void watch(mine, started);
  };
  const watch = async (mine: Child, started: number): Promise<void> => {
    const code = await mine.ended;
    child = undefined;
    if (stopping || code === ANOTHER_RUNS) return;
    if (now() - started > HEALTHY_MS) pause = FIRST_PAUSE_MS;
    say(`The validator ended with code ${code}; starting it again in ${pause / 1000} s.\n`);
    notBefore = now() + pause;
    pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
  };
  look();
  const timer = setInterval(look, LOOK_MS);
  return {
    async stop() {
      stopping = true;
      clearInterval(timer);
      if (child !== undefined) await endChild(child);
    },
  };
}

/** Ask a child to end, and kill it when it does not. */
export async function endChild(child: Child, patience = PATIENCE_MS): Promise<number> {
  child.release();
  child.kill("SIGTERM");
  const late = setTimeout(() => child.kill("SIGKILL"), patience);
  const code = await child.ended;
  clearTimeout(late);
  return code;
}

/** Only what a child needs: no credential, no agent socket, no git setting of the person's session reaches it. */
function childEnvironment(world: World, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => (world.env[name] === undefined ? [] : [[name, world.env[name]]])),
  );
}

/** How the children are to read the configuration: the same for both, or they would not agree on it. */
export interface ChildSetup {
  readonly layout: Layout;
  /** Another configuration file than the one of the state folder. */
  readonly config: string | undefined;
  /** `key=value` flags that override it. */
  readonly set: readonly string[];
  /** Variables that the policy asks for as evidence, and those of secrets that the validator shows to others. */
  readonly asked: readonly string[];
}

function childArguments({ layout, config, set }: ChildSetup): readonly string[] {
  return [
    "--state",
    layout.root,
    ...(config === undefined ? [] : ["--config", config]),
    ...set.flatMap((text) => ["--set", text]),
  ];
}

/** `words`: how it is to run, such as --once. */
export function validatorProgram(world: World, setup: ChildSetup, words: readonly string[]): ChildProgram {
  const overrides = Object.keys(world.env).filter(isOverride);
  return {
    file: world.node,
    // No signal opens a debugger in it: the permission model keeps no neighbour from sending one.
    args: ["--disable-sigusr1", world.main("validator"), "validator", ...childArguments(setup), ...words],
    cwd: setup.layout.root,
    env: childEnvironment(world, ["PATH", "TZ", "LANG", "TMPDIR", ...setup.asked, ...overrides]),
  };
}

export function startValidator(world: World, setup: ChildSetup): Child {
  return startChild(validatorProgram(world, setup, ["--with-parent"]), "leashed");
}

/** So many of our own seconds without a sign of life, and a gateway counts as hung. */
const HUNG_AFTER = 15;

/** Exit code of a storage failure, which a gateway that hangs in a write has met without being able to say so. */
const STORAGE = 74;

export interface Pulse {
  readonly stirred: () => void;
  /** Watch the child from now on. Resolves with its exit code, or with 74 when it hung and was given up. */
  watch(child: Child): Promise<number>;
}

/**
 * A disk that never answers holds the gateway inside fsync: nothing unrecorded leaves it, but nothing ends it either.
 * Seconds are counted by our own ticks, not by the clock, so that a laptop that slept is not taken for a hung disk. A
 * process that waits for a disk does not even die of SIGKILL, so it is killed and then no longer waited for.
 */
export function watchPulse(say: (text: string) => void): Pulse {
  let silent = 0;
  return {
    stirred: () => {
      silent = 0;
    },
    async watch(child) {
      const { promise: lost, resolve: giveUp } = Promise.withResolvers<number>();
      const timer = setInterval(() => {
        silent += 1;
        if (silent === HUNG_AFTER) {
          say(`The gateway has not stirred for ${HUNG_AFTER} s (a hung disk?); it is stopped.\n`);
          child.kill("SIGKILL");
        }
        if (silent <= HUNG_AFTER) return;
        child.abandon();
        giveUp(STORAGE);
      }, LOOK_MS);
      const code = await Promise.race([child.ended, lost]);
      clearInterval(timer);
      return silent >= HUNG_AFTER ? STORAGE : code;
    },
  };
}

export interface GatewaySetup extends ChildSetup {
  readonly reach: Reach;
  /** Its whole environment. */
  readonly env: Readonly<Record<string, string>>;
}

/** The gateway gets node's permission flags; neither the repository's path nor a PATH. */
export function gatewayProgram(world: World, setup: GatewaySetup, words: readonly string[]): ChildProgram {
  const { layout, reach, env } = setup;
  return {
    file: world.node,
    args: [
      ...permissionFlags(layout, world.root, reach),
      world.main("gateway"),
      "gateway",
      ...childArguments(setup),
      ...words,
    ],
    cwd: layout.root,
    env,
  };
}

/** With our standard streams. */
export function startGateway(
  world: World,
  setup: GatewaySetup & { readonly door: "stdio" | "http" },
  stirred: () => void,
): Child {
  return startChild(gatewayProgram(world, setup, [`--${setup.door}`, "--pulse"]), "attached", stirred);
}
