// The stdio door: one client on two streams, always the principal that the operator mapped local:stdio to.
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import type { Readable, Writable } from "node:stream";
import { CountersignError } from "../core/base/failure.ts";
import { stdioPrincipal } from "./auth/stdio.ts";
import type { Live } from "./live.ts";
import { openHearing } from "./mcp/hearing.ts";
import { isCharged } from "./mcp/message.ts";
import { type McpParts, mcpServer } from "./mcp/server.ts";
import { StdioWire } from "./mcp/stdio.ts";
import type { Service } from "./service.ts";
import type { Shared } from "./process-parts.ts";
import type { Caller } from "./tools/tool.ts";
import { openUncharged } from "./tools/uncharged.ts";

export interface StdioDoor {
  close(): Promise<void>;
  /** Hold further input back until then. */
  hold(until: Promise<unknown>): void;
  /** Throws when nobody is mapped to the caller any more. Nothing is to be put in place. */
  follow(service: Service): undefined;
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
    get tools() {
      return live.service().tools;
    },
    // Tools, corridor and caller of the configuration that is in force when a call arrives.
    corridor: {
      call: (...call) => live.service().corridor.call(...call),
      reject: (...fault) => live.service().corridor.reject(...fault),
      stopped: () => live.service().corridor.stopped(),
    },
    get who() {
      const who = callerOnStdio(shared, live.service());
      return { ...who, stillValid: () => isStill(shared, live.service(), who) };
    },
    news,
    stopping: stopping.signal,
    minProtocol: live.service().setup.config.server.min_protocol,
    reached: (id) => transport.reached(id),
    presented: (tool) => live.service().presented(tool),
    hearing: openHearing({ service: () => live.service(), store, who: () => parts.who }),
  };
  // Before anything is served: a caller that is mapped to nobody is told so at once.
  void parts.who;
  const transport: StdioWire = new StdioWire({
    ...streams,
    minProtocol: parts.minProtocol,
    rejected: (fault) => void parts.corridor.reject(fault.tool ?? "message", fault.refusal, parts.who),
    delivering: slowing(shared, live, (until) => transport.hold(until)),
    ending: () => stopping.abort(),
    closed: () => end(0),
  });
  const onerror = (error: Error): void => log.debug({ error }, "protocol");
  const connection = serveStdio(({ era }) => mcpServer(parts, era), { transport, onerror });
  return {
    close: () => connection.close(),
    hold: (until) => transport.hold(until),
    follow: (service) => void callerOnStdio(shared, service),
  };
}

/** Milliseconds without input after a message over the limit: nothing is refused, so there is nothing to record. */
const FLOOD_PAUSE = 1000;

/** Hears of each message, and holds the next one back when there were too many that are no calls. */
function slowing(
  { clock, pause, stopping }: Shared,
  live: Live,
  hold: StdioDoor["hold"],
): (message: unknown) => void {
  const uncharged = openUncharged(clock);
  return (message) => {
    if (isCharged(message)) return;
    const found = stdioPrincipal(live.service().setup.config, clock());
    const over = found.ok && uncharged.wait({ principal: found.value.name, scope: found.value.scope }) > 0;
    if (over) hold(pause(FLOOD_PAUSE, stopping.signal));
  };
}

/** Another entry than the one that a call began under may see less. */
function isStill(
  { clock }: Shared,
  { setup }: Service,
  { principal, scope }: Pick<Caller, "principal" | "scope">,
): boolean {
  const found = stdioPrincipal(setup.config, clock());
  return found.ok && found.value.name === principal && found.value.scope.id === scope.id;
}

/**
 * Whoever is on stdio is asked for at each request: an entry can expire, and a changed configuration can take it away.
 * Then nobody is calling any more: that is recorded, and the process ends. Throws `state_unusable`.
 */
function callerOnStdio(
  { session, clock, record, end }: Shared,
  { setup }: Service,
): Pick<Caller, "principal" | "credential" | "scope" | "session"> {
  const found = stdioPrincipal(setup.config, clock());
  if (!found.ok) {
    const { code, ref, message, fix } = found.refusal;
    record("access.refused", { reason: code, ref, door: "stdio" });
    end(2);
    throw new CountersignError("state_unusable", message, { fix });
  }
  const { name: principal, credential, scope } = found.value;
  return { principal, credential, scope, session };
}
