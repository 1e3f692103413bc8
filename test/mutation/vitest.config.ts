// The tests that mutants of core/gate must fail: those of the pure core, without projects, which the runner cannot select.
import { BaseSequencer, type TestSpecification } from "vitest/node";
import { defineConfig } from "vitest/config";

/** Random examples by the ten thousand. Nearly every mutant dies long before, if these come last. */
const HEAVY = /(?:oracle|random|reader|value|decimal|comparator|anchor|signature)\.test\.ts$/;

class QuickFirst extends BaseSequencer {
  override sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): string => `${HEAVY.test(moduleId) ? 1 : 0}${moduleId}`;
    return Promise.resolve(files.toSorted((a, b) => (rank(a) < rank(b) ? -1 : 1)));
  }
}

export default defineConfig({
  test: {
    include: ["test/core/gate/**/*.test.ts"],
    // It reads the source, and the source holds all its mutants at once.
    exclude: ["test/core/gate/evaluate.closure.test.ts"],
    setupFiles: ["test/mutation/setup.ts"],
    sequence: { sequencer: QuickFirst },
    isolate: false, // a process for each file and mutant would take ten times as long
    testTimeout: 60_000,
    // Instrumented code is slower by design; how long it takes is not what a mutant changes.
    testNamePattern: /^(?!.*microseconds)/,
  },
});
