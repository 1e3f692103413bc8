// Whether this gateway can do its work: asked by load balancers, so it says which part ails and nothing else.
import type { Config } from "../core/config/schema.ts";
import type { Passage } from "../core/identity/allowlist.ts";
import type { Store } from "../io/store/store.ts";
import type { Readiness } from "./http/parts.ts";
import type { Shelf } from "./manifest/shelf.ts";

export interface ReadyParts {
  readonly store: Pick<Store, "credential">;
  /** The database file can be opened by this process now; the open one may have been taken away. */
  readonly reachable: () => boolean;
  readonly shelf: () => Pick<Shelf, "open">;
  readonly network: () => Config["network"];
  /** The allow-list's decision about an address. */
  readonly allowed: (address: string) => Passage;
  /** As long as a failed write stopped everything. */
  readonly stopping: AbortSignal;
}

/** No token has this id. */
const NO_ID = "0".repeat(16);
/** RFC 5737: documentation addresses call nobody; only the list's own state matters here. */
const NOBODY = "192.0.2.1";

export function readiness(parts: ReadyParts): Readiness {
  const found = {
    store: storeState(parts),
    manifest: parts.shelf().open().ok ? "ok" : "not published yet",
    ...(parts.network().allowlist_file === "" ? {} : { allowlist: listState(parts) }),
    ...(parts.stopping.aborted ? { process: "stopping" } : {}),
  };
  return { ok: Object.values(found).every((state) => state === "ok"), parts: found };
}

function storeState({ store, reachable }: ReadyParts): string {
  try {
    store.credential(NO_ID);
    return reachable() ? "ok" : "unavailable";
  } catch {
    return "unavailable";
  }
}

function listState({ allowed }: ReadyParts): string {
  const passage = allowed(NOBODY);
  return passage.ok || passage.status !== 503 ? "ok" : "stale";
}
