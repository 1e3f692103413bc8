// A manifest is believed only when a pinned key signed exactly it; the exchange's owner can withhold one, not make one.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { publicationStatement, verdictStatement, VERIFIER } from "../../../src/core/attestation/statement.ts";
import { canonical } from "../../../src/core/base/canonical.ts";
import { type Digest, sha256 } from "../../../src/core/base/digest.ts";
import type { Instant } from "../../../src/core/base/time.ts";
import type { RefName } from "../../../src/core/base/ids.ts";
import type { Manifest } from "../../../src/core/manifest/manifest.ts";
import { readPublication, wasPublished } from "../../../src/gateway/manifest/publication.ts";
import {
  manifestOf,
  OID,
  PASSED,
  type PublishedState,
  publishedState,
  signer,
  type Signer,
} from "../../support/published.ts";
import { removeScratch } from "../../support/scratch.ts";

let state: PublishedState;
beforeAll(async () => {
  state = await publishedState();
});
afterAll(() => removeScratch(state.layout.root));

/** Files `bytes` under their digest, with an envelope over a statement about `about` with `fields` changed. */
async function put(
  bytes: Uint8Array,
  by: Signer,
  about: Digest,
  fields: Partial<Manifest> = {},
): Promise<Digest> {
  const digest = sha256(bytes);
  const { repository, ref, commit, tree, policy, created } = { ...manifestOf({ a: "a" }), ...fields };
  await state.exchange.published.putManifest(
    digest,
    bytes,
    by.envelope(publicationStatement(about, { repository, ref, commit, tree, policy, created })),
  );
  return digest;
}
const bytesOf = (manifest: unknown): Uint8Array => Buffer.from(canonical(manifest));
const read = (digest: Digest) =>
  readPublication(state.exchange.published, digest, [state.signer.trusted], "lab");
const code = async (digest: Digest) => {
  const result = await read(digest);
  return result.ok ? "accepted" : result.refusal.code;
};
const entry = { path: "a", mode: "100644" as const, sha256: sha256("a"), blob: OID, size: 1, lines: 1 };

test("reads what is signed", async () => {
  const bytes = bytesOf(manifestOf({ a: "a" }));
  const digest = await put(bytes, state.signer, sha256(bytes));
  const result = await read(digest);
  expect(result.ok && result.value.byPath.get("a")?.sha256).toBe(sha256("a"));
  expect(await wasPublished(state.exchange.published, digest, [state.signer.trusted])).toBe(true);
});

test("refuses a manifest signed by another key, and does not call it published", async () => {
  const bytes = bytesOf(manifestOf({ b: "b" }));
  const digest = await put(bytes, signer(), sha256(bytes));
  expect(await code(digest)).toBe("verdict_signature");
  expect(await wasPublished(state.exchange.published, digest, [state.signer.trusted])).toBe(false);
});

test("refuses a genuine statement beside another manifest", async () => {
  const bytes = bytesOf(manifestOf({ c: "c" }));
  const digest = await put(bytes, state.signer, sha256(bytesOf(manifestOf({ a: "a" }))));
  expect(await code(digest)).toBe("verdict_mismatch");
  expect(await wasPublished(state.exchange.published, digest, [state.signer.trusted])).toBe(false);
});

test.each([
  ["repository", { repository: "other" }],
  ["ref", { ref: "refs/heads/other" as RefName }],
  ["commit", { commit: "2".repeat(40) as typeof OID }],
  ["tree", { tree: "2".repeat(40) as typeof OID }],
  ["policy", { policy: sha256("other") }],
  ["created", { created: "2026-11-22T11:00:00.000Z" as Instant }],
])("refuses a manifest that disagrees with its statement on %s", async (_, fields) => {
  const bytes = bytesOf(manifestOf({ a: "a" }, fields));
  expect(await code(await put(bytes, state.signer, sha256(bytes)))).toBe("verdict_mismatch");
});

test("refuses a manifest of another repository, although it is signed", async () => {
  const bytes = bytesOf(manifestOf({ a: "a" }, { repository: "other" }));
  expect(await code(await put(bytes, state.signer, sha256(bytes), { repository: "other" }))).toBe(
    "verdict_mismatch",
  );
});

test.each([
  ["a path twice", { entries: [entry, entry] }],
  ["a path both served and omitted", { entries: [entry], omitted: [{ path: "a", reason: "binary" }] }],
  ["an unknown key", { entries: [{ ...entry, target: "/etc/passwd" }] }],
  ["a mode of a link", { entries: [{ ...entry, mode: "120000" }] }],
  ["a digest that is none", { entries: [{ ...entry, sha256: "../../keys" }] }],
  ["no entries", { entries: undefined }],
])("refuses a signed manifest with %s", async (_, change) => {
  const bytes = bytesOf(JSON.parse(JSON.stringify({ ...manifestOf({}), ...change })));
  expect(await code(await put(bytes, state.signer, sha256(bytes)))).toBe("verdict_invalid");
});

test.each([
  ["no JSON", Buffer.from("{")],
  ["not UTF-8", Buffer.from([0xff, 0xfe])],
])("refuses signed bytes that are %s", async (_, bytes) => {
  expect(await code(await put(bytes, state.signer, sha256(bytes)))).toBe("verdict_invalid");
});

test("refuses a verdict in the place of a publication", async () => {
  const bytes = bytesOf(manifestOf({ d: "d" }));
  const digest = sha256(bytes);
  const predicate = {
    patchId: "00000000-0000-4000-8000-000000000000",
    order: { digest: { sha256: digest } },
    outcome: "APPROVED",
    timeVerified: "2026-11-22T10:00:00.000Z",
    expires: "2026-11-22T11:00:00.000Z",
    verifier: { id: VERIFIER, version: {} },
    resourceUri: "lab",
    targetRef: "refs/heads/main",
    base: { manifest: digest, digest: { gitCommit: OID, gitTree: OID } },
    policy: { uri: "c", digest: { sha256: digest }, annotations: { rules: "1" } },
    proposer: { principal: "p", session: "s" },
    checks: [PASSED],
  } as unknown as Parameters<typeof verdictStatement>[2];
  await state.exchange.published.putManifest(
    digest,
    bytes,
    state.signer.envelope(verdictStatement(digest, OID, predicate)),
  );
  expect(await code(digest)).toBe("verdict_invalid");
});

test("refuses bytes that were changed afterwards, and what is missing", async () => {
  const bytes = bytesOf(manifestOf({ e: "e" }));
  const digest = await put(bytes, state.signer, sha256(bytes));
  writeFileSync(
    join(state.layout.exchange, "published/manifests", `${digest}.json`),
    bytesOf(manifestOf({ f: "f" })),
  );
  expect(await code(digest)).toBe("manifest_unavailable");
  expect(await code(sha256("nothing"))).toBe("manifest_unavailable");
  expect(await wasPublished(state.exchange.published, sha256("nothing"), [state.signer.trusted])).toBe(false);
});

test("hashes again what an exchange hands out as found", async () => {
  const bytes = bytesOf(manifestOf({ g: "g" }));
  const digest = await put(bytes, state.signer, sha256(bytes));
  const lying = {
    ...state.exchange.published,
    manifest: () => Promise.resolve({ kind: "found" as const, bytes: bytesOf(manifestOf({ h: "h" })) }),
  };
  const result = await readPublication(lying, digest, [state.signer.trusted], "lab");
  expect(result.ok ? "accepted" : result.refusal.code).toBe("manifest_unavailable");
});
