// What became of a request over HTTP: its answer, and what the audit log has about it.
import type { Answer } from "./http-ask.ts";
import type { Entry, Room } from "./http-up.ts";

/** The entry of the request with this answer. */
export function entryOf(room: Room, { id }: Pick<Answer, "id">): Entry | undefined {
  return room.entries().find(({ actor }) => actor.session === id);
}

/** Status and code of an answer, and the event and reason that the log has for it. */
export function seen(room: Room, answer: Answer): readonly unknown[] {
  const { event, data } = entryOf(room, answer) ?? {};
  return [answer.status, answer.code, event, data?.["reason"]];
}

/** What `seen` is to say of a request that the door refused. */
export function refusedAs(status: number, code: string): readonly unknown[] {
  return [status, code, "access.refused", code];
}
