// Keeping one validator: not beside another, again after a crash with growing pauses, never after the end.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Child } from "../../src/io/exec/child.ts";
import { layout, type Layout } from "../../src/io/file/layout.ts";
import { acquireLock } from "../../src/io/file/lock.ts";
import {
  keepValidator,
  type Keeper,
  startValidator,
  validatorLock,
  watchPulse,
} from "../../src/integrator/supervise.ts";
import { removeScratch, scratch } from "../support/scratch.ts";
import { testWorld } from "../support/world.ts";

let places: Layout;
let keeper: Keeper | undefined;
let starts: { end: (code: number) => void; killed: string[] }[];
let said: string;
beforeEach(() => {
  vi.useFakeTimers();
  places = layout(scratch("supervise"));
  mkdirSync(places.validator);
  starts = [];
  said = "";
});
afterEach(async () => {
  await keeper?.stop();
  keeper = undefined;
  vi.useRealTimers();
  removeScratch(places.root);
});

function child(): Child {
  const { promise: ended, resolve: end } = Promise.withResolvers<number>();
  const killed: string[] = [];
  starts.push({ end, killed });
  const kill = (signal: string): void => {
    killed.push(signal);
    end(128);
  };
  return { pid: starts.length, ended, kill, release: () => undefined, abandon: () => undefined };
}

function keep(): void {
  keeper = keepValidator({
    layout: places,
    start: child,
    now: () => Date.now(),
    say: (text) => void (said += text),
  });
}
const pass = (seconds: number): Promise<unknown> => vi.advanceTimersByTimeAsync(seconds * 1000);

test("starts none while another process holds the lock, and one within a second after it is free", async () => {
  const lock = acquireLock(validatorLock(places));
  keep();
  await pass(5);
  expect(starts).toHaveLength(0);
  lock?.release();
  await pass(1);
  expect(starts).toHaveLength(1);
  await pass(10);
  expect(starts).toHaveLength(1);
});

test("pauses longer after each crash, and says so", async () => {
  keep();
  const moments: number[] = [];
  for (let crash = 0; crash < 7; crash++) {
    moments.push(Date.now());
    starts.at(-1)?.end(1);
    const before = starts.length;
    while (starts.length === before) await pass(1);
  }
  const pauses = moments.slice(1).map((moment, index) => Math.round((moment - (moments[index] ?? 0)) / 1000));
  expect(pauses).toEqual([1, 2, 4, 8, 16, 30].map((pause) => expect.closeTo(pause, -0.4) as number));
  expect(said).toContain("starting it again in 16 s");
});

test("a validator that was faster is no crash", async () => {
  keep();
  starts[0]?.end(75);
  await pass(1);
  expect(starts).toHaveLength(2);
  expect(said).toBe("");
});

test("after the end none is started, and the own one is asked to end", async () => {
  keep();
  await keeper?.stop();
  expect(starts[0]?.killed).toEqual(["SIGTERM"]);
  await pass(60);
  expect(starts).toHaveLength(1);
  expect(said).toBe("");
});

/** A child that not even SIGKILL ends, like a process that waits for a hung disk. */
function undying(done: string[]): Child {
  const note = (what: string) => () => void done.push(what);
  const { promise: ended } = Promise.withResolvers<number>();
  return {
    pid: 1,
    ended,
    kill: (signal) => void done.push(signal),
    release: note("release"),
    abandon: note("abandon"),
  };
}

test("a gateway that does not stir is killed, given up when even that does not end it, and the code is 74", async () => {
  vi.useFakeTimers();
  const done: string[] = [];
  const said: string[] = [];
  const pulse = watchPulse((text) => said.push(text));
  const code = pulse.watch(undying(done));
  for (let second = 0; second < 60; second++) {
    pulse.stirred();
    await vi.advanceTimersByTimeAsync(1000);
  }
  expect(done).toEqual([]);
  await vi.advanceTimersByTimeAsync(20_000);
  expect(await code).toBe(74);
  expect(done.slice(0, 2)).toEqual(["SIGKILL", "abandon"]);
  expect(said).toHaveLength(1);
});

test("a gateway that ends by itself passes its own code on", async () => {
  const only = { ...undying([]), ended: Promise.resolve(3) };
  expect(await watchPulse(() => undefined).watch(only)).toBe(3);
});

// Threat: a validator without them would find every condition on the environment unmet; with all, it would hold a token.
test("a validator is handed the variables that the policy asks for, and no other of the person's", async () => {
  vi.useRealTimers();
  const main = join(places.root, "main.mjs");
  const dump = join(places.root, "env.json");
  writeFileSync(
    main,
    `import { writeFileSync } from "node:fs";\nwriteFileSync(${JSON.stringify(dump)}, JSON.stringify(process.env));\n`,
  );
  const env = { DEPLOY_WINDOW: "open", OTHER_WINDOW: "open", GITHUB_TOKEN: "x", SSH_AUTH_SOCK: "/x" };
  const world = { ...testWorld({ cwd: places.root, env }), main: () => main };
  const asked = ["DEPLOY_WINDOW", "NOT_SET"];
  const setup = { layout: places, config: undefined, set: [], asked };
  expect(await startValidator(world, setup).ended).toBe(0);
  const given = JSON.parse(readFileSync(dump, "utf8")) as Record<string, string>;
  expect(given).toMatchObject({ DEPLOY_WINDOW: "open" });
  const known = new Set(["PATH", "TZ", "LANG", "TMPDIR", "DEPLOY_WINDOW"]);
  expect(Object.keys(given).filter((name) => !known.has(name))).toEqual([]);
});
