// What is built of one configuration: shelf, tools and corridor. A changed configuration makes a new one, whole.
import type { PatchId } from "../core/base/ids.ts";
import { compileGuard } from "../core/content/guard.ts";
import { scannerOf } from "../core/secrets/find.ts";
import type { Setup } from "../io/file/config.ts";
import { guardSeen, observed } from "./alerts/observer.ts";
import { type Gates, openGates } from "./gates/gates.ts";
import { openServed } from "./manifest/served.ts";
import { openShelf, type Shelf } from "./manifest/shelf.ts";
import { halt, type Shared } from "./process-parts.ts";
import { openCorridor, type OwnCorridor } from "./tools/call.ts";
import { othersOf, type Serving } from "./tools/others.ts";
import { presented, toolTable } from "./tools/table.ts";
import type { Tool } from "./tools/tool.ts";

export interface Service {
  readonly setup: Setup;
  readonly shelf: Shelf;
  /** By presented name; without the tools that this configuration hides. */
  readonly tools: ReadonlyMap<string, Tool>;
  readonly corridor: OwnCorridor;
  readonly gates: Gates;
  readonly presented: (tool: string) => string;
}

export interface ServiceParts {
  readonly shared: Shared;
  /** Undefined before the first one is. */
  readonly inForce: () => Serving | undefined;
  /** A proposal moved: start the hand-over at once. */
  readonly kick: () => void;
  /** A caller is over its limit: hold its further input back, where there is a way to. */
  readonly flooded: () => void;
}

export function openService({ shared, inForce, kick, flooded }: ServiceParts, setup: Setup): Service {
  const shelf = openManifests(shared, setup);
  const { clock, news, pause, exchange, newId, log } = shared;
  const { config, protect } = setup;
  const gates = openGates({ ...shared, setup });
  const store = guardSeen(shared.store, shared.observer);
  const tools = toolTable({
    config,
    protect,
    scanner: scannerOf(setup.rules.secrets),
    guard: compileGuard(setup.rules.guard),
    shelf,
    store,
    clock,
    news,
    pause,
    newId,
    gates,
    inForce: () => othersOf(inForce() ?? { setup, gates }),
    served: openServed(exchange.published, config),
    orders: exchange.orders,
    incidents: exchange.incidents,
    verdicts: exchange.verdicts,
    kick: telling(news, kick),
  });
  const fatal = halt.bind(undefined, shared);
  const { max_call_bytes: maxCallBytes } = config.proposal;
  const { incidents } = exchange;
  const corridor = openCorridor({ tools, gates, store, log, clock, maxCallBytes, incidents, fatal, flooded });
  return {
    setup,
    shelf,
    tools,
    corridor: observed(corridor, { ...shared, tools }),
    gates,
    presented: (tool) => presented(tool, config.server.tools.name_style),
  };
}

function telling(news: Shared["news"], kick: () => void): (id: PatchId) => void {
  return (id) => {
    news.tell({ kind: "patch", id });
    kick();
  };
}

function openManifests({ exchange, keys, record, news, log }: Shared, setup: Setup): Shelf {
  const expected = { keys, repository: setup.config.repository.name, policy: setup.policy };
  return openShelf(exchange.published, expected, {
    received({ digest, manifest }) {
      const { commit, policy, entries } = manifest;
      record("manifest.received", { manifest: digest, commit, policy, entries: entries.length });
      news.tell({ kind: "manifest" });
    },
    refused(digest, { code, message, where, ref }) {
      record("manifest.refused", { manifest: digest, reason: code, where, ref });
      log.warn({ manifest: digest, code, ref, why: message }, "a manifest was refused");
      news.tell({ kind: "manifest" });
    },
  });
}
