// The promises about the log itself, its months, seals and readers, with their tests: data only.
import { core, gateway, integrator, io, process, row, type Row } from "./row.ts";

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
  I25: row(
    "Entries reach a SIEM at least once, whatever becomes of it or of us, and a log that does not hold reaches nobody.",
    process(
      "audit-ship",
      "an entry that was %s, nor any behind it: exit 1",
      "a log that was set back: ROLLBACK, also when it has grown again",
      "each record is the exact line, with the hash that names it",
      "are not shipped with a key that does not open them, nor with none",
      "the secret in a URL and the token are told to nobody",
    ),
    process(
      "audit-ship-sinks",
      "keeps what came and hangs up: the same comes again",
      "is down when we start, comes up, goes down, comes up",
      "is slow: it has all the same come to everything",
      "kill -9 of ship at any moment",
      "memory does not grow with what is waiting",
    ),
    core("audit/ship", "a log that was shipped from, and"),
    core("config/rules-ship", "%s is no destination", "%s: the token %s"),
  ),
  I26: row(
    "Numbers for Prometheus come from loopback, for one token, with labels that no agent can add to.",
    gateway("http/metrics-door", "%s is refused with %s", "the page, under %s"),
    gateway(
      "metrics/registry",
      "I26: a flood of hostile names, reasons and arguments leaves the set of labels as it is",
    ),
    core("config/rules-seen", "%s is a fault"),
    process("alerts", "a scrape: by token, bounded, and behind the gateway's walls"),
  ),
  I27: row(
    "A silent validator, a log without seal, refused calls and the like are told once, in the log, by a signed message and by the doctor.",
    core("alert/signs", "%s is raised at %s, and not before", "raised once, cleared once"),
    gateway("alerts/watch", "of two gateways of one state one tells, and the other one knows"),
    io(
      "alerts/webhook",
      "what is sent is the turn, the deployment, and a signature over time and bytes that others can check",
      "after %s the message waits, and nothing overtakes it",
    ),
    integrator(
      "doctor/alerts",
      "%s, raised by a gateway and still so or not to be seen, is told with its fix",
    ),
    process(
      "alerts",
      "I27: a validator that stops is told within the interval, once, everywhere; and so is its return",
      "what the webhook does not take waits on the disk for the next gateway, and no call waits for it",
    ),
    process("alerts-stdio", "its alerts wait in the outbox, and doctor --deliver brings them"),
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
