// What each process can do: computed as the kernel would, compared with what is intended, and checked with the kernel itself.
import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  capabilities,
  type Capability,
  capabilityFinding,
  type RightsFacts,
  type User,
  wings,
} from "../../../src/integrator/doctor/capabilities.ts";
import { gatherRights } from "../../../src/integrator/doctor/rights.ts";
import { layout } from "../../../src/io/file/layout.ts";
import { createFolders } from "../../../src/io/file/state.ts";
import { apart } from "../../support/doctor.ts";
import { removeScratch, scratch } from "../../support/scratch.ts";

const misfits = (facts: RightsFacts): readonly string[] =>
  capabilities(facts)
    .filter(({ fits }) => !fits)
    .map(({ process, power }) => `${process}: ${power}`);
const row = (facts: RightsFacts, process: string, power: string): Capability | undefined =>
  capabilities(facts).find((one) => one.process === process && one.power === power);

test("three users: everything is as intended, and the finding says so", () => {
  expect(misfits(apart)).toEqual([]);
  expect(capabilityFinding(capabilities(apart), "refuse").level).toBe("ok");
});

describe("one user for everything", () => {
  const one: User = { uid: 1000, gids: [1000, 100] };
  const mine = { mode: 0o40700, uid: 1000, gid: 1000 };
  const spot = { way: [mine], complete: true };
  const shared: RightsFacts = {
    users: { gateway: one, validator: one, integrator: one },
    key: spot,
    repository: spot,
    store: spot,
    orders: spot,
    verdicts: spot,
    landings: spot,
    http: false,
  };

  test("the gateway is held by Node's permission model, the others by nothing", () => {
    expect(misfits(shared)).toEqual([
      "validator: write the repository",
      "validator: read the store",
      "validator: write orders",
      "validator: write landings",
      "integrator: read the private key",
      "integrator: write orders",
      "integrator: write verdicts",
    ]);
    expect(row(shared, "gateway", "read the private key")).toMatchObject({
      can: "no",
      by: "permission model",
    });
    expect(row(shared, "gateway", "start programs")).toMatchObject({ can: "no", by: "permission model" });
  });

  test("a preset may accept that, or not", () => {
    expect(capabilityFinding(capabilities(shared), "warn").level).toBe("warn");
    expect(capabilityFinding(capabilities(shared), "refuse").level).toBe("fail");
  });

  test("listening is meant when the HTTP door is open, and only then", () => {
    expect(row(shared, "gateway", "listen")).toMatchObject({ can: "no", by: "program", intended: "no" });
    expect(row({ ...shared, http: true }, "gateway", "listen")).toMatchObject({
      can: "yes",
      intended: "yes",
    });
    expect(row({ ...shared, http: true }, "validator", "listen")).toMatchObject({
      can: "no",
      intended: "no",
    });
  });
});

describe("a right too much or too little is seen", () => {
  const way = (...modes: readonly number[]) => ({
    way: modes.map((mode) => ({ mode, uid: 202, gid: 202 })),
    complete: true,
  });
  const cases: readonly (readonly [string, Partial<RightsFacts>, string, string])[] = [
    ["key readable by others", { key: way(0o40755, 0o100604) }, "integrator: read the private key", "warn"],
    [
      "repository writable by others",
      { repository: way(0o40777) },
      "validator: write the repository",
      "warn",
    ],
    [
      "verdicts that the validator cannot write",
      { verdicts: way(0o40555) },
      "validator: write verdicts",
      "fail",
    ],
    ["orders that the gateway cannot write", { orders: way(0o40755) }, "gateway: write orders", "fail"],
    [
      "a folder above that lets nobody through",
      { landings: way(0o40600, 0o40777) },
      "integrator: write landings",
      "fail",
    ],
  ];
  test.each(cases)("%s", (_what, change, misfit, level) => {
    const facts = { ...apart, ...change };
    expect(misfits(facts)).toContain(misfit);
    const finding = capabilityFinding(capabilities(facts), "warn");
    expect(finding.level).toBe(level);
    expect(finding.message).toContain(misfit);
  });
});

test("what cannot be seen is unknown, except that a closed folder says no", () => {
  const closed = { way: [{ mode: 0o40700, uid: 202, gid: 202 }], complete: false };
  expect(row({ ...apart, key: closed }, "integrator", "read the private key")?.can).toBe("no");
  expect(row({ ...apart, key: closed }, "validator", "read the private key")?.can).toBe("unknown");
  expect(
    row({ ...apart, users: { ...apart.users, gateway: undefined } }, "gateway", "read the store")?.can,
  ).toBe("unknown");
});

test("the owner's bits decide for the owner, even when everybody may do more", () => {
  const odd = { way: [{ mode: 0o40077, uid: 201, gid: 201 }], complete: true };
  expect(row({ ...apart, orders: odd }, "gateway", "write orders")?.can).toBe("no");
  const group = { way: [{ mode: 0o40707, uid: 0, gid: 100 }], complete: true };
  expect(row({ ...apart, orders: group }, "gateway", "write orders")?.can).toBe("no");
});

test("groups of a number without an account are unknown, and nothing is made of them", () => {
  const nameless: RightsFacts = {
    ...apart,
    users: { ...apart.users, gateway: { uid: 201, gids: undefined } },
  };
  expect(row(nameless, "gateway", "write orders")?.can).toBe("unknown");
  expect(
    row(
      { ...nameless, orders: { way: [{ mode: 0o40755, uid: 0, gid: 0 }], complete: true } },
      "gateway",
      "write orders",
    )?.can,
  ).toBe("no");
  expect(
    row(
      { ...nameless, orders: { way: [{ mode: 0o40770, uid: 0, gid: 0 }], complete: true } },
      "gateway",
      "write orders",
    )?.can,
  ).toBe("unknown");
  expect(misfits(nameless)).toEqual([]);
});

// The kernel is the authority: what is computed is asked of it, as three users without names.
describe.skipIf(process.getuid?.() !== 0)("the kernel says the same", () => {
  const ids = { gateway: 61_201, validator: 61_202, integrator: 61_203 } as const;
  let folder: string;
  beforeEach(() => {
    folder = scratch("rights");
    chmodSync(folder, 0o755);
  });
  afterEach(() => removeScratch(folder));

  test("for files of each owner and mode", () => {
    const places = layout(join(folder, "state"));
    createFolders(places);
    const repo = join(folder, "repo");
    mkdirSync(repo);
    const key = join(places.keys, "attestation.key.pem");
    for (const path of [key, places.database]) writeFileSync(path, "x", { mode: 0o600 });
    chmodSync(places.root, 0o755);
    chmodSync(places.exchange, 0o755);
    const owners: readonly (readonly [string, keyof typeof ids, number])[] = [
      [places.keys, "validator", 0o711],
      [key, "validator", 0o644],
      [places.gateway, "gateway", 0o700],
      [places.validator, "validator", 0o700],
      [places.database, "gateway", 0o600],
      [repo, "integrator", 0o777],
      [join(places.exchange, "orders"), "gateway", 0o755],
      [join(places.exchange, "verdicts"), "validator", 0o077],
      [join(places.exchange, "landings"), "integrator", 0o733],
    ];
    for (const [path, who, mode] of owners) {
      chownSync(path, ids[who], ids[who]);
      chmodSync(path, mode);
    }
    const facts = gatherRights(places, repo, ids.integrator, true);
    expect(facts.users.gateway?.uid).toBe(ids.gateway);
    const probes: readonly (readonly [string, "r" | "w", string])[] = [
      ["read the private key", "r", key],
      ["write the repository", "w", repo],
      ["read the store", "r", places.database],
      ["write orders", "w", join(places.exchange, "orders")],
      ["write verdicts", "w", join(places.exchange, "verdicts")],
      ["write landings", "w", join(places.exchange, "landings")],
    ];
    for (const wing of wings)
      for (const [power, how, path] of probes) {
        const said = row(facts, wing, power);
        const truth = said?.by === "permission model" ? "no" : kernel(ids[wing], how, path);
        expect({ wing, power, can: said?.can }).toEqual({ wing, power, can: truth });
      }
  });
});

function kernel(uid: number, how: "r" | "w", path: string): "yes" | "no" {
  try {
    execFileSync("/usr/bin/test", [`-${how}`, path], { uid, gid: uid });
    return "yes";
  } catch {
    return "no";
  }
}
