// Numbers for those who watch: how much waits, what callers have used up, and how many calls share a transaction.
import type { State } from "../../../core/proposal/state.ts";
import type { StoreNumbers, Used } from "../store.ts";
import type { Group } from "./group.ts";
import type { Session } from "./session.ts";

/** Counts rows, and parses none: it is asked every few seconds, however many proposals there are. */
export function storeNumbers(session: Session, { commits }: Pick<Group, "commits">): StoreNumbers {
  return session.read(() => ({
    outbox: session.sql<{ count: number }>("SELECT count(*) AS count FROM outbox").get()?.count ?? 0,
    states: Object.fromEntries(
      session
        .sql<{ state: State; count: number }>("SELECT state, count(*) AS count FROM proposal GROUP BY state")
        .all()
        .map(({ state, count }) => [state, count]),
    ),
    used: session
      .sql<Used>("SELECT principal, began, calls, bytes, scan_millis AS scanMillis FROM usage")
      .all(),
    commits: { ...commits },
  }));
}
