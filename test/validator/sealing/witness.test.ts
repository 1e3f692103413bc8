// Checkpoints in verdicts: a sealer that lost everything else is told by them that it signed more.
import { expect, test } from "vitest";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { checkpointFacts } from "../../../src/core/audit/checkpoint.ts";
import { sha256 } from "../../../src/core/base/digest.ts";
import type { Order } from "../../../src/core/proposal/order.ts";
import { order } from "../../support/proposals.ts";
import { publishedState, signer } from "../../support/published.ts";
import { removeScratch } from "../../support/scratch.ts";
import { leaves, request, SHARD } from "../../support/sealer.ts";
import { sealerOf } from "../../support/gateway-sealing.ts";
import { gatewayExchange } from "../../../src/io/exchange/files/open.ts";

test.each([
  ["of our own key", true, "SEALER_ROLLED_BACK"],
  ["of a stranger", false, null],
])("a verdict %s with a larger checkpoint", async (_, own, trouble) => {
  const state = await publishedState();
  const gateway = await gatewayExchange(state.layout.exchange);
  const first = await sealerOf(state);
  await gateway.headRequests.put(request(leaves(300)));
  await first.look(true);
  const auditCheckpoint = checkpointFacts(first.latest()!);
  const judged: Order = order(1);
  await state.judge(judged, { predicate: { auditCheckpoint }, ...(own ? {} : { signer: signer() }) });
  rmSync(state.layout.sealer, { recursive: true });
  rmSync(join(state.layout.exchange, "heads/sealed", SHARD), { recursive: true });
  const second = await sealerOf(state);
  expect(second.standing().trouble).toBe(trouble);
  if (own) {
    // Another log of the same length is not the one that was sealed.
    await gateway.headRequests.put(request([...leaves(299), sha256("another")]));
    await second.look(true);
    expect([second.latest(), second.standing().trouble]).toEqual([undefined, trouble]);
  }
  await gateway.headRequests.put(request(leaves(310)));
  for (let look = 0; look < 2; look++) await second.look(true);
  expect([second.latest()?.size, second.standing().trouble]).toEqual([310, null]);
  removeScratch(state.layout.root);
});
