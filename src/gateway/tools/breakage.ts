// A call that failed inside: nothing is disclosed, it is recorded as a refusal, and a failed store ends everything.
import { CountersignError } from "../../core/base/failure.ts";
import { type Refusal, refusal } from "../../core/base/refusal.ts";
import { traceFacts } from "../../core/base/trace-context.ts";
import type { Log } from "../../io/log/log.ts";
import type { Store } from "../../io/store/store.ts";
import { measure } from "./arguments.ts";
import { isStorage, Uncounted } from "./ledger.ts";
import { note, refused, shown, type Who } from "./notes.ts";

interface BreakageParts {
  readonly log: Log;
  readonly store: Pick<Store, "record">;
}

/** What is answered once the store failed, and ever after. */
export type Breakage = "internal" | "limiter_unavailable";

/** What was asked for, and failed; `args` where it was a call. */
export interface Failing {
  readonly name: string;
  readonly args?: unknown;
  readonly caller: Who;
}

/** Any throw is a no, and is recorded, with the digest by which the outcome of a write is found. Returns the failure of the store, when it was that. */
export function failed(
  parts: BreakageParts,
  { name, args, caller }: Failing,
  error: unknown,
  said: Refusal,
): CountersignError | undefined {
  const trace = traceFacts(caller.trace);
  parts.log.error({ error, ref: said.ref, tool: shown(name), ...trace }, "a call failed");
  if (error instanceof Uncounted) return error.failure;
  if (isStorage(error)) return error;
  try {
    const measured = measure(args);
    const digest = measured.ok ? { arguments_sha256: measured.value.digest } : {};
    parts.store.record(note("call.refused", caller, { tool: shown(name), ...digest, ...refused(said) }));
    return undefined;
  } catch (cause) {
    return isStorage(cause)
      ? cause
      : new CountersignError("storage", "a refusal could not be recorded", { cause });
  }
}

export function broken(name: string, code: Breakage): Refusal {
  const message =
    code === "internal"
      ? "something failed inside; nothing was disclosed"
      : "the call could not be counted and recorded; nothing was disclosed";
  return refusal(code, message, shown(name));
}
