// The promises about the log itself, its months, seals and readers, with their tests: data only.
import { core, gateway, integrator, io, process, row, type Row, validator } from "./row.ts";

export const auditRows: Readonly<Record<string, Row>> = {
  I22: row(
    "A key signs for its time only, and is exchanged without a stop; what it signed in its time is verified for ever.",
    validator("main", "a rotation while it runs ends it with 75; started again it signs under the new key"),
    validator(
      "serve.keys",
      "a key that ends while it runs: nothing is published or judged, and that is said once, with the fix",
      "a key that ends between two orders holds the second one back",
    ),
    validator(
      "signing/rotate",
      "leaves a key that signs and is believed; the next run finishes and begins nothing",
      "killed with -9 wherever it is, the state works, and the next run finishes",
      "destroys the old private half: its bytes are overwritten before the name goes",
    ),
    validator("signing/key-words", "the key in use is given up, and signs no more"),
    validator("signing/living", "91 days later", "when one key is to sign both, without a record as well"),
    gateway(
      "legs/intake.keys",
      "of a time behind the end of its key",
      "a rotation while the gateway runs: verdicts of the old key and of the new one are taken in",
    ),
    integrator(
      "commands/integrate.keys",
      "of a key that was revoked since",
      "that landed 91 days ago is verified, and says that the key has expired since",
    ),
    integrator("commands/keys", "of both keys; the log names the old ones, and why"),
    core("gate/signature.vectors", "each case has a name of its own"),
  ),
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
    gateway(
      "http/metrics-door",
      "%s is refused with %s",
      "the page, under %s",
      "connections that say nothing keep nobody out: the oldest makes room",
    ),
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
  P21: row(
    "An incident stops proposals and landings at once in every process, is in the log as such, and ends with a reason.",
    integrator(
      "commands/incident",
      "while one is open nothing lands and nothing is rehearsed, whatever else is wrong; then it lands",
      "it is in the log at once when the store is within reach, with the patch that it is about",
      "open %s",
      "a lock that nobody lets go keeps no incident from being opened, and the person is told what that leaves open",
    ),
    process(
      "incidents",
      "paused before %s: the landing has its refs before the incident's file, or is refused",
      "of incident open at any moment: it is whole or not there, the lock is free, and landings go by it",
      "of landings at any moment: the lock is free again, and an incident can be opened and stands",
    ),
    process(
      "landing-broken",
      "kill -9 of integrate while git commits: an incident is opened behind the refs, not in front of them",
      "the record cannot be written once: the log tells of the landing, not of a refusal",
    ),
    process(
      "settle",
      "an incident that is opened reaches every process that serves at its next call, also after a restart",
    ),
    io("exchange/files/incidents", "%s: it stays open"),
  ),
  I18: row(
    "Nothing that an agent's token opens approves, rejects or lands a patch.",
    process("http-incidents", "I18: no token of an agent approves or rejects"),
  ),
  I19: row(
    "While an incident stops everything, each call of each tool is refused, also after a restart.",
    process(
      "http-incidents",
      "I19: while an incident stops everything each call is 503",
      "an incident freezes every process from the next call on, and outlives kill -9 of all of them",
    ),
    gateway(
      "tools/call-gate.incidents",
      "everything: every tool of every caller is refused at the next call, and recorded",
    ),
  ),
  P22: row(
    "An incident and a patch leave as one file each, sealed as a whole, that verifies in another folder and shows any edit.",
    process(
      "bundles",
      "a landed patch and a closed incident leave as files that verify elsewhere",
      "nobody serves, and the log names nobody: bundle runs gateway and validator for its seals itself",
      "the sealer's key was stolen and is revoked, and the log got another name: the incident leaves, and is genuine",
      "the attestation key was stolen and is revoked: incident and patch leave, and say what counts no more",
      "keys were rotated: what landed before verifies under all keys together, and under none of them alone",
    ),
    integrator(
      "bundle/examine-patch",
      "what the sealed log tells, and no %s has",
      "a closing note says what its entry says",
      "an invented closing note of a patch that nobody closed",
    ),
    integrator(
      "bundle/examine.properties",
      "any byte of any member, with the list made anew",
      "any member that is left out, put in, or moved to another name",
      "members, lists and seals of another deployment's bundle",
      "who holds the sealer's key, and seals a bent bundle: every signed thing still is what it was",
      "only the reader's keys count, and only for the log that they ask about",
      "an incident's run of lines that begins later, ends earlier, or has a hole",
    ),
    integrator(
      "commands/bundle",
      "verify: keys of the reader, both of them, or a state folder; nothing else is believed",
      "an encrypted log: without its key nobody can tell, with it all is read",
    ),
  ),
  I31: row(
    "A person is told what is held, and can be erased: no entry says who it was, and the log still verifies.",
    process(
      "privacy",
      "no secret is anywhere; what is personal is in no entry, metric, alert or export, and only where the documents say",
      "erased: the export is empty, the bytes are gone, his token is dead; log, seals and proofs of before hold",
    ),
    core("audit/subject", "every place of a name, and what else is personal, is empty of it"),
    io(
      "store/sqlite/subjects.processes",
      "kill -9 of a writer and of somebody who erases leaves nothing half",
    ),
    io(
      "store/sqlite/erase",
      "his name, address and requests are in no byte of the files, and nobody's export has them",
    ),
    io(
      "store/sqlite/vouched.salts",
      "neither a token's body nor a proposal's lets names be tried once they are erased",
    ),
    io(
      "store/sqlite/held",
      "%s: nobody is exported, nobody is erased",
      "without the secret nobody gets a second pseudonym: the store does not open",
    ),
    io(
      "store/sqlite/subjects.keys",
      "encryption that is switched on later: who was known before is read with the key alone",
    ),
    gateway("tools/floods.erased", "%s: the number is recorded as anonymous, and nobody is known again"),
    integrator(
      "commands/privacy",
      "of a log with names it says exactly what it cannot do",
      "what of the exchange names them is told by both, and goes on naming them",
    ),
    integrator(
      "audit/commitments",
      "all open; what was erased is counted and no fault, under the checkpoint from before",
    ),
  ),
  X04: row(
    "What is sealed cannot be cut or rewritten unseen: a key that the gateway lacks signs one history, and no second one.",
    process(
      "sealing",
      "a verdict is sealed soon, and its receipt is believed by openssl and by us",
      "a store that was set back behind its seal serves nobody: exit 74, and the entry says why",
      "several gateways on one store ask for the same, and everything is sealed",
      "a month of the future is sealed when the operator admits it, and no other one",
    ),
    validator("sealing/sealer.properties", "everything that was signed is one history"),
    validator(
      "sealing/sealer",
      "a leaf that was sealed is another one",
      "a gap, a strange shard and a shortened tail pass; a rewritten log waits for a person",
    ),
    validator(
      "sealing/sealer.recovery",
      "without tiles it signs nothing until the leaves come again, and reproduce every checkpoint",
      "exchanged under a running sealer: it signs nothing any more",
    ),
    validator(
      "sealing/sealer.lost",
      "over a shorter checkpoint that comes back: it stays as it is, and nothing more is signed",
      "are written again from the leaves of the gateway; until then it says from where it wants them",
      "state lost, an old copy of the month before, and this month's checkpoint: both go on",
    ),
    validator("sealing/order", "%s may not begin behind '%s'"),
    io(
      "store/sqlite/audit-log",
      "is not opened for a clock that is wrong for a while",
      "is, when the clock stays with it: a machine that was off goes on without anybody",
    ),
    gateway("legs/receipts", "of a key that %s: the gateway that runs files them anew under the next one"),
    gateway("legs/sealed", "another tree of %d leaves is sealed", "more leaves are sealed than there are"),
    core("audit/tlog-proof", "every byte of the file"),
    core("audit/tree", "inclusion: every field of every proof, bent"),
  ),
};
