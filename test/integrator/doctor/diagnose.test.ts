// The doctor's judgement as a table: one fact is changed at a time, and exactly its finding changes.
import { describe, expect, test } from "vitest";
import { diagnose, type Facts } from "../../../src/integrator/doctor/diagnose.ts";
import type { Finding } from "../../../src/integrator/doctor/finding.ts";
import { apart, openDoor } from "../../support/doctor.ts";

const fine = { kind: "fine", detail: "x" } as const;
const folder = (name: string, mode = 0o40700) => ({ name, path: `/s/${name}`, mode, uid: 1000 });

/** A machine where everything is as it should be. */
const healthy: Facts = {
  node: "24.21.0",
  git: "2.39.5",
  uid: 1000,
  stateRoot: "/s",
  stateInside: false,
  fileSystem: "local",
  folders: [folder("state"), folder("keys")],
  privateKey: { name: "private key", path: "/s/keys/k", mode: 0o100600, uid: 1001 },
  trustKey: fine,
  keys: undefined,
  config: fine,
  exposed: [],
  sharedUser: "warn",
  store: fine,
  landings: fine,
  repository: { name: "repository", path: "/r", mode: 0o40755, uid: 1000 },
  manifest: fine,
  manifestCurrent: true,
  validatorRuns: true,
  door: openDoor(),
  gates: undefined,
  scanning: undefined,
  rights: apart,
  alerts: undefined,
};

const bad = (facts: Facts): readonly string[] =>
  diagnose(facts)
    .filter(({ level }) => level !== "ok")
    .map(({ id, level }) => `${level} ${id}`);

test("a healthy machine has no complaint", () => {
  expect(bad(healthy)).toEqual([]);
});

describe("one thing wrong, one finding", () => {
  const cases: readonly (readonly [Partial<Facts>, string])[] = [
    [{ node: "24.10.0" }, "fail node"],
    [{ node: "22.22.0" }, "fail node"],
    [{ git: undefined }, "fail git"],
    [{ git: "2.30.9" }, "fail git"],
    [{ git: "2.39.2" }, "warn git"],
    [{ git: "2.40.0" }, "warn git"],
    [{ git: "2.31.7.dirty" }, "warn git"],
    [{ stateInside: true }, "fail state-place"],
    [{ fileSystem: "tmpfs" }, "warn file-system"],
    [{ fileSystem: "network" }, "fail file-system"],
    [{ folders: [folder("keys", 0o40702)] }, "fail mode-keys"],
    [{ folders: [folder("keys", 0o40705)] }, "warn mode-keys"],
    [{ folders: [{ ...folder("keys"), mode: undefined }] }, "fail mode-keys"],
    [{ privateKey: { ...healthy.privateKey, mode: 0o100640 } }, "fail private-key"],
    [{ privateKey: { ...healthy.privateKey, mode: 0o100604 } }, "fail private-key"],
    [{ privateKey: { ...healthy.privateKey, mode: undefined, uid: undefined } }, "warn private-key"],
    [{ exposed: ["/etc/people.toml (0666)"] }, "fail exposed"],
    [{ privateKey: { ...healthy.privateKey, uid: 1000 } }, "warn users"],
    [{ privateKey: { ...healthy.privateKey, uid: 1000 }, sharedUser: "refuse" }, "fail users"],
    [{ trustKey: { kind: "broken", why: "no" } }, "fail trust-key"],
    [{ config: { kind: "broken", why: "no" } }, "fail config"],
    [{ store: { kind: "missing" } }, "fail store"],
    [{ store: { kind: "hidden" } }, "warn store"],
    [{ store: { kind: "broken", why: "no" } }, "fail store"],
    [{ landings: { kind: "broken", why: "no" } }, "fail exchange"],
    [{ repository: { ...healthy.repository, uid: 0 } }, "warn repository"],
    [{ repository: { ...healthy.repository, mode: undefined } }, "fail repository"],
    [{ manifest: { kind: "missing" } }, "warn manifest"],
    [{ manifest: { kind: "broken", why: "no" } }, "fail manifest"],
    [{ manifestCurrent: false }, "warn manifest"],
    [{ validatorRuns: false }, "warn validator"],
    [{ validatorRuns: undefined }, "warn validator"],
  ];
  test.each(cases)("%j: %s", (change, finding) => {
    expect(bad({ ...healthy, ...change })).toEqual([finding]);
  });
});

test("a container that keeps its state in memory is broken, a desktop only doubtful", () => {
  const door = {
    ...openDoor({ config: { server: { http: { enabled: false } } } }),
    preset: "container-prod" as const,
  };
  expect(bad({ ...healthy, fileSystem: "tmpfs", door })).toEqual(["fail file-system"]);
});

test("what the processes can do and how the door stands are part of the judgement", () => {
  const rights = { ...apart, users: { ...apart.users, validator: apart.users.integrator } };
  expect(bad({ ...healthy, rights })).toEqual(["fail capabilities"]);
  expect(bad({ ...healthy, door: openDoor({ credentials: [] }) })).toEqual(["warn nobody"]);
  expect(bad({ ...healthy, door: undefined })).toEqual([]);
});

test.each(["2.31.8", "2.41.0", "2.53.0", "3.0.0", "2.39.5.windows.1"])("git %s is fine", (git) => {
  expect(bad({ ...healthy, git })).toEqual([]);
});

test("whoever is told that something fails is told what to do", () => {
  const sick: Facts = {
    ...healthy,
    node: "20.0.0",
    git: undefined,
    stateInside: true,
    store: { kind: "missing" },
    manifest: { kind: "missing" },
  };
  const told = (finding: Finding): boolean => finding.level === "ok" || finding.fix !== "";
  expect(diagnose(sick).filter((finding) => !told(finding))).toEqual([]);
});
