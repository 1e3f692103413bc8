// `receipts/`: proofs that the sealed log holds an entry; signed by the sealer within, so that anybody may write them.
import { join } from "node:path";
import { MAX_PROOF_BYTES } from "../../../core/audit/tlog-proof.ts";
import { patchIdSchema } from "../../../core/base/ids.ts";
import { removeFiles, replaceFile } from "../../file/durable.ts";
import { readBounded } from "../../file/read.ts";
import type { ReceiptReader, ReceiptWriter } from "../exchange.ts";
import { namesIn } from "./record.ts";

const PROOF = ".tlog-proof";

export function receiptReader(folder: string): ReceiptReader {
  return {
    async list() {
      const names = (await namesIn(folder)).filter((name) => name.endsWith(PROOF));
      return names.map((name) => name.slice(0, -PROOF.length)).filter(isId);
    },
    async read(id) {
      return isId(id) ? readBounded(join(folder, `${id}${PROOF}`), MAX_PROOF_BYTES) : { kind: "absent" };
    },
  };
}

export function receiptWriter(folder: string): ReceiptWriter {
  return {
    ...receiptReader(folder),
    async put(id, proof) {
      if (isId(id)) await replaceFile(join(folder, `${id}${PROOF}`), proof);
    },
    async remove(id) {
      if (isId(id)) await removeFiles(folder, [`${id}${PROOF}`]);
    },
  };
}

/** Patch ids, incident ids and journal ids are all random UUIDs. */
function isId(name: string): boolean {
  return patchIdSchema.safeParse(name).success;
}
