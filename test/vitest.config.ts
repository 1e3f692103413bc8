// Four projects: unit (same paths as src), contract (one suite, every adapter), process (real programs), house (rules).
import { defineConfig } from "vitest/config";

/** A developer's own git configuration (hooks, signing, autocrlf, templates) must not decide a test. */
const env = { GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" };

const MINUTES = 60_000;

const project = (name: string, folders: string, patience?: number) => ({
  test: {
    name,
    env,
    globalSetup: ["test/support/run.ts"],
    setupFiles: ["test/support/file-end.ts"],
    include: [`test/${folders}/**/*.test.ts`],
    ...(patience === undefined ? {} : { testTimeout: patience, hookTimeout: patience }),
  },
});

export default defineConfig({
  test: {
    maxWorkers: 2, // spawned programs need cores too, and a starved one looks like a hanging one
    projects: [
      // No test waits for a time to pass: this only tells a hanging one from one on a busy machine.
      project("unit", "{core,io,gateway,validator,integrator}", MINUTES / 2),
      project("contract", "contract"),
      project("process", "{process,invariants,corpora}", 2 * MINUTES),
      project("house", "house", 2 * MINUTES),
    ],
  },
});
