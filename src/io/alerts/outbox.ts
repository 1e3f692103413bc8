// Messages to the webhook that were not taken yet: files that outlive the process, in the order in which they came.
import { join } from "node:path";
import { type AlertTurn, alertTurnSchema } from "../../core/alert/alert.ts";
import { utf8 } from "../../core/base/bytes.ts";
import { canonical } from "../../core/base/canonical.ts";
import { millisOf } from "../../core/base/time.ts";
import { namesIn } from "../exchange/files/record.ts";
import { createFile, makeFolder, removeFiles } from "../file/durable.ts";
import { readBounded } from "../file/read.ts";

/** Most messages that wait: a webhook that is gone for a year must not fill the disk. */
export const MAX_WAITING = 256;
const MAX_BYTES = 10_000;
const NAME = /^\d{15}-[0-9a-f-]{36}\.json$/;

export interface Waiting {
  readonly name: string;
  /** Exactly what is sent. */
  readonly body: string;
}

export interface AlertOutbox {
  /** How many of the oldest had to go for it. */
  put(turn: AlertTurn, deployment: string): Promise<number>;
  /** The message that is not to be sent after all. */
  forget(turn: AlertTurn): Promise<void>;
  /** The oldest that is none of these. */
  next(but?: ReadonlySet<string>): Promise<Waiting | undefined>;
  done(name: string): Promise<void>;
  waiting(): Promise<number>;
}

export function alertOutbox(folder: string): AlertOutbox {
  const names = async (): Promise<readonly string[]> =>
    (await namesIn(folder)).filter((name) => NAME.test(name)).toSorted();
  return {
    async put(turn, deployment) {
      await makeFolder(folder);
      const body = canonical({ ...alertTurnSchema.parse(turn), deployment });
      await createFile(join(folder, nameOf(turn)), utf8(body));
      const oldest = (await names()).slice(0, -MAX_WAITING);
      if (oldest.length > 0) await removeFiles(folder, oldest);
      return oldest.length;
    },
    forget: (turn) => removeFiles(folder, [nameOf(turn)]),
    async next(but) {
      for (const name of await names()) {
        if (but?.has(name) === true) continue;
        const read = readBounded(join(folder, name), MAX_BYTES);
        if (read.kind === "found") return { name, body: Buffer.from(read.bytes).toString("utf8") };
        // What cannot be read can never be sent, and would hold back everything behind it.
        if (read.kind === "damaged") await removeFiles(folder, [name]);
      }
      return undefined;
    },
    done: (name) => removeFiles(folder, [name]),
    waiting: async () => (await names()).length,
  };
}

function nameOf({ at, id }: AlertTurn): string {
  return `${String(millisOf(at)).padStart(15, "0")}-${id}.json`;
}
