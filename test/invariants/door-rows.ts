// The promises about doors, presets and limits (G, P, D of the second issue), with their tests: data only.
import { core, gateway, house, integrator, io, process, validator, row, type Row } from "./row.ts";

const LIMITS_OF_A_DAY =
  "the 21st call of a minute and the 6th proposal of an hour: 429, also after a restart; others go on";

export const doorRows: Readonly<Record<string, Row>> = {
  G04: row(
    "With an allow-list only listed source addresses are heard, before anything else is asked.",
    process("allowlist", "follows the list: 403 for others, 503 without one that can be believed"),
    core("identity/allowlist", "G04: %j with a good list: %s"),
    gateway("http/serve", "a blocked address"),
  ),
  G05: row(
    "A list that is missing, damaged or empty lets nobody in.",
    core("identity/allowlist", "a list of nobody", "a cut file", "the hash of another list"),
    io("file/allowlist", "a list that goes bad while it is used"),
    process("allowlist", "follows the list: 403 for others, 503 without one that can be believed"),
  ),
  G06: row(
    "A list older than twelve hours, or from the future, lets nobody in.",
    core("identity/allowlist", "G06: a list %s"),
    io("file/allowlist", "a list gets old without being touched"),
    gateway("http/serve", "a stale list"),
  ),
  G07: row(
    "Syncing the list fails without touching it, and never makes an old list young.",
    process(
      "allowlist",
      "%s: exit 1, and the list with its time as it was",
      "an old file does not become a fresh list, unless a person vouches for it",
    ),
    integrator(
      "allowlist",
      "a whole provider",
      "no timer that the command suggests ever finds the list too young twice",
    ),
    house("docs-operations", "the allow-list is synced every six hours at most, however late the timer is"),
  ),
  G08: row(
    "Only quickstart may let loopback or private addresses past the list.",
    core("config/rules-caller", "bypasses exist in quickstart only"),
    core("identity/allowlist", "G08: the bypasses let their own kind pass"),
  ),
  G09: row(
    "Without a good bearer token there is 401 with a challenge; a token is shown once and kept nowhere.",
    process("remote-agents", "G09: without a token 401 with a challenge, with a wrong one 401"),
    process("tokens", "the token works at once in a gateway that is running"),
    process("http-canary", "none of it is in any file, in any line, in any process's arguments"),
    io("store/sqlite/credentials", "a store file holds no token, in any of its three files"),
  ),
  G10: row(
    "A principal has so many calls in any minute, also after a restart.",
    process("http-limits", LIMITS_OF_A_DAY),
    io("store/sqlite/calls", "no window of a minute holds more calls than the limit"),
    gateway("tools/call.costs", "calls a minute, one caller beside the other"),
  ),
  G11: row(
    "A principal has so many proposals in any hour, also after a restart.",
    process("http-limits", LIMITS_OF_A_DAY),
    io("store/sqlite/submit", "the proposal over the limit of an hour"),
    gateway("tools/call.costs", "proposals an hour"),
  ),
  G12: row(
    "Of proposals side by side, no more than the limit wait.",
    process("http-limits", "of 20 proposals side by side exactly five wait"),
    gateway("tools/call.costs", "waiting proposals, also of twenty at once"),
  ),
  G13: row(
    "A proposal ends at its time at the gateway, at the validator and at the landing, and is kept.",
    gateway("legs/dispatch", "a proposal expires at its time"),
    validator("round", "an expired order"),
    integrator("git/integrate", "order expired"),
  ),
  G49: row(
    "Health and readiness are open and say nothing; there is no status page and no page of documentation.",
    process(
      "exposure",
      "%s says how it stands, and neither path nor version",
      "%s does not exist, with a token neither",
      "%s is there, and needs one",
    ),
  ),
  P05: row(
    "Each process has the rights it needs and no more, and the doctor says when that is not so.",
    integrator("doctor/capabilities", "three users: everything is as intended", "the kernel says the same"),
    house(
      "docs-operations",
      "the table of rights is the doctor's intended column",
      "%s %s: gateway %s, validator %s, person %s",
    ),
  ),
  P09: row(
    "Only the gateway listens, and only where it was told to.",
    process("exposure", "P09: one socket listens, it is the gateway's, and on loopback"),
    process("sockets", "no process of ours has a socket that listens or is connected"),
  ),
  P10: row(
    "Floods cost bounded work, memory and log, and do not lock out who proves who they are.",
    process("http-limits", "10,000 random tokens from one address: a valid principal is served throughout"),
    process("flood", "of 400 calls in one go, those beyond the limit are answered at one a second"),
    gateway("auth/meter", "10,000 random addresses take no more memory than a hundred"),
    gateway("tools/floods", "ten refusals are recorded, the tenth says that more may follow"),
  ),
  P20: row(
    "What a principal reads and searches is counted: a warning at 80 per cent, a refusal at 100.",
    process("http-limits", "a budget of 10 calls: the 8th leaves a warning, the 11th is refused"),
    io(
      "store/sqlite/usage",
      "the eighth makes the warning, the eleventh is refused",
      "%s: warned of and refused",
    ),
    gateway("tools/call.costs", "of bytes is overdrawn by what runs at once at most"),
  ),
  D01: row(
    "There are four presets, each whole, pinned, ordered by strictness and played through.",
    house(
      "presets",
      "has the values that were agreed on",
      "weaker in nothing, whatever else differs",
      "each gate asks for all that default's asks for, and for what CI signed",
    ),
    process(
      "postures",
      "D01: takes one proposal from an agent over HTTP to a branch of the person",
      "D01, D09: refuses what is written down, and nothing else",
    ),
  ),
  D04: row(
    "The mode local_only lets in who sits on this machine and names it, and no page of a browser.",
    gateway("auth/local-only", "%s is refused, even where local callers need no entry"),
    gateway("http/cors", "valid localhost names with the port pass; others get 403 and no CORS header"),
    gateway("http/socket-file", "answers its owner, by the name localhost, and is gone afterwards"),
    process("conformance", "X13, D04: revision %s"),
  ),
  D05: row(
    "One well-formed bearer header of at most 8192 bytes is read, its scheme in any case.",
    gateway(
      "auth/bearer",
      "two headers, one of them another scheme",
      "8192 bytes of nobody's token",
      "comes in with the scheme %j",
    ),
    process("http-canary", "everything that proves somebody is used, in every way that is a yes"),
  ),
  D06: row(
    "A client certificate is believed where TLS ends here, its header only from our own proxy.",
    gateway("auth/mtls", "a certificate and a forged header", "a header of somebody else"),
    gateway("http/peer", "a stranger with the secret"),
    house("docs-proxies", "the certificate's subject arrives, whatever the client says of itself"),
    process("remote-agents", "a client of SDK 2 over Streamable HTTP, as what its certificate says"),
  ),
  D07: row(
    "A tool outside a principal's rights is unauthorized; unknown names are faults of the configuration.",
    gateway("tools/call.scope", "one outside the scope is unauthorized, whatever its arguments"),
    core("config/parse", "an entry with a fault"),
    core("identity/token", "an unknown tool"),
    process("tokens", "%s: exit 2, the word that is wrong, and nothing is made"),
  ),
  D08: row(
    "A tool that the configuration hides is neither listed nor known; deny beats allow.",
    gateway("tools/call.scope", "deny beats allow", "an empty allow is none"),
    gateway("mcp/streamable.limits", "nor is it called, and its prompt is none"),
  ),
  D09: row(
    "Whoever proves somebody, and is mapped to no principal, is let in nowhere but in quickstart.",
    gateway("auth/local-only", "without allow_local_only only what is mapped comes in: %s"),
    gateway("auth/bearer", "for nobody, when nobody is mapped: known, but not let in"),
    core("identity/scope", "U09: %s may use exactly its tools"),
    process("postures", "D01, D09: refuses what is written down, and nothing else"),
  ),
  D10: row(
    "Local callers without an entry exist in quickstart only, and that is said.",
    core("config/rules-caller", "bypasses exist in quickstart only"),
    gateway("posture", "D39: one line says how this gateway stands"),
    integrator("doctor/door", "warn bypass-allow_local_only"),
  ),
  D11: row(
    "A bind that others can reach needs the opt-in, TLS and a proof, or nothing listens.",
    gateway("http/bind", "$bind, opt-in $optIn, TLS $tls, proof $proof: opens $opens"),
    process("config-faults", "opt-in %s, TLS %s, authentication %s", "by the library, whoever calls it: %s"),
  ),
  D12: row(
    "With mTLS there is a CA and the server insists on a certificate, in the handshake.",
    gateway("http/bind", "mTLS without a CA", "mTLS that asks only"),
    gateway("http/tls", "none: no handshake", "an expired one: no handshake", "a revoked one: no handshake"),
    process("remote-agents", "the same client without a certificate does not even shake hands"),
  ),
  D32: row(
    "TLS is 1.2 or 1.3 with a key that only its owner reads, and carries HTTP/1.1 alone.",
    gateway("http/tls", "%s is spoken", "%s is not, and that is recorded", "a key of mode %o is refused"),
    gateway("http/tls.protocols", "of %j it is HTTP/1.1", "who speaks h2 only gets no connection"),
  ),
  D33: row(
    "Bodies, requests in flight, connections and failed proofs of an address have bounds.",
    process(
      "http-limits",
      "a body of 1 MiB is read, one more byte is 413, declared or not",
      "requests that hang in their bodies take all places",
    ),
    gateway(
      "http/server.limits",
      "beyond the cap: 503 with Retry-After",
      "failures of one address have so many entries a minute",
      "connections beyond the cap are dropped and recorded",
    ),
  ),
  D39: row(
    "Each start says in one line how it stands, and records it with the digest of the configuration.",
    process("postures", "D39: says at start how it stands"),
    gateway("posture", "the entry of the start changes with every key of the configuration"),
  ),
  D40: row(
    "A correlation id of at most 128 token characters goes into the log and the verdict; ours always.",
    process("exposure", "D40: the ids of the request that proposed are signed with the verdict"),
    gateway("http/guard", "129 characters of correlation", "a line feed in the correlation"),
    gateway("http/serve", "reaches its handler with body, query, correlation and principal"),
  ),
  D41: row(
    "Readiness is 503 when the store, the manifest or the allow-list cannot be used.",
    gateway("ready", "not ready: %s", "the database was taken away"),
    gateway("http/health", "readiness is 503 with the part that ails"),
  ),
};
