// Opening the exchange in a folder, once for each wing: each gets writers for its own places and readers for the rest.
import { join } from "node:path";
import { gatewayPlaces } from "../../file/layout.ts";
import { makeFolder, storage, sweepTemps, syncPath } from "../../file/durable.ts";
import type { GatewayExchange, IntegratorExchange, ValidatorExchange } from "../exchange.ts";
import { headRequestReader, headRequestWriter, sealedReader, sealedWriter } from "./heads.ts";
import { incidentReader, incidentWriter, journalReader, journalWriter } from "./incidents.ts";
import { landingReader, landingWriter } from "./landings.ts";
import { orderReader, orderWriter } from "./orders.ts";
import { publishedReader, publishedWriter } from "./published.ts";
import { receiptReader, receiptWriter } from "./receipts.ts";
import { verdictReader, verdictWriter } from "./verdicts.ts";
import { watchPlaces } from "./watch.ts";

/**
 * Gateway: writes `orders/`, `heads/requests/` and `receipts/`, reads the rest. Each of these three functions creates only the folders that its wing
 * writes, sweeps what crashed writers left there, and throws `storage` when that is not possible.
 */
export async function gatewayExchange(root: string): Promise<GatewayExchange> {
  await ownPlaces(root, gatewayPlaces);
  return {
    published: publishedReader(join(root, "published")),
    orders: orderWriter(join(root, "orders")),
    verdicts: verdictReader(join(root, "verdicts")),
    landings: landingReader(join(root, "landings")),
    headRequests: headRequestWriter(join(root, "heads", "requests")),
    sealed: sealedReader(join(root, "heads", "sealed")),
    receipts: receiptWriter(join(root, "receipts")),
    incidents: incidentReader(join(root, "incidents")),
    journal: journalReader(join(root, "journal")),
    watch: watchPlaces(root, ["published", "verdicts", "landings", "heads/sealed/*", "incidents", "journal"]),
  };
}

/** Validator: writes `published/`, `verdicts/` and `heads/sealed/`, reads `orders/` and `heads/requests/`. */
export async function validatorExchange(root: string): Promise<ValidatorExchange> {
  await ownPlaces(root, ["published", "published/manifests", "published/blobs", "verdicts", "heads/sealed"]);
  return {
    published: publishedWriter(join(root, "published")),
    orders: orderReader(join(root, "orders")),
    verdicts: verdictWriter(join(root, "verdicts")),
    headRequests: headRequestReader(join(root, "heads", "requests")),
    sealed: sealedWriter(join(root, "heads", "sealed")),
    watch: watchPlaces(root, ["orders"]),
    watchRequests: watchPlaces(root, ["heads/requests"]),
  };
}

/** Integrator: writes `landings/`, `incidents/` and `journal/`, reads the rest. */
export async function integratorExchange(root: string): Promise<IntegratorExchange> {
  await ownPlaces(root, ["landings", "incidents", "journal"]);
  return {
    published: publishedReader(join(root, "published")),
    orders: orderReader(join(root, "orders")),
    verdicts: verdictReader(join(root, "verdicts")),
    landings: landingWriter(join(root, "landings")),
    sealed: sealedReader(join(root, "heads", "sealed")),
    receipts: receiptReader(join(root, "receipts")),
    incidents: incidentWriter(join(root, "incidents")),
    journal: journalWriter(join(root, "journal")),
  };
}

/** Creates, sweeps and makes durable the folders of one writer; a file in a folder that is lost is lost too. */
async function ownPlaces(root: string, places: readonly string[]): Promise<void> {
  for (const place of places) {
    const folder = join(root, place);
    await makeFolder(folder);
    await sweepTemps(folder);
    await storage(folder, () => syncPath(folder));
  }
  await storage(root, () => syncPath(root));
}
