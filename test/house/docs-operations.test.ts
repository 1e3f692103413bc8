// What docs/operations.md and config/ say about running it is what the code does: rights, hot keys, units, containers.
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "smol-toml";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { intended, powers, wings } from "../../src/integrator/doctor/capabilities.ts";
import { layout } from "../../src/io/file/layout.ts";
import { createFolders } from "../../src/io/file/state.ts";
import { removeScratch, scratch } from "../support/scratch.ts";
import { files, read } from "./files.ts";

const page = read("docs/operations.md");

test("the table of rights is the doctor's intended column", () => {
  const rows = [...page.matchAll(/^\| ([a-z ]+) \| ([a-zA-Z ]+) \| ([a-zA-Z ]+) \| ([a-zA-Z ]+) \|$/gm)];
  const [head, ...table] = rows.map(([, ...cells]) => cells);
  expect(head).toEqual(["can", ...wings]);
  expect(table).toEqual(powers.map((power) => [power, ...wings.map((wing) => intended[power][wing])]));
});

test("the keys that are taken over while running are those of the gateway", () => {
  const list = /const HOT = \[([^\]]+)\]/.exec(read("src/gateway/live.ts"))?.[1] ?? "";
  const hot = [...list.matchAll(/"([a-z_.]+)"/g)].map(([, key = ""]) => key.replace(/\.$/, ""));
  expect(hot.length).toBeGreaterThan(10);
  const [said = ""] = /Taken over while running:[^]*?\n\n/.exec(page) ?? [];
  const words = new Set([...said.matchAll(/`([a-z_.]+)`/g)].map(([, word = ""]) => word));
  // A key of a table that is named beside it stands there by its last word.
  const named = (key: string): boolean => words.has(key) || words.has(key.slice(key.lastIndexOf(".") + 1));
  expect(hot.filter((key) => !named(key))).toEqual([]);
  const ends = new Set(
    hot.flatMap((key) => [key, key.slice(key.lastIndexOf(".") + 1), key.slice(0, key.lastIndexOf("."))]),
  );
  expect([...words].filter((word) => !ends.has(word))).toEqual([]);
});

describe("systemd", () => {
  const units = files.filter((path) => /^config\/systemd\/.*\.(service|timer)$/.test(path));
  const services = units.filter((path) => path.endsWith(".service"));
  const setting = (path: string, key: string): readonly string[] =>
    [...read(path).matchAll(new RegExp(`^${key}=(.*)$`, "gm"))].map(([, value = ""]) => value);

  test("there is a unit for each process, and a timer", () => {
    expect(units.map((path) => path.replace("config/systemd/countersign-", ""))).toEqual(
      expect.arrayContaining([
        "gateway@.service",
        "validator@.service",
        "allowlist@.service",
        "allowlist@.timer",
      ]),
    );
  });

  test.each([
    ["NoNewPrivileges", "yes"],
    ["ProtectSystem", "strict"],
    ["CapabilityBoundingSet", ""],
    ["PrivateTmp", "yes"],
    ["PrivateDevices", "yes"],
    ["RestrictSUIDSGID", "yes"],
    ["SystemCallArchitectures", "native"],
    ["LimitCORE", "0"],
  ])("every service has %s=%s", (key, value) => {
    expect(services.filter((path) => !setting(path, key).includes(value))).toEqual([]);
  });

  test("each service is another user, and none is root", () => {
    const users = services.flatMap((path) => setting(path, "User"));
    expect(users).toHaveLength(services.length);
    expect(new Set(users).size).toBe(services.length);
    const known = read("config/systemd/countersign.sysusers");
    expect(users.filter((user) => !known.includes(`u ${user} `))).toEqual([]);
  });

  test("the gateway writes its store and its orders, the validator what it signs", () => {
    const writes = (name: string): readonly string[] =>
      setting(`config/systemd/countersign-${name}@.service`, "ReadWritePaths")[0]?.split(" ") ?? [];
    const at = (path: string): string => `/var/lib/countersign/%i/${path}`;
    expect(writes("gateway")).toEqual(
      ["gateway", "exchange/orders", "exchange/heads/requests", "exchange/receipts"].map(at),
    );
    expect(writes("validator")).toEqual(
      ["validator", "exchange/published", "exchange/verdicts", "exchange/heads/sealed"].map(at),
    );
    expect(setting("config/systemd/countersign-validator@.service", "PrivateNetwork")).toEqual(["yes"]);
    expect(setting("config/systemd/countersign-gateway@.service", "InaccessiblePaths")[0]).toContain("/keys");
  });

  test("a failed disk and a fault of the configuration are not tried again", () => {
    for (const name of ["gateway", "validator"])
      expect(setting(`config/systemd/countersign-${name}@.service`, "RestartPreventExitStatus")).toEqual([
        "2 74",
      ]);
  });

  test("the allow-list is synced every six hours at most, however late the timer is", () => {
    const path = "config/systemd/countersign-allowlist@.timer";
    const hours = Number(/^\*-\*-\* 00\/(\d+):\d\d:00$/.exec(setting(path, "OnCalendar")[0] ?? "")?.[1]);
    const late = Number(/^(\d+)min$/.exec(setting(path, "RandomizedDelaySec")[0] ?? "")?.[1]);
    expect(hours * 60 + late).toBeLessThanOrEqual(360);
    expect(24 % hours).toBe(0);
    const [, every] = /--every (\d+)/.exec(read("config/systemd/countersign-allowlist@.service")) ?? [];
    expect(Number(every)).toBe(hours);
  });

  test.skipIf(!existsSync("/usr/bin/systemd-analyze"))("systemd understands every unit", () => {
    const folder = scratch("units");
    try {
      const placed = units.map((path) => {
        const target = join(folder, path.replace("config/systemd/", ""));
        // The program need not be installed here; everything else is as it is.
        writeFileSync(target, read(path).replaceAll("/usr/bin/countersign", "/bin/true"));
        return target.replace("@.", "@a.");
      });
      for (const path of placed) copyFileSync(path.replace("@a.", "@."), path);
      const said = execFileSync("systemd-analyze", ["verify", "--man=no", ...placed], {
        encoding: "utf8",
        stdio: "pipe",
      });
      expect(said).toBe("");
    } finally {
      removeScratch(folder);
    }
  });
});

describe.skipIf(process.getuid?.() !== 0)(
  "separate-users.sh, as root with users that are only numbers",
  () => {
    const ids = { gateway: 61_301, validator: 61_302, person: 61_303, all: 61_300, known: 61_304 };
    let root: string;
    beforeAll(() => {
      root = scratch("separate");
      const places = layout(join(root, "state"));
      execFileSync("chmod", ["755", root]);
      createFolders(places);
      mkdirSync(join(places.exchange, "published", "manifests"));
      mkdirSync(join(places.root, "schemas"), { mode: 0o700 });
      const made: Readonly<Record<string, string>> = {
        [places.config]: "",
        [places.repository]: "{}",
        [join(places.keys, "attestation.key.pem")]: "k",
        [join(places.evidence, "tests.json")]: "{}",
        [join(places.root, "schemas", "tests@1.json")]: "{}",
        [places.database]: "d",
        [join(places.trust, "attestation.pub.pem")]: "p",
        [join(places.exchange, "published", "manifests", "m")]: "m",
      };
      for (const [path, text] of Object.entries(made)) writeFileSync(path, text, { mode: 0o600 });
      execFileSync("sh", ["config/systemd/separate-users.sh", places.root, String(ids.person)], {
        env: {
          PATH: process.env["PATH"],
          GATEWAY: String(ids.gateway),
          VALIDATOR: String(ids.validator),
          GROUP_ALL: String(ids.all),
          GROUP_REPOSITORY: String(ids.known),
        },
      });
    });
    afterAll(() => removeScratch(root));

    /** Asked of the kernel, as a process with that user and those groups. */
    const may = (uid: number, gids: readonly number[], how: "r" | "w", path: string): boolean => {
      const who = ["--reuid", String(uid), "--regid", String(uid), "--groups", gids.join(",")];
      try {
        execFileSync("setpriv", [...who, "test", `-${how}`, join(root, "state", path)]);
        return true;
      } catch {
        return false;
      }
    };
    const gateway = [ids.gateway, [ids.all]] as const;
    const validator = [ids.validator, [ids.all, ids.known]] as const;
    const person = [ids.person, [ids.all, ids.known]] as const;

    test.each([
      ["r", "keys/attestation.key.pem", false, true, false],
      ["r", "keys/disclosure.key", false, true, false],
      ["r", "evidence/tests.json", true, true, true],
      ["w", "evidence", false, false, false],
      ["r", "schemas/tests@1.json", true, true, true],
      ["w", "schemas/tests@1.json", false, false, false],
      ["r", "repository.json", false, true, true],
      ["r", "countersign.toml", true, true, true],
      ["w", "countersign.toml", false, false, false],
      ["r", "trust/attestation.pub.pem", true, true, true],
      ["w", "trust", false, false, false],
      ["r", "gateway/store.db", true, false, false],
      ["w", "exchange/orders", true, false, false],
      ["w", "exchange/verdicts", false, true, false],
      ["w", "exchange/published", false, true, false],
      ["r", "exchange/published/manifests/m", true, true, true],
      ["w", "exchange/landings", false, false, true],
      ["r", "integrator", false, false, true],
      ["w", "integrator", false, false, true],
    ] as const)("%s %s: gateway %s, validator %s, person %s", (how, path, ...expected) => {
      expect([gateway, validator, person].map(([uid, gids]) => may(uid, gids, how, path))).toEqual(expected);
    });

    test("what is made later belongs to the group that reads it", () => {
      expect(
        execFileSync("stat", ["-c", "%a %g", join(root, "state/exchange/orders")], {
          encoding: "utf8",
        }).trim(),
      ).toBe(`2750 ${ids.all}`);
    });
  },
);

describe("container", () => {
  const image = read("config/container/Containerfile");
  const compose = read("config/container/compose.yaml");
  const service = (name: string): string =>
    new RegExp(`^  ${name}:\\n([^]*?)(?=^\\S|^  \\w)`, "m").exec(compose)?.[1] ?? "";

  test("what the image copies exists, and what the program needs is copied", () => {
    const copied = [...image.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, names = ""]) =>
      names.split(" "),
    );
    expect(
      copied.filter(
        (name) => !files.some((path) => path === name.replace("./", "") || path.startsWith(`${name}/`)),
      ),
    ).toEqual([]);
    const shipped = (JSON.parse(read("package.json")) as { files: readonly string[] }).files;
    const needed = shipped.filter((name) => ["bin", "dist", "presets", "config"].includes(name));
    expect(needed.filter((name) => !image.includes(`/src/${name} ./${name}`))).toEqual([]);
  });

  test("nothing runs as root, and the default is the process without keys", () => {
    expect([...image.matchAll(/^USER (.+)$/gm)].map(([, user]) => user)).toEqual(["10001:10001"]);
    expect(image).toMatch(/CMD \["gateway"/);
    expect(service("gateway")).toContain('user: "10001:10001"');
    expect(service("validator")).toContain('user: "10002:10002"');
  });

  test("the gateway gets no key and no repository, publishes no port, and the validator has no network", () => {
    expect(service("gateway")).not.toMatch(
      /:\/state\/keys|:\/state\/validator|repository\.json:|:\/srv\/repository|ports:/,
    );
    expect(service("validator")).toContain("network_mode: none");
    expect(service("validator")).toContain("/srv/repository:/srv/repository:ro");
    const writable = (name: string): readonly string[] =>
      [...service(name).matchAll(/^ {6}- \S+:(\/state[^:\n]*)$/gm)].map(([, path = ""]) => path);
    expect(writable("gateway")).toEqual([
      "/state/exchange/orders",
      "/state/exchange/heads/requests",
      "/state/exchange/receipts",
      "/state/gateway",
    ]);
    expect(writable("validator")).toEqual([
      "/state/validator",
      "/state/exchange/published",
      "/state/exchange/verdicts",
      "/state/exchange/heads/sealed",
    ]);
  });

  test("both are read-only, without capabilities and without a way to more rights", () => {
    const [base = ""] = /^x-hardened:[^]*?^$/m.exec(compose) ?? [];
    for (const line of ["read_only: true", 'cap_drop: ["ALL"]', "no-new-privileges:true"])
      expect(base).toContain(line);
    for (const name of ["gateway", "validator"]) {
      expect(service(name)).toContain("<<: *hardened");
      // A list of a service replaces that of the base.
      expect(service(name)).toContain('"no-new-privileges:true"');
      expect(service(name)).toContain(`"seccomp=seccomp-${name}.json"`);
      expect(files).toContain(`config/container/seccomp-${name}.json`);
    }
    expect(compose).not.toContain("seccomp=unconfined");
  });

  test("its lines of configuration are keys of container-prod", () => {
    const preset = parse(
      readFileSync(join(import.meta.dirname, "../../presets/container-prod.toml"), "utf8"),
    );
    for (const [, key = ""] of compose.matchAll(/(server\.http\.proxy\.[a-z]+) =/g)) {
      const value = key.split(".").reduce<unknown>((at, name) => Reflect.get(at as object, name), preset);
      expect({ key, value }).not.toEqual({ key, value: undefined });
    }
  });
});
