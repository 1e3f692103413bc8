// Reads side by side share one fsync, unless what one of them uses up decides about the next.
import { expect, test } from "vitest";
import type { Store } from "../../../src/io/store/store.ts";
import { noBudget } from "../../support/credentials.ts";
import { type GatewayLab, gatewayLab } from "../../support/gateway.ts";

test("reads share a transaction; those of a caller with a budget wait for what the ones before used up", async () => {
  let own: Store | undefined;
  const lab = await gatewayLab({ store: (real) => ((own = real), real) });
  await lab.publish({ "a.ts": "one\n" });
  await lab.shelf.refresh();
  const transactions = async (caller: ReturnType<GatewayLab["as"]>): Promise<number> => {
    const before = own?.numbers().commits ?? { transactions: 0, works: 0 };
    const reads = Array.from({ length: 16 }, () => lab.code("read-file", { path: "a.ts" }, caller));
    // No code: an answer.
    expect(await Promise.all(reads)).toEqual(reads.map(() => undefined));
    const after = own?.numbers().commits ?? before;
    expect(after.works - before.works).toBe(16);
    return after.transactions - before.transactions;
  };
  // The first read of a file looks for flags, and takes longer.
  await lab.call("read-file", { path: "a.ts" });
  expect(await transactions(lab.as("free"))).toBe(1);
  expect(await transactions(lab.as("spender", { budget: { ...noBudget, bytes: 1_000_000 } }))).toBe(4);
  await lab.stop();
});
