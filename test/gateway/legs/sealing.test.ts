// A gateway whose log is not the one that was sealed: it says so in what is left of it, and ends.
import { afterEach, beforeEach, expect, test } from "vitest";
import { checkpointText, originOf } from "../../../src/core/audit/checkpoint.ts";
import { sha256 } from "../../../src/core/base/digest.ts";
import { type GatewayLab, gatewayLab } from "../../support/gateway.ts";
import { deploymentIn, noteBy } from "../../support/gateway-sealing.ts";
import { signer } from "../../support/published.ts";

let lab: GatewayLab;
beforeEach(async () => {
  lab = await gatewayLab();
});
afterEach(() => lab.stop());

const shardOf = (): string => lab.store.view.shards()[0]!.shard;
const publish = (size: number, by = lab.sealer): Promise<void> => {
  const origin = originOf(deploymentIn(lab), shardOf());
  const text = checkpointText({ origin, size, root: sha256("of another log") });
  return lab.exchange.sealed.putCheckpoint(shardOf(), noteBy(by, text));
};

test.each([
  ["log_cut", 500],
  ["log_replaced", 1],
])("%s: audit.halt stands in the log, and the process ends as for a full disk", async (reason, size) => {
  await publish(size);
  await lab.rounds.once();
  expect(lab.fatal).toMatchObject([{ code: "storage", exitCode: 74 }]);
  const entries = lab.entries().filter(({ event }) => event === "audit.halt");
  expect(entries).toMatchObject([{ data: { reason, shard: shardOf(), sealed: size } }]);
  expect(await lab.gatewayExchange.headRequests.list()).toEqual([]);
});

test("what no sealer signed ends nobody", async () => {
  await publish(500, signer());
  await lab.rounds.once();
  expect(lab.fatal).toEqual([]);
  expect(await lab.gatewayExchange.headRequests.list()).toEqual([shardOf()]);
});
