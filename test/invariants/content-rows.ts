// The promises about the content guard (U), with their tests: data only.
import { core, gateway, process, row, type Row, validator } from "./row.ts";

export const contentRows: Readonly<Record<string, Row>> = {
  U01: row(
    "Title, rationale, claims, added comments and documents are looked through for instructions; code and its strings are not.",
    validator("checks/guard", "U01: an instruction in the %s asks for a person, without echo"),
    gateway(
      "tools/proposal-guard",
      "where the guard rejects, a proposal is refused with the category and without echo",
      "the same words in a string of code are no advice",
    ),
  ),
  U02: row(
    "The pack knows technical texts: at most one in twenty benign ones is flagged, and of 100 attacks at least 95.",
    core(
      "content/guard",
      "U02: at most one in twenty benign texts of the trade is flagged",
      "U02: at least 95 of 100 attacks of our own list are flagged",
    ),
  ),
  U03: row(
    "Whoever is trusted skips the guard and nothing else.",
    validator("checks/guard", "U03: a blocked path of the trusted is rejected all the same"),
    gateway("tools/proposal-guard", "U03: nothing else is skipped"),
  ),
  U05: row(
    "Each bypass is one event of the log, with principal, credential, address and patch, in one transaction with the order.",
    gateway("tools/proposal-guard", "U05: one bypass is one event, also when the call is repeated"),
    process("guard-counts", "U10: counts after 10 calls"),
  ),
  U10: row(
    "Skipped, blocked and flagged proposals are counted out of the audit log.",
    core("audit/guard-counts", "%s with %j"),
    process("guard-counts", "U10: counts after 10 calls"),
  ),
  U06: row(
    "Nobody skips the guard who is not named and does not prove the name.",
    core(
      "config/rules-guard",
      "U06: %s cannot be trusted",
      "U06: nobody is trusted who is not named, and an empty name is none",
    ),
    gateway(
      "tools/proposal-guard",
      "U06: a name without its proof, and everybody where nobody is trusted, is looked through",
    ),
  ),
  U08: row(
    "A guard that cannot judge is no pass, and texts of any length are looked at.",
    validator(
      "checks/guard",
      "U08: a rule pack that breaks is no pass",
      "U08: a guard that breaks in the middle is ERROR, and a person decides",
    ),
    gateway("tools/proposal-guard", "U08: a guard that breaks refuses the call, and nothing is stored"),
    validator(
      "checks/guard.classifier",
      "U08: %s is ERROR guard_failed and no approval",
      "U08: it is tried again before a verdict says ERROR",
      "U08: more text than it is asked about is no pass",
    ),
    core("content/guard", "it is linear: hostile texts of 200,000 characters in a moment"),
  ),
  U11: row(
    "The guard is off in quickstart only, and that is an error elsewhere.",
    core("config/rules-guard", "U11: off is an error everywhere but in quickstart"),
  ),
};
