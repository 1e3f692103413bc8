// Tells a client what changed: proposals it subscribed to, and a new manifest.
import type { Server } from "@modelcontextprotocol/server";
import type { PatchId } from "../../core/base/ids.ts";
import type { Item, News } from "../legs/news.ts";
import { MANIFEST_URI, patchUri } from "./resources.ts";

export interface UpdateParts {
  readonly news: News;
  /** Whether the principal may hear of this patch. */
  readonly owns: (patchId: PatchId) => boolean;
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
  { news, owns }: UpdateParts,
  era: "legacy" | "modern",
): Subscriptions {
  const subscribed = new Set<string>();
  let ready = era === "modern";
  if (era === "legacy") {
    server.oninitialized = () => {
      ready = true;
    };
  }
  const updated = async (uri: string): Promise<void> => {
    if (era === "modern" || subscribed.has(uri)) await server.sendResourceUpdated({ uri });
  };
  const tell = async (item: Item): Promise<void> => {
    if (!ready) return;
    if (item.kind === "manifest") {
      await server.sendResourceListChanged();
      await updated(MANIFEST_URI);
    } else if (owns(item.id)) await updated(patchUri(item.id));
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
