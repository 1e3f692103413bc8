// The promises about gateway, validator and integrator themselves (G), with their tests: data only.
import { core, gateway, integrator, io, process, validator, row, type Row } from "./row.ts";

export const gateRows: Readonly<Record<string, Row>> = {
  G01: row(
    "Agents list, read, search, propose and withdraw; no proposal changes the repository.",
    gateway("tools/table", "G01, G02: exactly these tools, with all four hints"),
    process(
      "footprint",
      "exactly the six tools are shown, and after proposals of every outcome the repository is as it was",
    ),
  ),
  G02: row(
    "Every tool says whether it reads or writes, in all four annotations.",
    gateway("tools/table", "G01, G02: exactly these tools, with all four hints"),
    process("gateway-clients", "in era %s: finds no fault in the tools, reads, and is refused"),
  ),
  G03: row(
    "Gateway and validator are two processes, and neither has a socket that listens or is connected.",
    process(
      "sockets",
      "gateway and validator are processes of their own",
      "the look at sockets would see one",
      "a validator that publishes and judges asks the kernel for no socket",
    ),
    process("gateway-syscalls", "a session from start to end"),
  ),
  G14: row(
    "The audit log is a chain of hashes that anybody can work out again from its lines alone.",
    process("audit-log", "each line's hash, link and number follow from the line before"),
    io("store/verify", "any one change of any one row is found at or right behind that row"),
    io("store/sqlite/open", "P13: the log refuses to be changed, by any statement"),
  ),
  G16: row(
    "Every call, decision and change is in the log, without content and keys; without the log there is no answer.",
    process(
      "audit-log",
      "every kind of event is in the log, and every reason of a refusal",
      "content, the agent's words and keys are nowhere",
    ),
    process(
      "store-faults",
      "over a log whose %s is read-only",
      "the disk is full: the call is refused without content",
    ),
  ),
  G17: row(
    "The signed manifest is the only way to find a file.",
    process("reading", "of ten committed files exactly those that may be served"),
    gateway(
      "tools/read-manifest",
      "ten files in the repository, two in the manifest: exactly these two",
      "without a manifest there is nothing to list",
    ),
  ),
  G18: row(
    "Only listed paths are read, letter by letter; no spelling leads elsewhere.",
    process("reading", "nothing else is read: %j"),
    gateway("tools/read-file", "no hostile path of the corpus leads to content"),
  ),
  G19: row(
    "One answer holds at most 64 KiB and 500 lines, and the pages are the whole file.",
    process("reading", "200 KB in 3000 lines, page by page, are the file that git has"),
    gateway("tools/read-file", "the pages of %s are the file", "501 lines", "line 0"),
  ),
  G20: row(
    "Files of kinds that are not listed are not served.",
    process("reading", "of ten committed files exactly those that may be served"),
    validator("publish/publish", "every omission has its reason"),
  ),
  G26: row(
    "Proposals write only orders, verdicts and the processes' own files, under our names, closed to others.",
    process(
      "footprint",
      "new or changed are only orders, verdicts and the two processes' own files",
      "a file of 600 KB",
      "a NUL",
    ),
    process("gateway-syscalls", "a session from start to end"),
    io("exchange/files/open", "the gateway works with the right to write only its own places"),
  ),
  G27: row(
    "A proposal has the fields of its schema and no others; high risk cannot be proposed.",
    gateway("tools/propose-patch", "an unknown key", "high risk", "an unknown change type"),
    process("refusals", "an unknown key", "high risk"),
  ),
  G28: row(
    "Files, hunks, lines, characters and rationale have limits, exact to one.",
    process(
      "refusals",
      "6 files",
      "21 hunks",
      "101 lines in a hunk",
      "2001 characters in a line",
      "boundaries: what is just within",
    ),
    gateway(
      "tools/propose-patch",
      "a rationale of 9 characters",
      "a rationale of 501 characters",
      "a rationale of 10 and of 500 characters is accepted",
    ),
    gateway("tools/read-file", "a path of 513 characters"),
    validator("checks/limits", "bytes of the whole patch"),
  ),
  G29: row(
    "Changed lines are counted in the change as it really is, whatever the patch claims.",
    process("refusals", "501 lines"),
    gateway("tools/propose-patch.limits", "a diff that claims more than it holds", "changed lines + 1"),
  ),
  G30: row(
    "An agent's words are data: hidden characters are refused, and a person sees the rest written out.",
    process("hostile-arguments", "%s in title or rationale is refused, named and not repeated"),
    gateway("tools/plain-text", "accepts %s"),
    validator(
      "checks/hidden-text",
      "a bidirectional override is named by rule, line and code point, and a person decides",
    ),
    integrator("commands/show", "nothing that an agent writes reaches the terminal as more than text"),
    integrator("git/message", "cannot repaint a terminal: %j"),
  ),
  G31: row(
    "Old lines must match the base exactly, when proposed, when judged and when landed.",
    process(
      "refusals",
      "a context that does not match",
      "overlapping hunks",
      "a base that the repository has left behind",
    ),
    validator("round", "context at another line", "context that differs"),
    integrator("git/establish", "changed the same file"),
  ),
  G32: row(
    "Only files of listed kinds, in the manifest or where new ones may be, can be targets.",
    process("refusals", "a kind that may not be proposed", "an unlisted file"),
    core("manifest/kinds", "with empty lists"),
    core("proposal/targets", "new files only where they may be"),
  ),
  G39: row(
    "A verdict is a signed statement over all that it is about; any changed byte breaks it.",
    process("interop", "openssl accepts it, and refuses it with one byte changed"),
    validator("round", "is approved, and the verdict says all that it is about"),
    integrator("git/integrate", "every changed byte of the verdict"),
  ),
  G40: row(
    "There are three outcomes, with reasons inside the verdict, and the agent is told its own.",
    process(
      "footprint",
      "exactly the six tools are shown, and after proposals of every outcome the repository is as it was",
    ),
    gateway(
      "legs/intake",
      "a rejection with the reasons of its findings",
      "a manual verdict whose check says %s, with that reason",
    ),
  ),
  G41: row(
    "The private key is its owner's alone, outside of the repository, unread by the gateway and never overwritten.",
    validator("main", "key readable by others", "key inside the repository"),
    validator("main.keys", "new prints both places, refuses to overwrite"),
    validator(
      "signing/key-file",
      "inside the repository, however it gets there",
      "never overwrites either half",
    ),
    process("gateway-start", "when its user can read a private key and the configuration refuses that"),
    gateway("walls", "fs.read /state/keys/attestation.key.pem"),
  ),
  G42: row(
    "The bytes that are verified are the bytes that land, also when somebody swaps the files meanwhile.",
    process("landing-bytes", "an order and a verdict that are swapped while they are read"),
    process("refusals-landing", "a changed order, a changed verdict, another policy"),
  ),
  G43: row(
    "A verdict is for one patch, one key and one use, and it ends.",
    integrator(
      "git/integrate",
      "landed twice",
      "signed by another key",
      "verdict about another patch",
      "verdict expired",
    ),
    process("refusals-landing", "the same verdict landed by two processes at once: exactly one wins"),
    process("landing", "exactly one lands; the others are told that it has landed"),
  ),
  G44: row(
    "A person confirms what a person must decide; a rejection never lands; a dry run changes nothing.",
    integrator("commands/integrate", "$outcome, --confirm $flag: $answer"),
    integrator("git/land", "of a dry run writes nothing at all into the repository"),
    process("landing", "is never asked: MANUAL_REQUIRED is refused at once although input would answer"),
  ),
  G45: row(
    "A landing is one commit on a branch of its own; nothing of the person's moves and nobody is contacted.",
    process(
      "landing-bytes",
      "%s is exactly the proposed bytes, one changed line, the attested tree",
      "no remote was contacted; the canary lives",
    ),
    integrator(
      "git/land",
      "leaves work tree, index, HEAD, stash and configuration alone",
      "is one commit on the base",
    ),
  ),
  G46: row(
    "A patch lands whole or not at all, and lands to the byte.",
    process(
      "landing-bytes",
      "a good and a missing file together: nothing of it, no branch, no change",
      "a genuine signature over a patch of which one file does not apply",
      "one line of a CRLF file",
    ),
  ),
  G47: row(
    "The validator looks by itself, tries again with pauses, and after a kill goes on where it was.",
    validator(
      "main",
      "orders are judged and commits published while it runs",
      "killed in the middle of a round, it judges again, once",
    ),
    validator("queue", "what cannot be judged is tried five times, with growing pauses"),
    process("crash", "what was acknowledged survives kill -9"),
  ),
};
