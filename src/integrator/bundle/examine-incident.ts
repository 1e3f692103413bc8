// What a bundle says about an incident, examined: its record, its end, and every line of the log between the two.
import type { IncidentId } from "../../core/audit/incident.ts";
import type { PatchId } from "../../core/base/ids.ts";
import type { Facts } from "./examine-patch.ts";
import { hold, needed } from "./parts.ts";
import type { ProvenIncident } from "./proven-records.ts";
import { linesName, type SealedLog } from "./sealed-log.ts";

export interface ExaminedIncident {
  readonly facts: Facts;
  readonly patches: readonly PatchId[];
}

export function examineIncident(
  id: IncidentId,
  patch: PatchId | null,
  incidents: readonly ProvenIncident[],
  log: SealedLog,
): ExaminedIncident {
  const found = incidents.find(({ incident }) => incident.incident_id === id);
  const { incident, closure } = needed(found, "incidents/", `the record of ${id} is missing`);
  hold(incidents.length === 1, "incidents/", "it holds records of other incidents");
  hold(incident.patch_id === patch, "list", "it names another patch than the incident");
  if (log.locked === 0) assertWhole(id, closure !== undefined, log);
  return {
    facts: {
      incident_id: id,
      opened: incident.opened,
      closed: closure?.closed ?? "no",
      freezes: incident.freezes,
      reason: incident.reason,
    },
    patches: patch === null ? [] : [patch],
  };
}

/** Nothing between opening and end is left out: the runs of lines begin and end there, and whole months lie between. */
function assertWhole(id: IncidentId, isClosed: boolean, log: SealedLog): void {
  const place = (event: string): { shard: string; seq: number } | undefined =>
    log.entries.find(({ entry }) => entry?.event === event && entry.data["incident_id"] === id);
  const opened = needed(place("incident.opened"), "log/", "the entry of its opening is missing");
  const closed = place("incident.closed");
  hold((closed !== undefined) === isClosed, "log/", "record and log disagree about whether it is closed");
  const last = closed?.shard ?? log.months.at(-1)?.shard ?? "";
  const months = log.months.filter(({ shard }) => shard >= opened.shard && shard <= last);
  for (const { shard, size, slice } of months) {
    const from = shard === opened.shard ? opened.seq : 0;
    const to = shard === closed?.shard ? closed.seq + 1 : size;
    hold(
      slice?.from === from && slice.to === to,
      linesName(shard),
      `the lines ${from} to ${to - 1} of the time of the incident are not all there`,
    );
  }
}
