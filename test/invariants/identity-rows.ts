// The promises about secrets, tokens, rights and pages (I, U, X of the second issue), with their tests: data only.
import { core, gateway, house, integrator, io, process, row, type Row } from "./row.ts";

export const identityRows: Readonly<Record<string, Row>> = {
  I13: row(
    "There are no passwords, so nothing hashes one and nothing asks for one.",
    house("secrets", "I13: there are no passwords"),
  ),
  I14: row(
    "Access tokens live an hour, refresh tokens are used once; a second use ends the family.",
    gateway("auth/refresh", "ends its family, and that is recorded", "nothing lives longer than the family"),
    gateway("auth/bearer", "until it expires"),
    io("store/sqlite/credentials.processes", "two processes with one refresh token: exactly one wins"),
  ),
  I15: row(
    "A revocation survives restarts, and a store that cannot vouch for it lets nobody in.",
    gateway("auth/bearer", "until it is revoked, from the next request on, also after a restart"),
    gateway("auth/bearer", "a store that cannot vouch for it lets nobody in"),
    io("store/sqlite/credentials.forgeries", "its revocation, taken back"),
    process("http-limits", "the database %s: nobody is let in, known or not"),
  ),
  I16: row(
    "Guesses at a refresh token are judged five times, whatever address a header claims.",
    gateway(
      "auth/refresh",
      "after five failures in a quarter of an hour no guess at that token from that address is judged",
      "who has the right secret is kept from nothing by those who guess",
    ),
    gateway("http/peer", "a lie left of the caller", "a stranger"),
  ),
  I17: row(
    "Limits and tools are a principal's own; nobody is nobody, and an empty list allows nothing.",
    gateway("tools/call.scope", "an empty list of tools is none at all"),
    gateway("tools/call", "nobody is not somebody"),
    gateway("tools/call.costs", "calls a minute, one caller beside the other"),
  ),
  I21: row(
    "Secrets are named by reference, and strict presets refuse one that is written down.",
    core("config/rules-secret", "takes literals and programs unless it is strict"),
    io("secrets/resolve", "a variable that is not set", "a file that is not there"),
    integrator("secrets", "what the program prints, under the variable of its reference"),
    house("presets", "holds no secret, and nobody who could call over HTTP"),
  ),
  I29: row(
    "No page gets CORS headers that was not listed, and no stream ever says `*`.",
    gateway(
      "http/cors",
      "valid localhost names with the port pass; others get 403 and no CORS header",
      "names that page, also in refusals",
    ),
    gateway("mcp/sse", "ids are long, unlike each other, and no origin may read them"),
  ),
  U04: row(
    "Secrets are compared in constant time, and strange characters are a 401.",
    house(
      "secrets",
      "each secret that is compared is compared in constant time, where it always was",
      "no secret and no digest of one is compared by a way that ends at the first difference",
      "%s: %s → %s is caught",
    ),
    gateway("auth/bearer", "letters beyond ASCII"),
  ),
  U07: row(
    "A token of fewer than 32 characters is a fault; two live side by side while one is rotated.",
    core("config/rules-secret", "31 random characters"),
    gateway(
      "auth/bearer",
      "of 31 characters are a fault",
      "by reference, and two of them while one is rotated",
    ),
    process("tokens", "both work during the overlap; afterwards only the new one"),
  ),
  U09: row(
    "A stolen token opens its own tools and nothing else: none approves, lands or reads the log.",
    core("identity/scope", "U09: %s may use exactly its tools"),
    gateway("tools/table", "G01, G02: exactly these tools, with all four hints"),
    gateway("tools/call.scope", "one outside the scope is unauthorized, whatever its arguments"),
    process("exposure", "%s does not exist, with a token neither"),
  ),
  X10: row(
    "What a principal may not see is absent: from lists, totals, searches, proposals and refusals.",
    gateway(
      "tools/call.scope",
      "two principals see two manifests, under one digest, also in the totals",
      "%s is answered like a file that never was",
      "%s outside the scope: there or not, the answer is one",
    ),
    gateway("mcp/streamable.limits", "what a principal may not use does not exist for it"),
  ),
};
