// What each caller has used up of its budget in the running period; a caller without a budget costs nothing here.
import type { AuditData } from "../../../core/audit/entry.ts";
import { instant } from "../../../core/base/time.ts";
import { type Budget, isLimited } from "../../../core/identity/scope.ts";
import type { CallCost } from "../store.ts";
import type { Session } from "./session.ts";

interface Usage {
  /** When the period began, in milliseconds since 1970: with the first call that finds no period running. */
  readonly began: number;
  readonly calls: number;
  readonly bytes: number;
  readonly scan_millis: number;
  /** 1 once the warning of this period was recorded. */
  readonly warned: number;
}

type Metered = Pick<CallCost, "principal" | "budget">;

const kinds = [
  ["calls", "calls"],
  ["bytes", "bytes"],
  ["scan_millis", "scanMillis"],
] as const;

/** Milliseconds until the period ends when nothing is left of the budget, with `open` calls begun; 0 while something is. */
export function millisUntilBudget(session: Session, { principal, budget }: Metered, open: number): number {
  if (!isLimited(budget)) return 0;
  const usage = running(session, principal, budget);
  if (usage === undefined) return isOver(unused(session), budget, open) ? budget.periodSeconds * 1000 : 0;
  return isOver(usage, budget, open) ? usage.began + budget.periodSeconds * 1000 - session.clock() : 0;
}

/**
 * Count a call that was let in. What the warning must say when this call is the first of the period to reach its level,
 * otherwise undefined. Only inside a write transaction.
 */
export function countUsage(
  session: Session,
  { principal, budget, bytes, scanMillis }: CallCost,
): AuditData | undefined {
  if (!isLimited(budget)) return undefined;
  const before = running(session, principal, budget) ?? unused(session);
  const used: Usage = {
    ...before,
    calls: before.calls + 1,
    bytes: before.bytes + Math.ceil(bytes),
    scan_millis: before.scan_millis + Math.ceil(scanMillis),
  };
  const warning = before.warned === 0 ? warningOf(used, budget) : undefined;
  save(session, principal, warning === undefined ? used : { ...used, warned: 1 });
  return warning;
}

/**
 * A call was refused: nothing is counted, but a period that begins in the future, because the clock was set back, is made
 * to begin now. Otherwise its end would stay as far away as the clock was wrong. Only inside a write transaction.
 */
export function settlePeriod(session: Session, { principal, budget }: Metered): void {
  if (!isLimited(budget)) return;
  const usage = stored(session, principal);
  if (usage !== undefined && usage.began > session.clock())
    save(session, principal, { ...usage, began: session.clock() });
}

function isOver(usage: Usage, budget: Budget, open: number): boolean {
  return kinds.some(([column, limit]) => {
    const used = usage[column] + (column === "calls" ? open : 0);
    return budget[limit] > 0 && used >= budget[limit];
  });
}

/**
 * What was used in the period that is running, or undefined. A clock set back gives no fresh budget: what was used stays
 * used, in a period that ends one length from now at the latest.
 */
function running(session: Session, principal: string, { periodSeconds }: Budget): Usage | undefined {
  const usage = stored(session, principal);
  const now = session.clock();
  if (usage === undefined || now >= usage.began + periodSeconds * 1000) return undefined;
  return usage.began > now ? { ...usage, began: now } : usage;
}

function stored(session: Session, principal: string): Usage | undefined {
  return session
    .sql<Usage>("SELECT began, calls, bytes, scan_millis, warned FROM usage WHERE principal = ?")
    .get(principal);
}

function unused(session: Session): Usage {
  return { began: session.clock(), calls: 0, bytes: 0, scan_millis: 0, warned: 0 };
}

function save(
  session: Session,
  principal: string,
  { began, calls, bytes, scan_millis, warned }: Usage,
): void {
  session
    .sql(
      "INSERT OR REPLACE INTO usage(principal, began, calls, bytes, scan_millis, warned) VALUES (?, ?, ?, ?, ?, ?)",
    )
    .run(principal, began, calls, bytes, scan_millis, warned);
}

/** The first kind that has reached its level. */
function warningOf(used: Usage, budget: Budget): AuditData | undefined {
  const reached = kinds.find(
    ([column, limit]) => budget[limit] > 0 && used[column] * 100 >= budget[limit] * budget.warnPercent,
  );
  if (reached === undefined) return undefined;
  const [column, limit] = reached;
  const ends = instant(used.began + budget.periodSeconds * 1000);
  return {
    kind: column,
    used: used[column],
    limit: budget[limit],
    percent: budget.warnPercent,
    period_ends: ends,
  };
}
