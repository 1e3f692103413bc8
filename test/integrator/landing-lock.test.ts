// The lock of landings: nobody else reads it, and who gets it waits for a git that was told to commit.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type LandingLock, takeLandingLock } from "../../src/integrator/landing-lock.ts";
import { processOf } from "../../src/io/exec/alive.ts";
import { type Layout, layout } from "../../src/io/file/layout.ts";
import { removeScratch, scratch } from "../support/scratch.ts";

let places: Layout;
let child: ChildProcess;
beforeEach(() => {
  places = layout(scratch("landing-lock"));
  child = spawn("sleep", ["60"], { stdio: "ignore" });
});
afterEach(() => {
  child.kill("SIGKILL");
  removeScratch(places.root);
});

const note = (): string => join(places.integrator, "landing.lock.git");
const take = (): Promise<LandingLock> => takeLandingLock(places, { millis: 500, waiting: () => undefined });
async function write(text: string): Promise<void> {
  mkdirSync(places.integrator, { recursive: true });
  writeFileSync(note(), text);
}

test("a git that still commits is waited for, and its note stays until it is gone", async () => {
  const lock = await take();
  await lock.committing(processOf(child.pid ?? 0));
  lock.release();
  expect(existsSync(note())).toBe(true);
  await expect(take()).rejects.toMatchObject({ code: "state_unusable" });
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
  (await take()).release();
  expect(existsSync(note())).toBe(false);
});

test.each([
  ["that is torn: nobody was told to commit behind it", () => '{"pid":1,"bo'],
  [
    "of a number that another process has now",
    () => JSON.stringify({ ...processOf(child.pid ?? 0), born: "1" }),
  ],
  [
    "of another container, once git had its time",
    () => JSON.stringify({ pid: 1, born: "1", space: "pid:[1]" }),
  ],
])("a note %s keeps nobody out", async (_what, text) => {
  await write(text());
  (await take()).release();
  (await take()).release();
});

test("it is for its owner alone: who may read it could hold it", async () => {
  (await take()).release();
  const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8);
  expect([mode(places.integrator), mode(join(places.integrator, "landing.lock"))]).toEqual(["700", "600"]);
});
