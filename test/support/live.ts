// The configuration in force without a process: the test says when a look is, and what stands beside the service.
import { appendFileSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import type { AuditData, AuditEvent } from "../../src/core/audit/entry.ts";
import { type Live, openLive } from "../../src/gateway/live.ts";
import type { Service } from "../../src/gateway/service.ts";
import { packageRoot, reloadSetup, type Setup } from "../../src/io/file/config.ts";
import { openLog } from "../../src/io/log/log.ts";
import { type PublishedState, publishedState } from "./published.ts";
import { removeScratch } from "./scratch.ts";

export interface LiveLab extends Pick<PublishedState, "layout"> {
  readonly live: Live;
  readonly recorded: { readonly event: AuditEvent; readonly data: AuditData }[];
  /** What stands beside the service was put in place for these. */
  readonly followed: Service[];
  /** So often a service settled what it had counted, and looked at its manifests. */
  settled: number;
  refreshed: number;
  /** Of the files; a test that touches one says so here. */
  stamp: string | undefined;
  /** Milliseconds since 1970; undefined without a clock. */
  now: number | undefined;
  /** Something stands beside the service, and may not be able to follow. */
  follow: (service: Service) => void;
  /** Something happens while the configuration is read. */
  meanwhile: () => void;
  /** The look every two seconds. */
  tick(): Promise<void>;
  /** Appends to the configuration. */
  write(toml: string): void;
  /** The same, and asks for a look. */
  change(toml: string): Promise<void>;
  remove(): void;
}

export async function liveLab(): Promise<LiveLab> {
  const { layout } = await publishedState();
  const recorded: LiveLab["recorded"] = [];
  let look = (): void => undefined;
  const load = (): Setup => {
    const setup = reloadSetup(layout, packageRoot(), undefined, [], lab.now);
    lab.meanwhile();
    return setup;
  };
  /** What of a service matters here: the rest is built by service.ts and tested with it. */
  const serviceOf = (setup: Setup): Service =>
    ({
      setup,
      shelf: { refresh: () => Promise.resolve(void (lab.refreshed += 1)) },
      corridor: { settle: () => void (lab.settled += 1) },
    }) as unknown as Service;
  const parts: Parameters<typeof openLive>[0] = {
    shared: {
      record: (event, data) => void recorded.push({ event, data }),
      clock: () => lab.now ?? 0,
      log: openLog("error", { write: () => undefined }),
      every: (_, tick) => {
        look = tick;
        return () => undefined;
      },
    },
    stamp: () => lab.stamp,
    load,
    open: serviceOf,
    door: "stdio",
    follow: (service) => {
      lab.follow(service);
      return () => void lab.followed.push(service);
    },
    failed: (error) => {
      throw error;
    },
  };
  const lab: Omit<LiveLab, "live"> = {
    layout,
    recorded,
    followed: [],
    settled: 0,
    refreshed: 0,
    stamp: "1",
    now: undefined,
    follow: () => undefined,
    meanwhile: () => undefined,
    async tick() {
      look();
      // The look itself is not handed out: by then it is through.
      await setImmediate();
    },
    write(toml) {
      appendFileSync(layout.config, `\n${toml}\n`);
      lab.stamp = `${lab.stamp ?? ""}+`;
    },
    async change(toml) {
      lab.write(toml);
      await live.look();
    },
    remove: () => removeScratch(layout.root),
  };
  const live = openLive(parts, serviceOf(load()));
  return Object.assign(lab, { live });
}
