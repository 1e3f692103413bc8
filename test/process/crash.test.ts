// The short forms of `npm run crash` and `crash:calls`: a few rounds of kill -9 in every test run; the long ones are commands.
import { expect, test } from "vitest";
import { crashCalls, isSound } from "./crash-calls.ts";
import { crashRounds } from "./crash-rounds.ts";

test(
  "what was acknowledged survives kill -9 of gateway, validator and supervisor, exactly once",
  { timeout: 180_000 },
  async () => {
    const report = await crashRounds(12, () => undefined);
    expect(report.acknowledged).toBeGreaterThan(0);
    expect(report).toMatchObject({ lost: [], doubled: [], unsettled: [], auditVerify: 0, seals: [] });
  },
);

test(
  "of sixteen callers at once, no answer is lost, and every write has one outcome or is told at the next start",
  { timeout: 180_000 },
  async () => {
    const report = await crashCalls({ rounds: 25, seconds: 90 }, () => undefined);
    expect(report.acknowledged).toBeGreaterThan(0);
    expect(isSound(report) ? undefined : report).toBeUndefined();
  },
);
