// Failures: what is thrown when the program, not the caller, is in trouble. Refusals are values (refusal.ts).

export type FailureCode =
  | "canonical_domain"
  | "config_invalid"
  | "exec_failed"
  | "exec_timeout"
  | "exec_overflow"
  | "exchange_damaged"
  | "key_unusable"
  | "repository_unusable"
  | "state_unusable"
  | "storage"
  | "usage";

/**
 * Exit codes of every command: 0 done, 1 refused/tampered/failed, 2 cannot tell (usage, config, missing key),
 * 74 storage failure (sysexits EX_IOERR).
 */
const EXIT: Record<FailureCode, number> = {
  canonical_domain: 1,
  config_invalid: 2,
  exec_failed: 1,
  exec_timeout: 1,
  exec_overflow: 1,
  exchange_damaged: 1,
  key_unusable: 2,
  repository_unusable: 2,
  state_unusable: 2,
  storage: 74,
  usage: 2,
};

/** Thrown with a code, a message that names the thing, and the fix where there is one. */
export class CountersignError extends Error {
  readonly code: FailureCode;
  readonly fix: string | undefined;

  constructor(code: FailureCode, message: string, options: { fix?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "CountersignError";
    this.code = code;
    this.fix = options.fix;
  }

  get exitCode(): number {
    return EXIT[this.code];
  }
}
