// What a tool is: schemas, annotations and a handler that runs only behind the corridor (call.ts).
import type { z } from "zod";
import type { AuditData } from "../../core/audit/entry.ts";
import type { Digest } from "../../core/base/digest.ts";
import type { TraceContext } from "../../core/base/trace-context.ts";
import type { Scope } from "../../core/identity/scope.ts";
import { accept, type Refusal, type Result } from "../../core/base/refusal.ts";
import type { GateView } from "../gates/view.ts";
import { inputRefusal } from "./arguments.ts";

/** Who calls, and how to reach the caller while the call runs. */
export interface Caller {
  readonly principal: string;
  /** What proved the principal; see core/identity/principal.ts. */
  readonly credential: string;
  readonly scope: Scope;
  /** One connection on stdio, one request on HTTP. */
  readonly session: string;
  /** The id that the client gave its request. */
  readonly correlation?: string | undefined;
  /** The trace of the caller that this call belongs to, as it says; nothing is decided by it. */
  readonly trace?: TraceContext | undefined;
  /** Where the call came from, where there is a network: its address, or the one that a proxy of the configuration tells. */
  readonly address?: string | undefined;
  /** Whether what proved the principal still counts, with the same rights. Missing: it cannot be taken away. A throw is a no. */
  stillValid?(): boolean | Promise<boolean>;
  /** Tells the caller how far a long call is; does nothing when nobody asked. */
  progress(message: string): void;
  /** Aborted when the caller gave up or the process stops. */
  readonly signal: AbortSignal;
}

export interface Call extends Caller {
  /** SHA-256 of the canonical arguments: what was evaluated is what is executed. */
  readonly argumentsDigest: Digest;
}

export interface Answer {
  readonly output: Readonly<Record<string, unknown>>;
  /** Facts for the audit entry: digests, ids and counts, never content. */
  readonly audit: AuditData;
  /** Milliseconds of searching or composing, for the caller's budget; never time spent waiting. */
  readonly scanMillis?: number | undefined;
}

/** What a handler says. `recorded`: the refusal was decided, and written to the log, within a transaction of the store. */
export type Ran<T = Answer> =
  | { readonly ok: true; readonly value: T }
  | {
      readonly ok: false;
      readonly refusal: Refusal;
      readonly recorded?: boolean;
      readonly scanMillis?: number | undefined;
      /** Further facts for the entry of the refusal. */
      readonly audit?: AuditData;
      /** Of a gate of the policy that holds: what the caller may learn. */
      readonly gate?: GateView | undefined;
    };

/** The four hints of MCP, all written out: a client takes the worst for one that is missing. */
export interface Annotations {
  readonly readOnlyHint: boolean;
  readonly destructiveHint: boolean;
  readonly idempotentHint: boolean;
  readonly openWorldHint: boolean;
}

/** Changes nothing anywhere. */
export const READS: Annotations = {
  readOnlyHint: true,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: false,
};

/** Arguments that fit the schema, and the handler waiting for the gate. */
export interface Prepared {
  /** What the call is about, for the audit entry. */
  readonly subject: AuditData;
  run(call: Call): Promise<Ran>;
}

export interface Tool {
  /** In kebab-case; presentation may differ. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /**
   * `read` answers are recorded behind the handler, with the digest of the result. A `write` is recorded before its
   * handler runs, and its effect carries an entry of its own.
   */
  readonly effect: "read" | "write";
  readonly annotations: Annotations;
  readonly input: z.ZodType;
  readonly output: z.ZodType;
  prepare(input: unknown): Result<Prepared>;
}

export interface ToolSpec<I extends z.ZodType, O extends z.ZodType> extends Omit<
  Tool,
  "prepare" | "input" | "output"
> {
  readonly input: I;
  readonly output: O;
  subject(input: z.output<I>): AuditData;
  run(
    input: z.output<I>,
    call: Call,
  ): Promise<Ran<{ output: z.input<O>; audit: AuditData; scanMillis?: number | undefined }>>;
}

/** Ties schema and handler together, so that no handler ever meets arguments that were not parsed. */
export function tool<
  I extends z.ZodType,
  O extends z.ZodType<Record<string, unknown>, Record<string, unknown>>,
>(spec: ToolSpec<I, O>): Tool {
  return {
    ...spec,
    prepare(input) {
      const parsed = spec.input.safeParse(input);
      if (!parsed.success) return { ok: false, refusal: inputRefusal(parsed.error) };
      return accept({ subject: spec.subject(parsed.data), run: (call) => spec.run(parsed.data, call) });
    },
  };
}
