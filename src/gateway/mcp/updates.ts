// Tells a client what changed: proposals it subscribed to, and a new manifest.
import type { Server, ServerEvent, ServerEventBus } from "@modelcontextprotocol/server";
import type { Item, News } from "../legs/news.ts";
import type { Hearing } from "./hearing.ts";
import { MANIFEST_URI, patchUri } from "./resources.ts";

export interface UpdateParts {
  /** Undefined where a server lives for one request only: it must not stay subscribed behind its answer. */
  readonly news?: News | undefined;
  readonly hearing: Pick<Hearing, "hears">;
}

/** The subscriptions of one connection of the 2025 revisions; the later one does not reach them. */
export interface Subscriptions {
  readonly subscribe: (uri: string) => void;
  readonly unsubscribe: (uri: string) => void;
}

/** Most addresses that one connection of the 2025 revisions may subscribe to. */
const MAX_SUBSCRIPTIONS = 1024;

/**
 * Revision 2026-07-28 filters by `subscriptions/listen`, which the SDK keeps; before that the subscriptions are ours,
 * and nothing may be sent before the client said that it is initialised.
 */
export function announceChanges(
  server: Server,
  { news, hearing }: UpdateParts,
  era: "legacy" | "modern",
): Subscriptions | undefined {
  if (news === undefined) return undefined;
  const subscribed = new Set<string>();
  let ready = era === "modern";
  if (era === "legacy") {
    server.oninitialized = () => {
      ready = true;
    };
  }
  const wanted = (uri: string): boolean => era === "modern" || subscribed.has(uri);
  const tell = async (item: Item): Promise<void> => {
    const uri = item.kind === "manifest" ? MANIFEST_URI : patchUri(item.id);
    if (!ready || !(item.kind === "manifest" || wanted(uri)) || !(await hearing.hears(item))) return;
    if (item.kind === "manifest") await server.sendResourceListChanged();
    if (wanted(uri)) await server.sendResourceUpdated({ uri });
  };
  const stop = news.listen((item) => {
    // A connection that is closing cannot be told anything; the calls themselves say what is true.
    tell(item).catch(() => undefined);
  });
  // oxlint-disable-next-line unicorn/prefer-add-event-listener -- the SDK's server is no EventTarget
  server.onclose = stop;
  return {
    subscribe: (uri) => void (subscribed.size < MAX_SUBSCRIPTIONS && subscribed.add(uri)),
    unsubscribe: (uri) => void subscribed.delete(uri),
  };
}

/**
 * The same news for one `subscriptions/listen` stream over HTTP. Each stream has a bus of its own that ends with it:
 * what a principal may not hear of is never on it, and no two principals share one. `told` hears of each event.
 */
export function openBus(news: News, { hears }: Pick<Hearing, "hears">, told: () => void): ServerEventBus {
  return {
    // Nothing but the news is ever published.
    publish: () => undefined,
    subscribe: (listener) => {
      let open = true;
      const tell = async (item: Item): Promise<void> => {
        if (!(await hears(item)) || !open) return;
        for (const event of eventsOf(item)) {
          listener(event);
          told();
        }
      };
      // Whoever cannot be judged hears nothing.
      const stop = news.listen((item) => void tell(item).catch(() => undefined));
      return () => {
        open = false;
        stop();
      };
    },
  };
}

function eventsOf(item: Item): readonly ServerEvent[] {
  if (item.kind === "manifest")
    return [{ kind: "resources_list_changed" }, { kind: "resource_updated", uri: MANIFEST_URI }];
  return [{ kind: "resource_updated", uri: patchUri(item.id) }];
}
