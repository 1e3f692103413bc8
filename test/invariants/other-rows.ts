// The promises about credentials, delivery, storage, input and proofs (P, D, I, X), with their tests: data only.
import { core, gateway, house, integrator, io, process, validator, row, type Row } from "./row.ts";

export const otherRows: Readonly<Record<string, Row>> = {
  P06: row(
    "The gateway holds no credential and no word of the person's session.",
    process("up", "gives the gateway neither the repository's path nor anything of the person's session"),
    process("gateway", "P06: the process has no environment, and no word of a repository"),
  ),
  P08: row(
    "There is nothing that could merge or speak to a remote.",
    house("git-words", "no argument of git that merges, moves or contacts"),
    process("footprint", "gateway and validator ran only git commands that read or build aside"),
    process("landing-bytes", "no remote was contacted; the canary lives"),
  ),
  P14: row(
    "A proposal, its entry and its hand-over are recorded together, wherever the process is killed.",
    process(
      "delivery",
      "within the proposal's transaction",
      "with the order written and not named",
      "within the entry of the hand-over",
    ),
    process("crash", "what was acknowledged survives kill -9"),
    io("store/sqlite/submit", "stores row, outbox and audit entry at once"),
  ),
  P15: row(
    "An order may arrive any number of times; there is one verdict.",
    process("delivery", "the same order delivered again, also by another validator after a restart"),
    validator("round", "delivered twice gets one verdict, and the first one stands"),
    io("exchange/files/open", "two validators of one patch, in two processes: one verdict"),
  ),
  P16: row(
    "When nobody judges, the sixth proposal is refused and the server goes on.",
    process("refusals", "the sixth pending proposal is refused, and the server goes on"),
  ),
  D30: row(
    "A store that was changed from outside is not opened, and a changed row is not read.",
    process(
      "store-faults",
      "a byte of an entry is flipped",
      "an entry was rewritten, and the guards put back",
      "and a row that was changed under a running gateway is not read",
    ),
    io("store/sqlite/open", "a log with a changed entry", "a file with a lost page far before its end"),
    io("store/sqlite/snapshot", "everything in it, consistently"),
  ),
  D36: row(
    "A configuration with any fault starts nothing, and every fault is named with its key.",
    core("config/parse", "in a table below", "a table after its dotted key", "all faults are told at once"),
    process("config", "config check of %s", "%s does not start with an unknown key, and names it"),
    process("config-faults", "there are more than forty", "refused, with exactly these keys and lines"),
    core("config/overrides", "what is refused, under the name that the operator wrote"),
  ),
  D38: row(
    "The same key is the same proposal, another payload under it a conflict; time only ends things.",
    gateway(
      "tools/propose-patch",
      "the same key with the same arguments is the same proposal",
      "the same key with other arguments is refused",
    ),
    gateway("legs/dispatch", "a proposal expires at its time"),
    core("proposal/state", "no state moves to itself, and nothing leaves a rejection or a landing"),
  ),
  I02: row(
    "Every tool's schema is closed: hostile arguments are refused, recorded and have no other effect.",
    process(
      "hostile-arguments",
      "%s: %s",
      "as the name of a tool",
      "afterwards nothing ran, nothing is stored",
      "the values are different, and many",
    ),
    gateway("tools/table", "is closed at every level and names no dialect"),
  ),
  I04: row(
    "The same bad call has the same reference, in the answer and in the log.",
    gateway("tools/call", "the reference is the same for the same fault"),
    process("refusals", "a traversal"),
    core("base/refusal", "has the catalogue's fix unless it brings its own, and a stable reference"),
  ),
  I05: row(
    "A tool's name has at most 256 characters.",
    process("hostile-arguments", "a tool's name of 256 characters is unknown, one of 257 is too long"),
    gateway("mcp/streamable", "I05, mcp-rpc-proto-name: no tool of the name %s, in both eras"),
  ),
  I06: row(
    "A call has at most 256 KiB, counted in bytes, at the gateway and at the validator.",
    process("refusals", "256 KiB and one byte of arguments are refused, in bytes and not in characters"),
    gateway("tools/call", "size is counted in bytes, at the boundary and one beyond"),
    validator("checks/limits", "bytes of the whole patch"),
  ),
  X01: row(
    "A verdict is bound to the resulting tree, which is rebuilt and compared before it lands.",
    process("landing-bytes", "%s is exactly the proposed bytes, one changed line, the attested tree"),
    process("refusals-landing", "a changed order, a changed verdict, another policy"),
    integrator(
      "git/integrate",
      "other tree attested",
      "base commit that is not in the repository",
      "other policy",
    ),
  ),
  X02: row(
    "Verdicts are verified by tools that we did not write, and forgeries refused by them.",
    process(
      "interop",
      "openssl accepts it",
      "@sigstore/verify accepts it",
      "ssh-keygen -lf prints its keyid",
      "cosign verify-blob-attestation",
    ),
  ),
  X03: row(
    "What cannot be recorded durably is not answered, and the gateway ends with 74.",
    process(
      "store-faults",
      "the disk is full: the call is refused without content",
      "the disk reports an error for %s",
      "the disk is slow: no answer leaves before the entry is durable",
      "over a log whose %s is read-only",
    ),
    process("gateway", "X03: when the store is taken away"),
    process("hung", "a gateway that was stopped", "a disk that never answers"),
    io("file/durable", "content is synced before it gets its name"),
  ),
  X05: row(
    "What is judged is what is done: one meaning for every message, one digest in decision and outcome.",
    process("gateway", "an argument twice", "a __proto__"),
    gateway("tools/propose-patch", "with the digest of the arguments in every place"),
    gateway("mcp/strict-json", "refuses it with one key repeated"),
  ),
  X06: row(
    "Reading opens no path that an agent named: the bytes are the commit's, or none.",
    process("reading", "files and links swapped in the work tree and in the exchange while reading"),
    gateway("manifest/publication", "hashes again what an exchange hands out as found"),
    validator("publish/publish", "uncommitted work is not served"),
  ),
  X12: row(
    "The verdict travels with the repository and is verified in any clone.",
    process(
      "attest-verify",
      "cannot tell without the refs, and says how to fetch them",
      "verifies with the key, pinned or given, and with the right patch only",
      "fails against the real key",
    ),
  ),
  X13: row(
    "One server speaks both eras of the protocol, over stdio and HTTP, from a floor on that can be set.",
    process("gateway-clients", "a client of SDK 2 %s", "a client of SDK 1", "in era %s: finds no fault"),
    process(
      "http-clients",
      "a client of SDK 2 %s",
      "a client of SDK 1 over HTTP+SSE",
      "in era %s on %s: finds no fault in the tools",
    ),
    process(
      "conformance",
      "passes the requirement set, but for the failures that are named with their reason",
    ),
    process("postures", "X13: serves the stock Inspector and both lines of the SDK"),
    gateway("mcp/streamable.limits", "floor %s refuses %j with headers %j"),
    gateway("mcp/stdio", "floor %s, %j: so many are delivered: %i"),
  ),
  X14: row(
    "Edits become the canonical patch of the served bytes; an ambiguous or missing text is refused with its lines.",
    core("proposal/edits", "not there, but its first line is", "overlapping itself over lines"),
    core("proposal/compose.properties", "what is composed of edits is canonical"),
    gateway("tools/propose-patch", "diff and edits of the same change are the same patch"),
    process("refusals", "an ambiguous edit", "an edit whose text is missing"),
  ),
  X15: row(
    "Every refusal has a code, a place, a fix and a stable reference, and each is provoked by a test.",
    house("reasons", "every reason is given somewhere in src", "every reason is provoked by a test"),
    house("docs", "generated pages are what the code says"),
    core("base/reason", "%s says what it means and what to do"),
  ),
};
