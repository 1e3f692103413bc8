// Sources that lie in the process: clock, environment, the validator's checks, the caller's words.
import type { Check } from "../../src/core/attestation/statement.ts";
import { callerProvider } from "../../src/io/evidence/caller.ts";
import { checksProvider } from "../../src/io/evidence/checks.ts";
import { envProvider } from "../../src/io/evidence/env.ts";
import type { CallerFacts } from "../../src/io/evidence/provider.ts";
import { timeProvider } from "../../src/io/evidence/time.ts";
import { hanging, type Source, thrower } from "./row.ts";

const time: Source = {
  provider: "time",
  check: "after",
  params: () => ({ instant: "2000-01-01T00:00:00Z" }),
  expected: true,
  faults: {
    none: { what: "the clock of this machine", outcome: "true", open: () => timeProvider(Date.now) },
    remove: {
      what: "the provider is not listed",
      outcome: "unknown provider_error time_unavailable",
      open: () => undefined,
    },
    corrupt: {
      what: "a clock that shows no time",
      outcome: "unknown provider_error time_clock",
      open: () => timeProvider(() => NaN),
    },
    delay: {
      what: "the provider hangs",
      outcome: "unknown provider_error time_timeout",
      open: () => hanging(timeProvider(Date.now)),
    },
    oversize: {
      what: "an instant of a thousand digits",
      outcome: "unknown provider_error time_instant",
      open: () => timeProvider(Date.now),
      params: { instant: "1".repeat(1000) },
    },
    throw: {
      what: "the clock throws",
      outcome: "unknown provider_error time_failed",
      open: () => timeProvider(thrower),
    },
  },
};

const listed = ["COUNTERSIGN_FAULTS"];
const environment = (value: string): Readonly<Record<string, string | undefined>> => ({
  ...process.env,
  COUNTERSIGN_FAULTS: value,
});

const env: Source = {
  provider: "env",
  check: "get",
  params: () => ({ key: "COUNTERSIGN_FAULTS" }),
  expected: "yes",
  faults: {
    none: {
      what: "the environment of this process",
      outcome: "true",
      open: () => envProvider(listed, environment("yes")),
    },
    remove: {
      what: "the variable is not set",
      outcome: "unknown evidence_missing value_missing",
      open: () => envProvider(listed, process.env),
    },
    corrupt: {
      what: "half a character",
      outcome: "unknown provider_error env_not_text",
      open: () => envProvider(listed, environment("\ud800")),
    },
    delay: {
      what: "the provider hangs",
      outcome: "unknown provider_error env_timeout",
      open: () => hanging(envProvider(listed, environment("yes"))),
    },
    oversize: {
      what: "65,537 bytes",
      outcome: "unknown provider_error env_too_large",
      open: () => envProvider(listed, environment("y".repeat(65_537))),
    },
    throw: {
      what: "the environment throws",
      outcome: "unknown provider_error env_failed",
      open: () => envProvider(listed, new Proxy({}, { getOwnPropertyDescriptor: thrower })),
    },
  },
};

const passed: Check = {
  id: "structure",
  result: "PASSED",
  tool: { name: "countersign", version: "0" },
  findings: [],
};
const checksOf = (...checks: readonly Check[]): ReturnType<typeof checksProvider> =>
  checksProvider(() => ({ checks, protectedPaths: false }));

const checks: Source = {
  provider: "checks",
  check: "result",
  params: () => ({ name: "structure" }),
  expected: "PASSED",
  faults: {
    none: { what: "a check that passed", outcome: "true", open: () => checksOf(passed) },
    remove: {
      what: "no check has run",
      outcome: "unknown provider_error checks_unavailable",
      open: () => checksOf(),
    },
    corrupt: {
      what: "the check has another name",
      outcome: "unknown provider_error checks_unknown",
      open: () => checksOf({ ...passed, id: "structural" }),
    },
    delay: {
      what: "the provider hangs",
      outcome: "unknown provider_error checks_timeout",
      open: () => hanging(checksOf(passed)),
    },
    oversize: {
      what: "two results of one check",
      outcome: "unknown provider_error checks_unknown",
      open: () => checksOf(passed, passed),
    },
    throw: {
      what: "the results throw",
      outcome: "unknown provider_error checks_failed",
      open: () => checksProvider(thrower),
    },
  },
};

const callerOf = (claims: CallerFacts["claims"]): ReturnType<typeof callerProvider> =>
  callerProvider({ principal: "agent", changeType: "refactor", riskLevel: "low", claims }, "validator");
const claim = { name: "tests_passed", value: true };

const caller: Source = {
  provider: "caller",
  check: "claim",
  params: () => ({ name: "tests_passed" }),
  expected: true,
  faults: {
    none: { what: "a claim, where claims count", outcome: "true", open: () => callerOf([claim]) },
    remove: {
      what: "nothing is claimed",
      outcome: "unknown evidence_missing value_missing",
      open: () => callerOf([]),
    },
    corrupt: {
      what: "two claims of one name",
      outcome: "unknown provider_error caller_claim_twice",
      open: () => callerOf([claim, { ...claim, value: false }]),
    },
    delay: {
      what: "the provider hangs",
      outcome: "unknown provider_error caller_timeout",
      open: () => hanging(callerOf([claim])),
    },
    oversize: {
      what: "a text of a million characters",
      outcome: "unknown evidence_type",
      open: () => callerOf([{ ...claim, value: "y".repeat(1_000_000) }]),
    },
    throw: {
      what: "the claims throw",
      outcome: "unknown provider_error caller_failed",
      open: () => callerOf(new Proxy([claim], { get: thrower })),
    },
  },
};

export const memory: readonly Source[] = [time, env, checks, caller];
