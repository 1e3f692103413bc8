// A changed configuration is taken over whole or not at all, and the log says which.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { CountersignError } from "../../src/core/base/failure.ts";
import { renderSchema } from "../../src/core/gate/schema.ts";
import { liveLab, type LiveLab } from "../support/live.ts";
import { publicKeyText } from "../support/presets.ts";

let lab: LiveLab;
beforeEach(async () => {
  lab = await liveLab();
});
afterEach(() => lab.remove());

const perMinute = (): number => lab.live.service().setup.config.calls.per_minute;

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
    const before = lab.live.service();
    await lab.change(toml);
    expect(lab.live.service()).toBe(before);
    expect(lab.recorded).toEqual([
      { event: "config.refused", data: expect.objectContaining({ reason }) as object },
    ]);
  });

  test("when what stands beside it cannot follow, such as a secret that is gone", async () => {
    const before = lab.live.service();
    lab.follow = () => {
      throw new CountersignError("config_invalid", "the variable TOKEN is not set");
    };
    await lab.change("[calls]\nper_minute = 7");
    expect(lab.live.service()).toBe(before);
    expect(lab.recorded.map(({ event }) => event)).toEqual(["config.refused"]);
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
    await lab.change(toml);
    expect(lab.recorded).toEqual([
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
    const before = lab.live.service();
    await lab.change(toml);
    expect(lab.live.service()).toBe(before);
    expect(lab.recorded).toEqual([
      { event: "config.refused", data: expect.objectContaining({ reason: "restart_needed" }) as object },
    ]);
  });
});

test("a file that cannot be looked at for a moment changes nothing", async () => {
  lab.stamp = undefined;
  await lab.live.look();
  expect(lab.recorded).toEqual([]);
});

test("a good configuration is in force as a whole, with an entry that names the keys", async () => {
  await lab.change('[calls]\nper_minute = 7\n[log]\nlevel = "warn"');
  expect(perMinute()).toBe(7);
  expect(lab.followed).toEqual([lab.live.service()]);
  expect(lab.recorded).toEqual([
    {
      event: "config.changed",
      data: expect.objectContaining({ keys: "calls.per_minute log.level" }) as object,
    },
  ]);
  // Refusals that the old corridor only counted are in the log before it is forgotten.
  expect(lab.settled).toBe(1);
});

test("a file that a key names was written: what stands beside it follows, without a change of configuration", async () => {
  writeFileSync(`${lab.layout.root}/unrelated`, "");
  lab.stamp = "2";
  await lab.live.look();
  expect(lab.followed).toEqual([lab.live.service()]);
  expect(lab.recorded).toEqual([]);
});

test("a log that fails is no matter of the configuration: the process has to know", async () => {
  lab.follow = () => {
    throw new CountersignError("storage", "the disk is gone");
  };
  await expect(lab.change("[calls]\nper_minute = 7")).rejects.toMatchObject({ code: "storage" });
});

describe("the policy", () => {
  const GATE =
    '[gates.read-file]\nrequire = "open"\n[[conditions]]\nid = "open"\nprovider = "time"\ncomparator = "equals"\nexpected = true\n';
  const asked = (instant: string): string => `${GATE}query = { check = "after", instant = "${instant}" }\n`;

  test("is taken over whole, with its gates compiled", async () => {
    await lab.change(asked("2020-01-01T00:00:00Z"));
    expect(
      lab.live
        .service()
        .setup.gates.get("read-file")
        ?.conditions.map(({ id }) => id),
    ).toEqual(["open"]);
    expect(lab.recorded).toMatchObject([{ event: "config.changed" }]);
  });

  test("with a gate that names no condition is not taken over at all", async () => {
    const before = lab.live.service();
    await lab.change('[calls]\nper_minute = 7\n[gates.read-file]\nrequire = "nobody"');
    expect(lab.live.service()).toBe(before);
  });

  // Threat: conditions that go by a registered schema would be judged by the one of yesterday.
  test("changes with a registered schema, although no key of the file did", async () => {
    const before = lab.live.service();
    mkdirSync(join(lab.layout.root, "schemas"), { recursive: true });
    const schema = { schema: "countersign-evidence-schema/1" as const, name: "report", version: 1 };
    const bytes = renderSchema({ ...schema, types: ["boolean"] });
    writeFileSync(join(lab.layout.root, "schemas", "report@1.json"), bytes);
    await lab.change("");
    expect(lab.live.service()).not.toBe(before);
    expect(lab.live.service().setup.policy).not.toBe(before.setup.policy);
  });
});
