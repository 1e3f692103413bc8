// A changed configuration is taken over whole or not at all, and the log says which.
import { appendFileSync, mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { AuditData, AuditEvent } from "../../src/core/audit/entry.ts";
import { CountersignError } from "../../src/core/base/failure.ts";
import { renderSchema } from "../../src/core/gate/schema.ts";
import { type Live, openLive } from "../../src/gateway/live.ts";
import type { Service } from "../../src/gateway/service.ts";
import { loadSetup, packageRoot, type Setup } from "../../src/io/file/config.ts";
import { openLog } from "../../src/io/log/log.ts";
import { publicKeyText } from "../support/presets.ts";
import { type PublishedState, publishedState } from "../support/published.ts";
import { removeScratch } from "../support/scratch.ts";

let state: PublishedState;
let live: Live;
let stamp: string | undefined;
let swap: (service: Service) => void;
let recorded: { readonly event: AuditEvent; readonly data: AuditData }[];
let settled: number;

let now: number | undefined;
const load = (): Setup => loadSetup(state.layout, packageRoot(), undefined, [], now);
/** What of a service matters here: the rest is built by service.ts and tested with it. */
const serviceOf = (setup: Setup): Service =>
  ({
    setup,
    shelf: { refresh: () => Promise.resolve() },
    corridor: { settle: () => void (settled += 1) },
  }) as unknown as Service;
const perMinute = (): number => live.service().setup.config.calls.per_minute;

beforeEach(async () => {
  state = await publishedState();
  [recorded, stamp, settled, swap] = [[], "1", 0, () => undefined];
  live = openLive(
    {
      shared: {
        record: (event, data) => void recorded.push({ event, data }),
        log: openLog("error", { write: () => undefined }),
        every: () => () => undefined,
      },
      stamp: () => stamp,
      load,
      open: serviceOf,
      door: "stdio",
      swapped: (service) => swap(service),
      failed: (error) => expect.unreachable(String(error)),
    },
    serviceOf(load()),
  );
});
afterEach(() => removeScratch(state.layout.root));

/** Appends to the configuration, and lets the next look see it. */
async function change(toml: string): Promise<void> {
  appendFileSync(state.layout.config, `\n${toml}\n`);
  stamp = `${stamp ?? ""}+`;
  await live.look();
}

describe("the old configuration stays in force, and that is recorded", () => {
  test.each([
    ["an unknown key", "[calls]\nper_minutes = 1", "config_invalid"],
    ["a value out of bounds", "[calls]\nper_minute = 0", "config_invalid"],
    ["half a file", "[calls", "config_invalid"],
    [
      "a floor that the connected client did not agree to",
      '[server]\nmin_protocol = "2025-11-25"',
      "restart_needed",
    ],
    ["a key that decides how the process was started", "[server.http]\nport = 9999", "restart_needed"],
    [
      "one such key beside one that could be taken over",
      '[calls]\nper_minute = 7\n[gateway]\nshared_user = "refuse"',
      "restart_needed",
    ],
  ])("%s", async (_, toml, reason) => {
    const before = live.service();
    await change(toml);
    expect(live.service()).toBe(before);
    expect(recorded).toEqual([
      { event: "config.refused", data: expect.objectContaining({ reason }) as object },
    ]);
  });

  test("when what stands beside it cannot follow, such as a secret that is gone", async () => {
    const before = live.service();
    swap = () => {
      throw new CountersignError("config_invalid", "the variable TOKEN is not set");
    };
    await change("[calls]\nper_minute = 7");
    expect(live.service()).toBe(before);
    expect(recorded.map(({ event }) => event)).toEqual(["config.refused"]);
  });

  test("said once for one state of the file, not at every look", async () => {
    await change("[calls]\nper_minutes = 1");
    await live.look();
    expect(recorded).toHaveLength(1);
  });
});

const EARLY =
  'id = "early"\nprovider = "time"\nquery = { check = "hour" }\ncomparator = "less_than"\nexpected = 18';

describe("gates and evidence", () => {
  test.each<[string, string]>([
    ["trust.logic", '[trust]\nlogic = "bochvar"'],
    ["validation.dynamic", "[validation]\ndynamic = false"],
    ["evidence.accept_claims", "[evidence]\naccept_claims = false"],
    ["evidence.allow_raw_values", "[evidence]\nallow_raw_values = true"],
    ["evidence.raw_providers", '[evidence]\nraw_providers = ["git"]'],
    ["evidence.timeout_ms", "[evidence]\ntimeout_ms = 100"],
    ["evidence.max_age_seconds", "[evidence]\nmax_age_seconds = 60"],
    ["evidence.keys", `[[evidence.keys]]\nname = "ci"\nkey = "${publicKeyText()}"\nchecks = ["*"]`],
    ["evidence.anchors", '[[evidence.anchors]]\nprovider = "json"\ntype = "a"\nrequired_fields = ["b"]'],
    ["evidence.json.max_bytes", "[evidence.json]\nmax_bytes = 1"],
    ["evidence.http.allowed_hosts", '[evidence.http]\nallowed_hosts = ["ci.example"]'],
    ["schemas.require_signing", "[schemas]\nrequire_signing = true"],
    ["dev.exempt_providers", '[dev]\nexempt_providers = ["time"]'],
    ["namespace.name", '[namespace]\nname = "other"'],
    ["dispatch.default", '[dispatch]\ndefault = "permit"'],
    ["feedback.local", '[feedback]\nlocal = "summary"'],
    ["conditions.early gates.read-file", `[gates.read-file]\nrequire = "early"\n[[conditions]]\n${EARLY}`],
    ["gates.landing", '[gates.landing]\nrequire = { any = ["structure"] }'],
  ])("%s is taken over", async (keys, toml) => {
    await change(toml);
    expect(recorded).toEqual([
      { event: "config.changed", data: expect.objectContaining({ keys }) as object },
    ]);
  });

  // The process was started with walls and an environment that go by these.
  test.each<[string, string]>([
    ["evidence.folder", '[evidence]\nfolder = "facts"'],
    ["evidence.providers", '[evidence]\nproviders = ["time", "checks"]'],
    ["evidence.json.root", '[evidence.json]\nroot = "facts"'],
    ["evidence.env.allow", '[evidence.env]\nallow = ["CI"]'],
    ["one beside a gate", '[evidence]\nfolder = "facts"\n[gates.landing]\nrequire = { any = ["structure"] }'],
  ])("%s needs a restart", async (_, toml) => {
    const before = live.service();
    await change(toml);
    expect(live.service()).toBe(before);
    expect(recorded).toEqual([
      { event: "config.refused", data: expect.objectContaining({ reason: "restart_needed" }) as object },
    ]);
  });

  test("a longer trial is taken over although no key changed", async () => {
    now = Date.now();
    await change("[dev]\npermissive = true\nttl_days = 1");
    const first = live.service().setup.permissiveUntil ?? 0;
    recorded = [];
    utimesSync(state.layout.config, new Date(), new Date(now - 3_600_000));
    stamp = "touched";
    await live.look();
    expect(live.service().setup.permissiveUntil).toBeLessThan(first);
    expect(recorded.map(({ event }) => event)).toEqual(["config.changed"]);
    // Past its end the old one stays, and trustOf() lowers nothing any more.
    utimesSync(state.layout.config, new Date(), new Date(now - 90_000_000));
    stamp = "old";
    await live.look();
    expect(recorded.map(({ event }) => event)).toEqual(["config.changed", "config.refused"]);
  });
});

test("a file that cannot be looked at for a moment changes nothing", async () => {
  stamp = undefined;
  await live.look();
  expect(recorded).toEqual([]);
});

test("a good configuration is in force as a whole, with an entry that names the keys", async () => {
  const followed: Service[] = [];
  swap = (service) => void followed.push(service);
  await change('[calls]\nper_minute = 7\n[log]\nlevel = "warn"');
  expect(perMinute()).toBe(7);
  expect(followed).toEqual([live.service()]);
  expect(recorded).toEqual([
    {
      event: "config.changed",
      data: expect.objectContaining({ keys: "calls.per_minute log.level" }) as object,
    },
  ]);
  // Refusals that the old corridor only counted are in the log before it is forgotten.
  expect(settled).toBe(1);
});

test("a file that a key names was written: what stands beside it follows, without a change of configuration", async () => {
  const followed: Service[] = [];
  swap = (service) => void followed.push(service);
  writeFileSync(`${state.layout.root}/unrelated`, "");
  stamp = "2";
  await live.look();
  expect(followed).toEqual([live.service()]);
  expect(recorded).toEqual([]);
});

test("a log that fails is no matter of the configuration: the process has to know", async () => {
  swap = () => {
    throw new CountersignError("storage", "the disk is gone");
  };
  await expect(change("[calls]\nper_minute = 7")).rejects.toMatchObject({ code: "storage" });
});

describe("the policy", () => {
  const GATE =
    '[gates.read-file]\nrequire = "open"\n[[conditions]]\nid = "open"\nprovider = "time"\ncomparator = "equals"\nexpected = true\n';
  const asked = (instant: string): string => `${GATE}query = { check = "after", instant = "${instant}" }\n`;

  test("is taken over whole, with its gates compiled", async () => {
    await change(asked("2020-01-01T00:00:00Z"));
    expect(
      live
        .service()
        .setup.gates.get("read-file")
        ?.conditions.map(({ id }) => id),
    ).toEqual(["open"]);
    expect(recorded).toMatchObject([{ event: "config.changed" }]);
  });

  test("with a gate that names no condition is not taken over at all", async () => {
    const before = live.service();
    await change('[calls]\nper_minute = 7\n[gates.read-file]\nrequire = "nobody"');
    expect(live.service()).toBe(before);
  });

  // Threat: conditions that go by a registered schema would be judged by the one of yesterday.
  test("changes with a registered schema, although no key of the file did", async () => {
    const before = live.service();
    mkdirSync(join(state.layout.root, "schemas"), { recursive: true });
    const schema = { schema: "countersign-evidence-schema/1" as const, name: "report", version: 1 };
    const bytes = renderSchema({ ...schema, types: ["boolean"] });
    writeFileSync(join(state.layout.root, "schemas", "report@1.json"), bytes);
    await change("");
    expect(live.service()).not.toBe(before);
    expect(live.service().setup.policy).not.toBe(before.setup.policy);
  });
});
