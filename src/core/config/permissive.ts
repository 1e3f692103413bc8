// Until when dev.permissive lasts: it goes by when the configuration was written, so that it ends without anybody's doing.
import { instant } from "../base/time.ts";
import type { RuleFault } from "./fault.ts";
import type { Config } from "./schema.ts";

/** Milliseconds since 1970. */
export interface Moment {
  readonly now: number;
  /** When the configuration file was written last. */
  readonly written: number;
}

const DAY_MS = 86_400_000;

/** End of dev.permissive; undefined when it is off. */
export function permissiveUntil({ dev }: Pick<Config, "dev">, { written }: Moment): number | undefined {
  return dev.permissive ? written + dev.ttl_days * DAY_MS : undefined;
}

/**
 * Why dev.permissive does not hold now; none when it is off. `moment`: undefined where the caller has no clock, and then
 * nobody could say when it ends. A time of writing that is still to come would stretch it without end.
 */
export function permissiveFaults(
  config: Pick<Config, "dev">,
  moment: Moment | undefined,
): readonly RuleFault[] {
  if (!config.dev.permissive) return [];
  const key = "dev.permissive";
  if (moment === undefined)
    return [
      {
        key,
        message: "is true, and there is no clock to end it by",
        fix: "Set permissive = false in [dev].",
      },
    ];
  const until = permissiveUntil(config, moment);
  if (!(moment.written <= moment.now))
    return [
      {
        key,
        message: "is true, and the configuration file was written in the future",
        fix: "Correct the clock, write the file anew (touch countersign.toml), or set permissive = false in [dev].",
      },
    ];
  if (until !== undefined && moment.now < until) return [];
  return [
    {
      key,
      message: `ended ${end(until)}, ${config.dev.ttl_days} day(s) after the configuration was written (dev.ttl_days)`,
      fix: "Set permissive = false in [dev]; if the trial goes on, write the file anew (touch countersign.toml).",
    },
  ];
}

function end(until: number | undefined): string {
  return until === undefined || Math.abs(until) > 8.64e15 ? "long ago" : instant(until);
}
