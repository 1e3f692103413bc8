// The tests that mutants of core/gate must fail: those of the pure core, without projects, which the runner cannot select.
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: { include: ["test/core/gate/**/*.test.ts"], testTimeout: 60_000 },
});
