// Callers as a table: tokens that end, principals that nobody can be, and a door that nobody can enter.
import { expect, test } from "vitest";
import type { PrincipalEntry } from "../../../src/core/config/schema-doors.ts";
import { instant } from "../../../src/core/base/time.ts";
import { peopleFindings } from "../../../src/integrator/doctor/people.ts";
import { credential } from "../../support/credentials.ts";
import { DAY, type DoorChange, openDoor } from "../../support/doctor.ts";
import { NOON } from "../../support/proposals.ts";

const at = (days: number): ReturnType<typeof instant> => instant(NOON + days * DAY);
const entry = (changes: Partial<PrincipalEntry> = {}): PrincipalEntry => ({
  name: "agent",
  subjects: [],
  tokens: [],
  roles: ["reader"],
  lane: "asserted",
  ...changes,
});
const lasting = credential(0, { expires: at(60) });

const cases: readonly (readonly [string, DoorChange, readonly string[]])[] = [
  [
    "a token for a week and a second",
    { credentials: [credential(0, { expires: instant(NOON + 7 * DAY + 1000) })] },
    [],
  ],
  ["a token for six days", { credentials: [credential(0, { expires: at(6) })] }, ["tokens"]],
  [
    "a year's token of which a tightened auth.max_token_days leaves six days",
    {
      config: { auth: { max_token_days: 30 } },
      credentials: [credential(0, { began: at(-24), expires: at(341), ends: at(341) })],
    },
    ["tokens"],
  ],
  [
    "a used token that ends",
    { credentials: [lasting, credential(1, { family: credential(1).id, expires: at(1), used: at(0) })] },
    [],
  ],
  [
    "a revoked token that ends",
    { credentials: [lasting, credential(1, { family: credential(1).id, expires: at(1), revoked: at(0) })] },
    [],
  ],
  [
    "an expired token",
    { credentials: [lasting, credential(1, { family: credential(1).id, expires: at(-1) })] },
    [],
  ],
  [
    "an access token of a family that goes on",
    { credentials: [credential(0, { kind: "access", expires: at(0.04), ends: at(30) })] },
    [],
  ],
  [
    "an access token of a family that ends",
    { credentials: [credential(0, { kind: "access", expires: at(0.04), ends: at(2) })] },
    ["tokens"],
  ],
  [
    "rotated: the new one of the family lasts",
    { credentials: [credential(0, { expires: at(1) }), credential(1, { expires: at(30) })] },
    [],
  ],
  [
    "a week's tokens on their second day",
    { config: { auth: { max_token_days: 7 } }, credentials: [credential(0, { expires: at(5) })] },
    [],
  ],
  [
    "a week's tokens on their last day",
    { config: { auth: { max_token_days: 7 } }, credentials: [credential(0, { expires: at(1) })] },
    ["tokens"],
  ],
  ["tokens that cannot be read", { credentials: undefined }, ["tokens"]],
  ["a principal with a token", { config: { principals: [entry()] } }, []],
  [
    "a principal with a subject",
    { config: { principals: [entry({ name: "b", subjects: ["local:stdio"] })] } },
    [],
  ],
  ["a principal with neither", { config: { principals: [entry({ name: "b" })] } }, ["principal-b"]],
  [
    "a principal whose token is revoked",
    {
      config: { principals: [entry({ name: "b" })] },
      credentials: [lasting, credential(1, { principal: "b", expires: at(30), revoked: at(0) })],
    },
    ["principal-b"],
  ],
  [
    "a principal that expired",
    { config: { principals: [entry({ expires: new Date(NOON).toISOString() })] } },
    ["principal-agent"],
  ],
  [
    "a token for a principal in another letter case",
    {
      config: { principals: [entry({ name: "Agent" })] },
      credentials: [credential(0, { bound: true, expires: at(30) })],
    },
    [],
  ],
  [
    "only a token whose principal is gone",
    { credentials: [credential(0, { bound: true, expires: at(30) })] },
    ["nobody"],
  ],
  ["nobody", { credentials: [] }, ["nobody"]],
  [
    "nobody but on stdio",
    { credentials: [], config: { principals: [entry({ subjects: ["local:stdio"] })] } },
    ["nobody"],
  ],
  ["people of an issuer", { credentials: [], config: { principals: [entry({ subjects: ["oidc:a"] })] } }, []],
  [
    "certificates",
    { credentials: [], config: { auth: { mode: "mtls" }, principals: [entry({ subjects: ["mtls:CN=a"] })] } },
    [],
  ],
  ["mtls with tokens only", { config: { auth: { mode: "mtls" } } }, ["nobody"]],
  ["local_only", { credentials: [], config: { auth: { mode: "local_only" } } }, []],
];

test.each(cases)("%s", (_what, change, ids) => {
  const said = peopleFindings(openDoor(change)).filter(({ level }) => level !== "ok");
  expect(said.map(({ id }) => id)).toEqual(ids);
  expect(said.every(({ level, fix }) => level === "warn" && fix !== "")).toBe(true);
});

test("it names tokens by id, and never their digest", () => {
  const ending = Array.from({ length: 7 }, (_, n) =>
    credential(n, { family: credential(n).id, expires: at(1) }),
  );
  const [said] = peopleFindings(openDoor({ credentials: ending }));
  expect(said?.message).toContain(`${ending[0]?.id ?? ""} of agent`);
  expect(said?.message).toContain("and 2 more");
  expect(ending.filter(({ sha256 }) => said?.message.includes(sha256))).toEqual([]);
});
