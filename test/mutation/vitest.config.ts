// The tests that mutants of core/gate must fail: those of the pure core, without projects, which the runner cannot select.
import { defineConfig } from "vitest/config";

/** Random examples by the ten thousand; only for mutants that everything else missed. */
const HEAVY = ["oracle", "random", "reader", "value", "decimal", "comparator", "instants", "anchor"].map(
  (name) => `test/core/gate/**/*${name}.test.ts`,
);
/** It reads the source, and the source holds all its mutants at once. */
const SCAN = "test/core/gate/evaluate.closure.test.ts";

export default defineConfig({
  test: {
    include: ["test/core/gate/**/*.test.ts"],
    exclude: process.env["MUTATION_TESTS"] === "quick" ? [SCAN, ...HEAVY] : [SCAN],
    setupFiles: ["test/mutation/setup.ts"],
    isolate: false, // a process for each file and mutant would take ten times as long
    testTimeout: 60_000,
  },
});
