// A process that waits for a word and then exchanges one refresh token; prints what became of it.
import { once } from "node:events";
import { openStore } from "../../src/io/store/sqlite/open.ts";
import { credential, token } from "./credentials.ts";
import { note, NOON } from "./proposals.ts";

const [path = "", old = "0", first = "0"] = process.argv.slice(2);
const store = openStore(path, { clock: () => NOON });
process.stdout.write("ready\n");
await once(process.stdin, "data");
const now = Number(first);
const { id, sha256 } = token(Number(old));
// The family of the test is named after its first token.
const family = id;
const fresh = [credential(now, { kind: "access", family }), credential(now + 1, { kind: "refresh", family })];
const { kind } = store.refresh(
  id,
  sha256,
  fresh,
  note("token.refreshed"),
  note("token.revoked", { reason: "reuse" }),
);
process.stdout.write(`${kind}\n`);
store.close();
process.exit(0);
