// Who watches calls from beside: metrics, alerts and traces hear how a call came out, and can change nothing of it.
import type { Reason } from "../../core/base/reason.ts";
import type { TraceContext } from "../../core/base/trace-context.ts";
import type { Store, Submission } from "../../io/store/store.ts";
import type { Denial, OwnCorridor } from "../tools/call.ts";
import type { Tool } from "../tools/tool.ts";

/** Nothing that an agent wrote: a tool of the table, a code of the catalogue. */
export interface SeenCall {
  /** In kebab-case; `unknown` for what is none. */
  readonly tool: string;
  readonly outcome: "allowed" | "refused" | "fault";
  readonly reason: Reason | "none";
  readonly millis: number;
  readonly trace: TraceContext | undefined;
}

export type GuardSeen = "passed" | "flagged" | "bypassed" | "blocked";

export interface Listener {
  call?(seen: SeenCall): void;
  guard?(how: GuardSeen): void;
  /** The door refused somebody before there was a call. */
  access?(reason: Reason): void;
}

export interface Observer extends Required<Listener> {
  listen(listener: Listener): void;
}

/** `failed`: a listener threw. Seeing is no reason for a call to fail, nor for another listener not to be told. */
export function openObserver(failed: (error: unknown) => void): Observer {
  const listeners: Listener[] = [];
  const tell = (how: (listener: Listener) => void): void => {
    for (const listener of listeners) {
      try {
        how(listener);
      } catch (error) {
        failed(error);
      }
    }
  };
  return {
    listen: (listener) => void listeners.push(listener),
    call: (seen) => tell((listener) => listener.call?.(seen)),
    guard: (how) => tell((listener) => listener.guard?.(how)),
    access: (reason) => tell((listener) => listener.access?.(reason)),
  };
}

interface Around {
  readonly observer: Observer;
  readonly tools: ReadonlyMap<string, Tool>;
  /** Milliseconds of a clock that nobody sets. */
  readonly ticks: () => number;
}

/** The same corridor, seen from outside: from the arrival of a call to its answer. */
export function observed(corridor: OwnCorridor, { observer, tools, ticks }: Around): OwnCorridor {
  const toolOf = (name: string): string => tools.get(name)?.name ?? "unknown";
  const refused = (name: string, denial: Denial, began: number, trace?: TraceContext): void => {
    const { kind, refusal } = denial;
    if (refusal.code === "guard_flagged") observer.guard("blocked");
    observer.call({
      tool: toolOf(name),
      outcome: kind,
      reason: refusal.code,
      millis: ticks() - began,
      trace,
    });
  };
  return {
    ...corridor,
    async call(name, args, caller) {
      const began = ticks();
      const outcome = await corridor.call(name, args, caller);
      if (outcome.kind !== "answer") refused(name, outcome, began, caller.trace);
      else {
        const millis = ticks() - began;
        observer.call({
          tool: toolOf(name),
          outcome: "allowed",
          reason: "none",
          millis,
          trace: caller.trace,
        });
      }
      return outcome;
    },
    stopped: () => corridor.stopped(),
    reject(what, said, caller, gate) {
      const began = ticks();
      const denial = corridor.reject(what, said, caller, gate);
      refused(what, denial, began, caller.trace);
      return denial;
    },
  };
}

/** What the guard found of proposals that were taken; what it refused never gets here. */
export function guardSeen<S extends Pick<Store, "submit">>(store: S, observer: Observer): S {
  const submit: Store["submit"] = (allowed, submission) => {
    const result = store.submit(allowed, submission);
    if (result.kind === "accepted") observer.guard(howOf(submission));
    return result;
  };
  return { ...store, submit };
}

function howOf({ note: { data } }: Submission): GuardSeen {
  const { guard } = data;
  return guard === "flagged" || guard === "bypassed" ? guard : "passed";
}
