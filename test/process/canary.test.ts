// Acceptance 7: a secret that an agent sends is on no disk, but in the one order that is put aside where the gateway let it pass.
import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { canonical } from "../../src/core/base/canonical.ts";
import type { Digest } from "../../src/core/base/digest.ts";
import { sha256 } from "../../src/core/base/digest.ts";
import type { PatchId } from "../../src/core/base/ids.ts";
import type { Instant } from "../../src/core/base/time.ts";
import type { Order } from "../../src/core/proposal/order.ts";
import {
  bin,
  type Content,
  content,
  initState,
  person,
  propose,
  publishedBase,
  refusalCode,
  type Served,
} from "../support/agent.ts";
import { chainOf } from "../support/chain.ts";
import { filesWith, holds } from "../support/canary.ts";
import { eventually } from "../support/processes.ts";
import { rpcClient } from "../support/rpc.ts";
import { removeScratch, scratchRepository } from "../support/scratch.ts";

const ALPHABET = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
const drawn = (length: number): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(length)), (byte) => ALPHABET[byte % ALPHABET.length]).join(
    "",
  );
/** A form that every scanner knows; put together here, so that none finds it in this file. */
const token = (): string => ["gh", "p_", drawn(36)].join("");

let repo: string;
let served: Served;
/** What the processes wrote to standard error. */
const said: Buffer[] = [];
beforeAll(async () => {
  repo = scratchRepository("canary", {
    "src/a.ts": "one\ntwo\nthree\n",
    // What makes a secret of the last line stands further up than any context of a patch shows.
    "app/m.yaml": `apiVersion: v1\nkind: Secret\nmetadata:\n  name: x\ntype: Opaque\ndata:\n${"  # more\n".repeat(6)}  mode: off\n`,
  });
  const state = initState(repo, '[log]\nlevel = "debug"\n');
  const args = [bin, "up", "--stdio", "--repo", repo, "--state", state];
  const client = await rpcClient({ command: process.execPath, args, stderr: "pipe" });
  client.child.stderr?.on("data", (chunk: Buffer) => said.push(chunk));
  const stop = async (): Promise<void> => void (await client.close());
  served = { repo, state, client, base: await publishedBase(client), stop };
});
afterAll(async () => {
  await served.stop();
  removeScratch(repo);
  removeScratch(served.state);
});

const change: Content = { edits: [{ op: "replace", path: "src/a.ts", old_text: "two", new_text: "2" }] };
const adding = (text: string): Content => ({
  edits: [{ op: "replace", path: "src/a.ts", old_text: "two", new_text: text }],
});

/** Every file of the state folder and the repository, and everything that the processes wrote. */
function places(secret: string): readonly string[] {
  return [
    ...filesWith(secret, [served.state, repo]).map((path) => relative(served.state, path)),
    ...(holds(Buffer.concat(said), secret) ? ["standard error"] : []),
  ];
}

describe("what the gateway catches is nowhere", () => {
  test.each<[string, (secret: string) => Content]>([
    ["title", (secret) => ({ ...change, title: `Use ${secret}` })],
    ["rationale", (secret) => ({ ...change, rationale: `The old key was ${secret}, it is gone.` })],
    ["path", (secret) => ({ edits: [{ op: "create", path: `src/${secret}.ts`, new_text: "x\n" }] })],
    [
      "path of a diff that is none",
      (secret) => ({ diff: `diff --git a/src/${secret}.ts b/src/${secret}.ts\nnonsense\n` }),
    ],
    ["content", (secret) => adding(`const key = "${secret}"; // gitleaks:allow`)],
    ["evidence", (secret) => ({ ...change, evidence: [{ name: "log", value: secret }] })],
    ["idempotency key", (secret) => ({ ...change, idempotency_key: secret })],
  ])("%s", async (_, make) => {
    const secret = token();
    const answer = await propose(served, make(secret), 0);
    expect(refusalCode(answer)).toBe("secret_suspected");
    expect(JSON.stringify(answer)).not.toContain(secret.slice(8));
    expect(places(secret)).toEqual([]);
  });
});

function orderBy(n: number, patch: string, over: Partial<Order> = {}): Order {
  const now = Date.now();
  const at = (millis: number): Instant => new Date(now + millis).toISOString() as Instant;
  return {
    version: 1,
    patch_id: `00000000-0000-4000-8000-00000000000${n}` as PatchId,
    created: at(0),
    expires: at(3_600_000),
    principal: "local:stdio",
    session: "by-hand",
    base: served.base as Digest,
    title: "A change",
    rationale: "Written past the gateway.",
    change_type: "code_modification",
    risk_level: "low",
    patch,
    patch_sha256: sha256(patch),
    arguments_sha256: sha256("by hand"),
    evidence: [],
    supersedes: null,
    ...over,
  };
}
const patchTo = (path: string, line: string): string =>
  `diff --git a/${path} b/${path}\n--- a/${path}\n+++ b/${path}\n@@ -1,3 +1,3 @@\n one\n-two\n+${line}\n three\n`;
const PATCH = patchTo("src/a.ts", "2");

async function putAside(id: string): Promise<string> {
  const path = join("exchange", "orders", "quarantine", `${id}.json`);
  const there = await eventually(
    () => (statSync(join(served.state, path), { throwIfNoEntry: false }) === undefined ? undefined : path),
    60,
  );
  expect(there).toBe(path);
  return path;
}

describe("what only the validator can catch is in the quarantined order, and nowhere else", () => {
  test.each<[string, number, (secret: string) => [string, Partial<Order>]]>([
    ["title", 1, (secret) => [PATCH, { title: `Use ${secret}` }]],
    ["rationale", 2, (secret) => [PATCH, { rationale: `It was ${secret}.` }]],
    ["path", 3, (secret) => [patchTo(`src/${secret}.ts`, "2"), {}]],
    ["content", 4, (secret) => [patchTo("src/a.ts", `const key = "${secret}";`), {}]],
    ["evidence", 5, (secret) => [PATCH, { evidence: [{ name: "log", value: secret }] }]],
  ])("%s of an order that somebody wrote past the gateway", async (_, n, make) => {
    const secret = token();
    const order = orderBy(n, ...make(secret));
    const folder = join(served.state, "exchange", "orders");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `${order.patch_id}.json`), canonical(order));
    const path = await putAside(order.patch_id);
    expect(statSync(join(served.state, path)).mode & 0o077).toBe(0);
    expect(places(secret)).toEqual([path]);
    const shown = person(served.state, "show", order.patch_id);
    expect(`${shown.stdout}${shown.stderr}`).not.toContain(secret.slice(8));
  });

  test("a token that only secretlint takes for one", async () => {
    const secret = token();
    // Behind a digit our rule sees no word begin.
    const answer = await propose(served, adding(`const key = "9${secret}";`));
    const { patch_id: id, state } = content(answer) as { patch_id: string; state: string };
    expect(state).toBe("rejected");
    const path = await putAside(id);
    expect(await eventually(() => (places(secret).length === 1 ? true : undefined), 20)).toBe(true);
    expect(places(secret)).toEqual([path]);
    const status = content(await served.client.call("patch-status", { patch_id: id }));
    expect(status).toMatchObject({ state: "rejected", title: "[quarantined]", outcome: "REJECTED" });
    expect(JSON.stringify(status)).toContain("secret_suspected");
    expect(chainOf(served.state).ok).toBe(true);
  });
});

describe("what the gateway cannot see from its hunk", () => {
  const value = (): string => Buffer.from(drawn(18)).toString("base64");
  const far = (secret: string, ...others: readonly object[]): Content => ({
    edits: [
      {
        op: "replace",
        path: "app/m.yaml",
        old_text: "  mode: off\n",
        new_text: `  mode: off\n  blob: ${secret}\n`,
      },
      ...others,
    ],
  });

  test("is found behind a blocked path, too, and put aside", async () => {
    const secret = value();
    const blocked = { op: "create", path: ".github/workflows/x.yml", new_text: "on: push\n" };
    const { patch_id: id } = content(await propose(served, far(secret, blocked))) as { patch_id: string };
    const path = await putAside(id);
    expect(await eventually(() => (places(secret).length === 1 ? true : undefined), 20)).toBe(true);
    expect(places(secret)).toEqual([path]);
  });

  test("is nowhere when the patch is withdrawn at once, or in the order that was put aside", async () => {
    const secret = value();
    const { patch_id: id } = content(await propose(served, far(secret), 0)) as { patch_id: string };
    await served.client.call("withdraw-patch", { patch_id: id });
    const aside = join("exchange", "orders", "quarantine", `${id}.json`);
    const rest = (): readonly string[] => places(secret).filter((place) => place !== aside);
    expect(await eventually(() => (rest().length === 0 ? true : undefined), 20)).toBe(true);
    expect(rest()).toEqual([]);
    expect(chainOf(served.state).ok).toBe(true);
  });
});
