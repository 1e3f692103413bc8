// `verdicts/`: signed verdicts, created once and never replaced, written by the validator.
import { join } from "node:path";
import { MAX_ENVELOPE_BYTES } from "../../../core/attestation/envelope.ts";
import { CountersignError } from "../../../core/base/failure.ts";
import { createFile } from "../../file/durable.ts";
import { readBounded } from "../../file/read.ts";
import type { VerdictReader, VerdictWriter } from "../exchange.ts";
import { patchIdOf, verdictName } from "./names.ts";
import { namesIn } from "./record.ts";

export function verdictReader(folder: string): VerdictReader {
  return {
    async list() {
      return (await namesIn(folder)).flatMap((name) => patchIdOf(name, ".dsse.json") ?? []);
    },
    async read(id) {
      return readBounded(join(folder, verdictName(id)), MAX_ENVELOPE_BYTES);
    },
  };
}

export function verdictWriter(folder: string): VerdictWriter {
  return {
    ...verdictReader(folder),
    async putOnce(id, envelope) {
      if (envelope.length > MAX_ENVELOPE_BYTES) {
        throw new CountersignError(
          "exchange_damaged",
          `the verdict on ${id} is larger than its readers accept (${MAX_ENVELOPE_BYTES} bytes)`,
        );
      }
      return createFile(join(folder, verdictName(id)), envelope);
    },
  };
}
