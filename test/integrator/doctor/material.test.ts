// Certificates, lists and keys as a table: what is about to end is doubtful, what has ended is broken, to the second.
import { expect, test } from "vitest";
import { type Material, materialFindings } from "../../../src/integrator/doctor/material.ts";
import { DAY, found, listAged, openDoor } from "../../support/doctor.ts";
import { NOON } from "../../support/proposals.ts";

const HOUR = 3600;
const until = (end: number, start = NOON - DAY): Material["certificate"] =>
  found({ notBefore: start, notAfter: end });

const cases: readonly (readonly [string, Partial<Material>, string])[] = [
  ["certificate for 31 days", { certificate: until(NOON + 31 * DAY) }, "ok tls-certificate"],
  ["certificate for 29 days", { certificate: until(NOON + 29 * DAY) }, "warn tls-certificate"],
  ["certificate that ended now", { certificate: until(NOON) }, "fail tls-certificate"],
  ["certificate of tomorrow", { certificate: until(NOON + 90 * DAY, NOON + 1) }, "fail tls-certificate"],
  ["no certificate in the file", { certificate: { kind: "broken", why: "x" } }, "fail tls-certificate"],
  ["key of the certificate", { key: found({ mode: 0o100_600, fits: true }) }, "ok tls-key"],
  ["key that is not ours to read", { key: found({ mode: 0o100_400, fits: undefined }) }, "ok tls-key"],
  ["key of another certificate", { key: found({ mode: 0o100_600, fits: false }) }, "fail tls-key"],
  ["key for all", { key: found({ mode: 0o100_644, fits: true }) }, "fail tls-key"],
  ["key for the group", { key: found({ mode: 0o100_640, fits: true }) }, "fail tls-key"],
  ["client CA for 31 days", { clientCa: until(NOON + 31 * DAY) }, "ok client-ca"],
  ["client CA for 29 days", { clientCa: until(NOON + 29 * DAY) }, "warn client-ca"],
  ["client CA that ended", { clientCa: until(NOON - 1) }, "fail client-ca"],
  ["list for two days", { crl: found({ nextUpdate: NOON + 2 * DAY }) }, "ok crl"],
  ["list for an hour", { crl: found({ nextUpdate: NOON + 3_600_000 }) }, "warn crl"],
  ["list that is over", { crl: found({ nextUpdate: NOON }) }, "fail crl"],
  ["list without an end", { crl: found({ nextUpdate: undefined }) }, "warn crl"],
  ["issuer's keys", { jwks: found({ keys: 2, secret: false }) }, "ok jwks"],
  ["no key of the issuer", { jwks: found({ keys: 0, secret: false }) }, "fail jwks"],
  ["a private key of the issuer", { jwks: found({ keys: 1, secret: true }) }, "fail jwks"],
  ["allow-list of 8:59", { allowlist: listAged(9 * HOUR - 60) }, "ok allowlist"],
  ["allow-list of 9:00", { allowlist: listAged(9 * HOUR) }, "warn allowlist"],
  ["allow-list of 12:00", { allowlist: listAged(12 * HOUR) }, "warn allowlist"],
  ["allow-list of 12:00:01", { allowlist: listAged(12 * HOUR + 1) }, "fail allowlist"],
  ["allow-list of tomorrow", { allowlist: listAged(-24 * HOUR) }, "fail allowlist"],
  ["damaged allow-list", { allowlist: { kind: "broken", why: "is damaged" } }, "fail allowlist"],
];

test.each(cases)("%s: %s", (_what, material, finding) => {
  const said = materialFindings(openDoor({ material }));
  expect(said.map(({ id, level }) => `${level} ${id}`)).toEqual([finding]);
  expect(said.filter(({ level, fix }) => level !== "ok" && fix === "")).toEqual([]);
});

test("what the configuration does not name is not judged", () => {
  expect(materialFindings(openDoor())).toEqual([]);
});

test("with a shorter life an allow-list is doubtful earlier", () => {
  const facts = openDoor({
    material: { allowlist: listAged(46 * 60) },
    config: { network: { max_age_seconds: HOUR } },
  });
  expect(materialFindings(facts).map(({ level }) => level)).toEqual(["warn"]);
});
