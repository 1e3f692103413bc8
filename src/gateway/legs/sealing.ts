// Sealing seen from the gateway, as one step of a round: look at what is sealed, file receipts, ask for the rest.
import type { TrustedKey } from "../../core/attestation/key.ts";
import type { Actor } from "../../core/audit/entry.ts";
import { CountersignError } from "../../core/base/failure.ts";
import type { Clock } from "../../core/base/time.ts";
import type { GatewayExchange } from "../../io/exchange/exchange.ts";
import type { Log } from "../../io/log/log.ts";
import type { Store } from "../../io/store/store.ts";
import { openHeads } from "./heads.ts";
import { openReceipts } from "./receipts.ts";
import { type Contradiction, openSealedLog } from "./sealed.ts";

export interface SealingParts {
  readonly store: Pick<Store, "proposal" | "record" | "view">;
  readonly exchange: Pick<
    GatewayExchange,
    "headRequests" | "sealed" | "receipts" | "verdicts" | "incidents" | "journal"
  >;
  readonly deployment: string;
  /** Public keys of the sealer as they are now. */
  readonly sealers: () => readonly TrustedKey[];
  readonly clock: Clock;
  readonly log: Log;
  readonly actor: Actor;
}

/**
 * True when there is more to do at once. Throws `storage` when the sealer signed what is not in our log: then this log was
 * cut or replaced, nothing that is written behind it proves anything, and the process ends like one that cannot write it.
 */
export function openSealing(parts: SealingParts): () => Promise<boolean> {
  const { store, exchange, deployment, sealers, clock, log } = parts;
  const { sealed, headRequests: requests } = exchange;
  const { view } = store;
  const look = openSealedLog({ view, sealed, deployment, sealers, log });
  const receipts = openReceipts({ ...exchange, store, deployment, sealers, clock });
  const ask = openHeads({ view, requests, sealed, clock });
  return async () => {
    const found = await look();
    if (found.kind === "contradiction") throw contradicted(parts, found);
    const urgent = await receipts(found.shards);
    await ask(found.shards, urgent);
    return found.more;
  };
}

/** The entry stays behind in what is left of the log; whoever verifies that finds it, and the contradiction. */
function contradicted({ store, actor }: SealingParts, found: Contradiction): CountersignError {
  const { reason, shard, sealed, entries } = found;
  store.record({ event: "audit.halt", actor, data: { reason, shard, sealed, entries } });
  const what = reason === "log_cut" ? `has ${entries} entries` : "has other entries";
  return new CountersignError(
    "storage",
    `the sealer signed ${sealed} entries of the log of ${shard}, and the store ${what}: it was cut or replaced`,
    {
      fix: "Stop everything, and look at it with countersign audit verify. Restore the store that was sealed. Without it, keep this state folder as evidence and begin in a new one (countersign init --state DIR).",
    },
  );
}
