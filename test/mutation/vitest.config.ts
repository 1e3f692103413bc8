// The tests that mutants of core/gate must fail: those of the pure core, without projects, which the runner cannot select.
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/core/gate/**/*.test.ts"],
    // It reads the source, and the source holds all its mutants at once.
    exclude: ["test/core/gate/evaluate.closure.test.ts"],
    setupFiles: ["test/mutation/setup.ts"],
    isolate: false, // a process for each file and mutant would take ten times as long
    testTimeout: 60_000,
    // Instrumented code is slower by design; how long it takes is not what a mutant changes.
    testNamePattern: /^(?!.*microseconds)/,
  },
});
