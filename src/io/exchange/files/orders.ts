// `orders/`: proposals for the validator and the notes that close them, one writer (the gateways of one store).
import { join } from "node:path";
import { utf8 } from "../../../core/base/bytes.ts";
import { canonical } from "../../../core/base/canonical.ts";
import { CountersignError } from "../../../core/base/failure.ts";
import type { PatchId } from "../../../core/base/ids.ts";
import { closureSchema, MAX_ORDER_BYTES, orderSchema } from "../../../core/proposal/order.ts";
import { makeFolder, moveFile, removeFiles, replaceFile, storage, syncPath } from "../../file/durable.ts";
import { readBounded } from "../../file/read.ts";
import type { OrderReader, OrderWriter } from "../exchange.ts";
import { closureName, MAX_CLOSURE_BYTES, orderName, patchIdOf } from "./names.ts";
import { namesIn, readRecord } from "./record.ts";

/** Below `orders/`, the only folder that the gateway writes; its name is no order's. */
const QUARANTINE = "quarantine";

export function orderReader(folder: string): OrderReader {
  return {
    async list() {
      return (await namesIn(folder)).flatMap((name) => patchIdOf(name, ".json") ?? []);
    },
    async read(id) {
      return readRecord(
        join(folder, orderName(id)),
        MAX_ORDER_BYTES,
        orderSchema,
        (order) => order.patch_id === id,
      );
    },
    async closure(id) {
      const path = join(folder, closureName(id));
      return readRecord(path, MAX_CLOSURE_BYTES, closureSchema, (closure) => closure.patch_id === id);
    },
  };
}

export function orderWriter(folder: string): OrderWriter {
  return {
    ...orderReader(folder),
    async put(order) {
      await putSame(folder, orderName(order.patch_id), canonical(orderSchema.parse(order)), MAX_ORDER_BYTES);
    },
    async close(closure) {
      await putSame(
        folder,
        closureName(closure.patch_id),
        canonical(closureSchema.parse(closure)),
        MAX_CLOSURE_BYTES,
      );
    },
    async quarantine(id) {
      const aside = join(folder, QUARANTINE);
      await makeFolder(aside, 0o700);
      await moveFile(join(folder, orderName(id)), join(aside, orderName(id)), 0o600);
    },
    /** The order goes first: an order must never be seen without the closure that forbids landing it. */
    async remove(id: PatchId) {
      await removeFiles(folder, [orderName(id), closureName(id)]);
    },
  };
}

/**
 * Handing over is at-least-once: a second delivery of the same bytes leaves the file as it is and only makes sure that
 * it is durable (the first one may have died before that). Other bytes are replaced: the store says what is right.
 */
async function putSame(folder: string, name: string, text: string, maxBytes: number): Promise<void> {
  const bytes = utf8(text);
  // No reader would take it, so the proposal would hang for ever without anybody hearing of it.
  if (bytes.length > maxBytes)
    throw new CountersignError(
      "exchange_damaged",
      `${name} would be larger than its readers accept (${maxBytes} bytes)`,
    );
  const path = join(folder, name);
  const there = readBounded(path, maxBytes);
  if (there.kind !== "found" || !Buffer.from(there.bytes).equals(bytes)) return replaceFile(path, bytes);
  await storage(path, async () => {
    await syncPath(path);
    await syncPath(folder);
  });
}
