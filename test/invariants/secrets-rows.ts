// The promises about secrets in what agents send (P), with their tests: data only.
import { process, type Row, row, validator } from "./row.ts";

export const secretsRows: Readonly<Record<string, Row>> = {
  P07: row(
    "A secret that an agent sends is on no disk and in no log, but in the order that is put aside where the gateway let it pass.",
    process(
      "canary",
      "what the gateway catches is nowhere",
      "%s of an order that somebody wrote past the gateway",
      "a token that only secretlint takes for one",
    ),
    validator(
      "checks/secrets",
      "%s is rejected with rule, path, line and fingerprint",
      "what the base had on a line that the patch leaves alone asks for a person",
    ),
  ),
};
