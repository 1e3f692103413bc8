// The promises about the log itself, its months, seals and readers, with their tests: data only.
import { core, gateway, io, process, row, type Row } from "./row.ts";

export const auditRows: Readonly<Record<string, Row>> = {
  I23: row(
    "An encrypted log holds no word in the clear, binds each line to its place, and starts under no key but its own.",
    process(
      "audit-encrypted",
      "a gateway does not start, writes nothing, and names audit.encryption_key",
      "a literal of 63 characters, found by config check as well",
      "goes through a proposal and its verdict, and holds no word in the clear, in the file or beside it",
      "goes on under a new key, and both are read; without the old one nothing starts",
      "two lines swapped are found without the key, and nothing starts on them",
    ),
    core(
      "audit/sealed-line",
      "two lines swapped, with their numbers",
      "vectors of another implementation",
      "a key that is not at hand is another matter than a false line",
    ),
    io("secrets/audit-keys", "refused, naming the place"),
  ),
  P11: row(
    "The entry of a proposal says who, when, in which roles, under which policy and about which files; that of a verdict how each check came out.",
    gateway(
      "tools/propose-patch",
      "P11: the entry of a proposal says in which roles, under which policy and about which files",
    ),
    gateway("legs/intake", "an approval, once, with the digest of the signed statement"),
  ),
  P12: row(
    "Each month is a shard of its own, and the first entry of the next one fixes every entry of it.",
    io(
      "store/sqlite/audit-log",
      "the last millisecond belongs to the old month, the next one opens another",
      "the file verifies from outside, shard by shard",
      "over the border: the month stays, and it is said once",
    ),
    io(
      "store/sqlite/open.processes",
      "three processes write across the end of a month, one is killed there: one border, and the chain holds",
    ),
    core("audit/chain.shards", "a border that is bent"),
  ),
  P13: row(
    "No statement changes or removes an entry, and there is no operation that does.",
    io(
      "store/sqlite/open",
      "P13: the log refuses to be changed, by any statement",
      "also by the shell of SQLite",
    ),
  ),
};
