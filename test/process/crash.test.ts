// The short form of `npm run crash`: a few rounds of kill -9 in every test run; the long form is a command.
import { expect, test } from "vitest";
import { crashRounds } from "./crash-rounds.ts";

test(
  "what was acknowledged survives kill -9 of gateway, validator and supervisor, exactly once",
  { timeout: 180_000 },
  async () => {
    const report = await crashRounds(12, () => undefined);
    expect(report.acknowledged).toBeGreaterThan(0);
    expect(report).toMatchObject({ lost: [], doubled: [], unsettled: [], auditVerify: 0 });
  },
);
