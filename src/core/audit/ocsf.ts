// Entries as events of OCSF, for tools that read nothing else: a view, from which the log cannot be verified.
import type { AuditEntry } from "./entry.ts";
import { originOf } from "./checkpoint.ts";

const VERSION = "1.4.0";
const CATEGORY = 6;
/** API Activity: somebody asked a service for something. */
const CLASS = 6003;

/** Where the entry is in the log: with its leaf hash it can be found and proven there. */
export interface Place {
  readonly deployment: string;
  readonly shard: string;
  readonly seq: number;
  readonly leaf: string;
}

type Activity = readonly [id: number, name: string];
const [CREATE, READ, UPDATE, DELETE, OTHER]: readonly [Activity, Activity, Activity, Activity, Activity] = [
  [1, "Create"],
  [2, "Read"],
  [3, "Update"],
  [4, "Delete"],
  [99, "Other"],
];

/** Undefined for an entry that could not be read: then only its place is told. */
export function ocsfEvent(place: Place, entry: AuditEntry | undefined): Readonly<Record<string, unknown>> {
  const { deployment, shard, seq, leaf } = place;
  const [activity, activityName] = entry === undefined ? OTHER : activityOf(entry);
  const metadata = {
    version: VERSION,
    product: { name: "countersign", vendor_name: "countersign" },
    log_name: originOf(deployment, shard),
    sequence: seq,
    uid: leaf,
  };
  const base = {
    category_uid: CATEGORY,
    category_name: "Application Activity",
    class_uid: CLASS,
    class_name: "API Activity",
    activity_id: activity,
    activity_name: activityName,
    type_uid: CLASS * 100 + activity,
    type_name: `API Activity: ${activityName}`,
    metadata,
  };
  if (entry === undefined)
    return { ...base, severity_id: 0, unmapped: { shard, seq, leaf, encrypted: true } };
  return {
    ...base,
    ...contentOf(entry),
    unmapped: { shard, seq, leaf, event: entry.event, data: entry.data },
  };
}

function contentOf({ event, ts, actor, data }: AuditEntry): Readonly<Record<string, unknown>> {
  const { tool, reason, address } = data;
  const failed =
    /\.(?:refused|halt|recovered|suppressed|backwards)$/.test(event) || event === "incident.opened";
  const operation = typeof tool === "string" ? tool : event;
  return {
    time: Date.parse(ts),
    severity_id: severityOf(event, failed),
    status_id: failed ? 2 : 1,
    status: failed ? "Failure" : "Success",
    ...(typeof reason === "string" ? { status_code: reason } : {}),
    message: event,
    actor: {
      user: {
        name: actor.principal,
        ...(actor.credential === undefined ? {} : { credential_uid: actor.credential }),
      },
      ...(actor.session === undefined ? {} : { session: { uid: actor.session } }),
    },
    api: {
      operation,
      service: { name: "countersign" },
      ...(actor.correlation === undefined ? {} : { request: { uid: actor.correlation } }),
    },
    src_endpoint: typeof address === "string" ? { ip: address } : { name: "local" },
  };
}

function activityOf({ event, data }: AuditEntry): Activity {
  if (event.startsWith("call.")) return data["tool"] === "propose-patch" ? CREATE : READ;
  if (/\.(?:accepted|issued|opened|landed|raised|known)$/.test(event)) return CREATE;
  if (/\.(?:changed|rotated|refreshed|closed|dispatched|received|cleared)$/.test(event)) return UPDATE;
  return /\.(?:revoked|erased)$/.test(event) ? DELETE : OTHER;
}

/** 1 informational, 2 low, 4 high. */
function severityOf(event: string, failed: boolean): number {
  if (event.startsWith("incident.") || event === "audit.halt" || event === "clock.backwards") return 4;
  return failed || event.startsWith("alert.") ? 2 : 1;
}
