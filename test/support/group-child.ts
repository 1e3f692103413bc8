// A process in which sixteen callers record side by side; each prints the number of its call once that is durable.
import { writeSync } from "node:fs";
import { openStore } from "../../src/io/store/sqlite/open.ts";
import { costing } from "./credentials.ts";
import { note } from "./proposals.ts";

const [path = "", rounds = "Infinity"] = process.argv.slice(2);
const CALLERS = 16;

const store = openStore(path, { clock: Date.now });
const cost = costing({ perMinute: 1_000_000 });
for (let round = 0; round < Number(rounds); round++) {
  const calls = Array.from({ length: CALLERS }, async (_, caller) => {
    const n = round * CALLERS + caller;
    await store.recordCall(cost, note("call.allowed", { n }), () => note("call.refused", { n }));
    // Past every buffer of ours: what was printed was acknowledged.
    writeSync(1, `${n}\n`);
  });
  await Promise.all(calls);
}
store.close();
