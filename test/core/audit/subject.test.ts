// I31: no name of a person in an entry; what stands in its place says nothing, and commits to what was taken out.
import { createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { AuditNote } from "../../../src/core/audit/entry.ts";
import {
  commitment,
  commitmentIn,
  isOurs,
  namesInClear,
  parted,
  pseudonym,
  pseudonymSchema,
  resolved,
  subjectName,
  subjectsIn,
} from "../../../src/core/audit/subject.ts";

const WHO = pseudonym(new Uint8Array(16).fill(7));
const asked: string[] = [];
const pseudonymOf = (name: string): string => {
  asked.push(name);
  return WHO;
};
const note = (changes: Partial<AuditNote>): AuditNote => ({
  event: "call.allowed",
  actor: { principal: "bob@example.org" },
  data: {},
  ...changes,
});

describe("who is nobody stands in the log as he is", () => {
  test.each([
    "local:stdio",
    "local:loopback",
    "local:unix",
    "local:http",
    "gateway",
    "validator",
    "integrator",
    "countersign",
    "operator",
    "anonymous",
    "unknown",
    "Local:Stdio",
    "LOCAL:HTTP",
    "Gateway",
  ])("%s", (name) => {
    expect(isOurs(name)).toBe(true);
    expect(parted(note({ actor: { principal: name } }), pseudonymOf).note.actor).toEqual({ principal: name });
  });
  test.each([
    "bob",
    "local:bob",
    "os:root",
    "person:gateway",
    "oidc:gateway",
    "gateways",
    "doctor",
    "sealer",
  ])("%s is a person", (name) => {
    expect(isOurs(name)).toBe(false);
    expect(parted(note({ actor: { principal: name } }), pseudonymOf).note.actor).toEqual({
      principal: WHO,
    });
  });
});

test("every place of a name, and what else is personal, is empty of it", () => {
  const said = note({
    actor: {
      principal: "bob@example.org",
      session: "s1",
      credential: "mtls-subject:0123456789abcdef",
      correlation: "bobs-request",
    },
    data: {
      for: "eve",
      of: "eve",
      asked: "eve",
      by: "principal",
      address: "192.0.2.7",
      client: "bobs laptop",
      person: "bob",
      user: "bob",
      tool: "read-file",
      n: 4,
    },
  });
  expect(parted(said, pseudonymOf)).toEqual({
    note: {
      event: "call.allowed",
      actor: { principal: WHO, session: "s1" },
      data: { for: WHO, of: WHO, asked: WHO, by: "principal", tool: "read-file", n: 4 },
    },
    personal: {
      correlation: "bobs-request",
      credential: "mtls-subject:0123456789abcdef",
      address: "192.0.2.7",
      client: "bobs laptop",
      person: "bob",
      user: "bob",
    },
  });
});

test("ids of tokens that were asked for, fingerprints of tokens, numbers and pseudonyms stay", () => {
  const said = note({
    actor: { principal: WHO, credential: "token:0123456789abcdef" },
    data: { asked: "0123456789abcdef", by: "id", address: null, subject: WHO },
  });
  expect(parted(said, pseudonymOf)).toEqual({ note: said, personal: undefined });
});

test("letter case is no other principal, but may be another user of the system", () => {
  expect(subjectName("Bob")).toBe(subjectName("bOB"));
  expect(subjectName("os:Bob")).not.toBe(subjectName("os:bob"));
});

test("the commitment is HMAC-SHA256 over canonical JSON under its salt, and of nothing else", () => {
  const salt = new Uint8Array(32).fill(1);
  const expected = createHmac("sha256", salt).update('{"a":"1","b":"2"}').digest("hex");
  expect(commitment(salt, { b: "2", a: "1" })).toBe(expected);
  expect(commitment(new Uint8Array(32), { b: "2", a: "1" })).not.toBe(expected);
  expect(commitment(salt, { a: "1" })).not.toBe(expected);
  expect(commitmentIn({ pii: expected })).toBe(expected);
  expect(commitmentIn({ pii: "no digest" })).toBeUndefined();
});

test("what was parted is put together again by who may, and stays a pseudonym for others", () => {
  const said = note({
    actor: { principal: "bob@example.org", correlation: "c-1" },
    data: { for: "bob@example.org", address: "192.0.2.7" },
  });
  const { note: kept, personal = {} } = parted(said, pseudonymOf);
  const entry = { ...kept, data: { ...kept.data, pii: "0".repeat(64) } };
  expect(resolved(entry, { nameOf: () => "bob@example.org", personal })).toEqual(said);
  expect(resolved(entry, { nameOf: () => undefined, personal: undefined })).toEqual(entry);
});

test("who is named, as a pseudonym or in the clear", () => {
  const entry = note({ actor: { principal: WHO }, data: { for: WHO, of: "Bob" } });
  expect(subjectsIn(entry)).toEqual([WHO]);
  expect(namesInClear(entry, "bob")).toBe(true);
  expect(namesInClear(entry, "eve")).toBe(false);
  expect(pseudonymSchema.safeParse(`${WHO}0`).success).toBe(false);
});
