// `landings/`: one record for each attempt to land a patch, written by the integrator for the audit log.
import { lstat } from "node:fs/promises";
import { join } from "node:path";
import { utf8 } from "../../../core/base/bytes.ts";
import { canonical } from "../../../core/base/canonical.ts";
import { landingSchema } from "../../../core/proposal/landing.ts";
import { createFile } from "../../file/durable.ts";
import type { LandingReader, LandingWriter } from "../exchange.ts";
import { landingFile, landingName, MAX_LANDING_BYTES } from "./names.ts";
import { namesIn, readRecord } from "./record.ts";

export function landingReader(folder: string): LandingReader {
  return {
    async list() {
      const names = (await namesIn(folder))
        .filter((name) => name.endsWith(".json"))
        .map((name) => name.slice(0, -".json".length));
      const dated = names
        .filter((name) => landingName(name) !== undefined)
        .map(async (name) => ({ name, at: await writtenAt(join(folder, landingFile(name))) }));
      return (await Promise.all(dated))
        .sort((a, b) => a.at - b.at || (a.name < b.name ? -1 : 1))
        .map(({ name }) => name);
    },
    async read(name) {
      const said = landingName(name);
      if (said === undefined) return { kind: "absent" };
      const path = join(folder, landingFile(name));
      return readRecord(
        path,
        MAX_LANDING_BYTES,
        landingSchema,
        (value) => value.patch_id === said.id && value.attempt === said.attempt,
      );
    },
  };
}

export function landingWriter(folder: string): LandingWriter {
  return {
    ...landingReader(folder),
    /** The attempt's id is new each time, so a second record under the name is the same record again. */
    async put(landing) {
      const record = landingSchema.parse(landing);
      await createFile(
        join(folder, landingFile(`${record.patch_id}.${record.attempt}`)),
        utf8(canonical(record)),
      );
    },
  };
}

/** A hint for the order only; a file that vanishes meanwhile sorts first and is answered as absent. */
async function writtenAt(path: string): Promise<number> {
  return lstat(path).then(
    (found) => found.mtimeMs,
    () => 0,
  );
}
