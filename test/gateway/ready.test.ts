// Readiness: which part ails, without a path, a version or anything else that a stranger could use.
import { expect, test } from "vitest";
import { refuse } from "../../src/core/base/refusal.ts";
import { readiness, type ReadyParts } from "../../src/gateway/ready.ts";

const well: ReadyParts = {
  store: { credential: () => undefined },
  reachable: () => true,
  shelf: () => ({ open: () => ({ ok: true, value: {} as never }) }),
  network: () => ({
    allowlist_file: "allowlist.json",
    max_age_seconds: 60,
    bypass_loopback: false,
    bypass_private: false,
  }),
  allowed: () => ({ ok: true }),
  stopping: new AbortController().signal,
};
const stale = refuse("allowlist_stale", "the list is stale");
const blocked = refuse("address_blocked", "not on the list");
const aborted = AbortSignal.abort();

test.each<readonly [string, Partial<ReadyParts>, string, string]>([
  [
    "the store fails",
    {
      store: {
        credential: () => {
          throw new Error("/var/lib/countersign/store.db: I/O error");
        },
      },
    },
    "store",
    "unavailable",
  ],
  ["the database was taken away", { reachable: () => false }, "store", "unavailable"],
  [
    "nothing is published",
    { shelf: () => ({ open: () => refuse("manifest_unavailable", "no manifest") }) },
    "manifest",
    "not published yet",
  ],
  ["the allow-list is stale", { allowed: () => ({ ...stale, status: 503 }) }, "allowlist", "stale"],
  ["the process stops", { stopping: aborted }, "process", "stopping"],
])("not ready: %s", (_, ailing, part, state) => {
  const found = readiness({ ...well, ...ailing });
  expect(found.ok).toBe(false);
  expect(found.parts[part]).toBe(state);
});

test("ready, also with a list that lets nobody of the documentation's network in", () => {
  const parts = { store: "ok", manifest: "ok", allowlist: "ok" };
  expect(readiness(well)).toEqual({ ok: true, parts });
  expect(readiness({ ...well, allowed: () => ({ ...blocked, status: 403 }) })).toEqual({ ok: true, parts });
});

test("without a list there is nothing to say about it", () => {
  const network = () => ({ ...well.network(), allowlist_file: "" });
  expect(readiness({ ...well, network }).parts).toEqual({ store: "ok", manifest: "ok" });
});
