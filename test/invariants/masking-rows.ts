// The promises about what is masked in served files (I), with their tests: data only.
import { core, gateway, io, process, validator, row, type Row } from "./row.ts";

export const maskingRows: Readonly<Record<string, Row>> = {
  I03: row(
    "What is masked for a reader is in no answer, no log and no audit entry, nor in anything that is published.",
    validator("publish/masking", "%s is in no byte that is published, kept or logged"),
    gateway("manifest/served", "no answer, entry or note of the log holds what was masked for the reader"),
    process("masking", "%s is in no answer, and in no file of the state"),
    io("log/log", "I03: the value of the key %s is in no line, however deep it lies"),
    core("base/sensitive", "I03: %s is sensitive"),
    process("privacy", "a session: reads, refusals, secrets under sensitive names, a proposal that lands"),
    process("redaction-canary", "nothing of them is in logs, database, exchange, outbox, metrics or alerts"),
  ),
  I30: row(
    "Fields that a rule names are redacted for those whom it names, with the digest of the redacted text.",
    gateway(
      "manifest/served",
      "redacts the field, and answers with the digest and the size of what it shows",
      "shows others what is there, before and behind the first one",
      "a guess is answered alike, right or wrong, as text and in a diff",
    ),
    core("secrets/masker", "a value of JSON, in its place", "nothing of a file that is no JSON"),
    core("proposal/masked", "a diff that guesses the line rightly", "any line can be %s"),
    validator("checks/masking", "a guess on a masked line is answered alike, right or wrong"),
  ),
};
