// The stdio door: one client on two streams, always the principal that the operator mapped local:stdio to.
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import type { Readable, Writable } from "node:stream";
import { CountersignError } from "../core/base/failure.ts";
import { stdioPrincipal } from "./auth/stdio.ts";
import type { Live } from "./live.ts";
import { type McpParts, mcpServer } from "./mcp/server.ts";
import { StdioWire } from "./mcp/stdio.ts";
import type { Shared } from "./process-parts.ts";
import type { Caller } from "./tools/tool.ts";

export interface StdioDoor {
  close(): Promise<void>;
  /** Hold further input back until then. */
  hold(until: Promise<unknown>): void;
}

export interface StdioStreams {
  readonly input: Readable;
  readonly output: Writable;
}

/** Throws `state_unusable` when nobody is mapped to the caller on stdio. */
export function serveOverStdio(shared: Shared, live: Live, streams: StdioStreams): StdioDoor {
  const { store, news, log, stopping, end } = shared;
  const parts: McpParts = {
    version: shared.version,
    tools: live.service().tools,
    // The corridor and the caller of the configuration that is in force when a call arrives.
    corridor: {
      call: (...call) => live.service().corridor.call(...call),
      reject: (...fault) => live.service().corridor.reject(...fault),
    },
    get who() {
      return callerOnStdio(shared, live);
    },
    news,
    stopping: stopping.signal,
    minProtocol: live.service().setup.config.server.min_protocol,
    reached: (id) => transport.reached(id),
    presented: live.service().presented,
    owns: (id) => store.proposal(id)?.order.principal === parts.who.principal,
  };
  // Before anything is served: a caller that is mapped to nobody is told so at once.
  void parts.who;
  const transport: StdioWire = new StdioWire({
    ...streams,
    minProtocol: parts.minProtocol,
    rejected: (fault) => void parts.corridor.reject(fault.tool ?? "message", fault.refusal, parts.who),
    ending: () => stopping.abort(),
    closed: () => end(0),
  });
  const onerror = (error: Error): void => log.debug({ error }, "protocol");
  const connection = serveStdio(({ era }) => mcpServer(parts, era), { transport, onerror });
  return { close: () => connection.close(), hold: (until) => transport.hold(until) };
}

function callerOnStdio(
  { session, clock }: Shared,
  live: Live,
): Pick<Caller, "principal" | "credential" | "scope" | "session"> {
  const { config } = live.service().setup;
  const found = stdioPrincipal(config, clock());
  if (!found.ok)
    throw new CountersignError("state_unusable", found.refusal.message, { fix: found.refusal.fix });
  const { name: principal, credential, scope } = found.value;
  return { principal, credential, scope, session };
}
