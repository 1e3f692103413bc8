// W3C Trace Context, level 1: which trace of the caller a call belongs to. A name to find it by, and never a reason for anything.

export interface TraceContext {
  /** 32 lower-case hexadecimal characters, not all zero. */
  readonly traceId: string;
  /** 16 of them: the caller's own span. */
  readonly spanId: string;
  readonly sampled: boolean;
}

/** Longest value that is looked at: later versions may be longer than the 55 characters of this one. */
const MAX_CHARS = 256;
const FORM = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/s;

/**
 * What a `traceparent` says (§3.2), or undefined for what is none: it is then as if nothing had been sent. Of a higher
 * version the parts of version 00 are read, and what follows them is left alone (§4.3).
 */
export function parseTraceparent(value: unknown): TraceContext | undefined {
  if (typeof value !== "string" || value.length > MAX_CHARS) return undefined;
  const [, version, traceId, spanId, flags, more] = FORM.exec(value) ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  if (version === "00" && more !== undefined) return undefined;
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

/** For an audit entry or a line of the log. */
export function traceFacts(trace: TraceContext | undefined): { trace_id?: string; span_id?: string } {
  return trace === undefined ? {} : { trace_id: trace.traceId, span_id: trace.spanId };
}
