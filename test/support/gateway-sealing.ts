// A real sealer over the exchange of a gateway in a test, and a log that is only a list of leaves.
import { join } from "node:path";
import { noteKey, renderNote } from "../../src/core/audit/note.ts";
import { parseCheckpointText } from "../../src/core/audit/checkpoint.ts";
import { utf8 } from "../../src/core/base/bytes.ts";
import { deploymentOf } from "../../src/core/config/deployment.ts";
import type { Digest } from "../../src/core/base/digest.ts";
import { loadSetup, packageRoot } from "../../src/io/file/config.ts";
import { openLog } from "../../src/io/log/log.ts";
import type { LogView } from "../../src/io/store/store.ts";
import { openMemory } from "../../src/validator/sealing/memory.ts";
import { Sealer } from "../../src/validator/sealing/sealer.ts";
import type { PublishedState, Signer } from "./published.ts";

/** Signs a checkpoint's text, as the sealer would; whatever it says. */
export function noteBy(signer: Signer, text: string): Uint8Array {
  const name = parseCheckpointText(text)?.origin ?? "unknown";
  const { id } = noteKey(name, signer.trusted.publicKey);
  return renderNote({ text, signatures: [{ name, id, signature: signer.sign(utf8(text)) }] });
}

export function deploymentIn(state: Pick<PublishedState, "layout">): string {
  return deploymentOf(loadSetup(state.layout, packageRoot()).config);
}

/** The sealer of a state folder; `look(true)` seals what is requested. */
export async function sealerOf(state: PublishedState): Promise<Sealer> {
  const { trusted } = state.sealer;
  return Sealer.open({
    memory: await openMemory(join(state.layout.sealer)),
    hand: { key: trusted, unfit: () => undefined, sign: (text) => noteBy(state.sealer, text) },
    exchange: state.exchange,
    deployment: deploymentIn(state),
    sealers: [trusted],
    attesters: [state.signer.trusted],
    pace: { seconds: 1, entries: 1000 },
    clock: Date.now,
    log: openLog("error", { write: () => undefined }),
  });
}

export interface ListedShard {
  readonly shard: string;
  leaves: readonly Digest[];
  closed: boolean;
}

/** What a log would say that has exactly these leaves. */
export function viewOver(shards: readonly ListedShard[]): LogView {
  return {
    shards: () =>
      shards.map(({ shard, leaves, closed }, at) => {
        const first = shards.slice(0, at).reduce((sum, one) => sum + one.leaves.length, 0);
        return { shard, first, entries: leaves.length, closed };
      }),
    leaves: (shard, from, count) =>
      shards.find((one) => one.shard === shard)?.leaves.slice(from, from + count) ?? [],
    about: () => [],
  };
}
