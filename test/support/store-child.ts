// A process that writes into a store until it is told or killed; prints the number of each entry once it is durable.
import { writeSync } from "node:fs";
import { openStore } from "../../src/io/store/sqlite/open.ts";
import { note } from "./proposals.ts";

const [path = "", count = "Infinity", name = "child", from = "", began = ""] = process.argv.slice(2);
/** With `from`: the clock said so when the real one said `began`. */
const clock = from === "" ? Date.now : () => Number(from) + Date.now() - Number(began);
const store = openStore(path, { clock, create: true });
for (let n = 0; n < Number(count); n++) {
  const entry = store.record(note("call.allowed", { writer: name, n }));
  // Past every buffer of ours: what was printed was acknowledged.
  writeSync(1, `${entry.seq}\n`);
}
store.close();
