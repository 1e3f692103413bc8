// Several gateways on one store: a refresh token that two of them exchange at once is exchanged by one, and ends its family.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openStore } from "../../../../src/io/store/sqlite/open.ts";
import { credential, token } from "../../../support/credentials.ts";
import { note, NOON } from "../../../support/proposals.ts";
import { removeScratch, scratch } from "../../../support/scratch.ts";
import { filledStore } from "../../../support/stores.ts";

const source = fileURLToPath(new URL("../../../support/refresh-child.ts", import.meta.url));

let folder: string;
let path: string;
beforeEach(() => {
  folder = scratch("refresh");
  path = join(folder, "store.db");
  filledStore(path);
});
afterEach(() => removeScratch(folder));

interface Exchanging {
  readonly ready: Promise<unknown>;
  readonly said: Promise<string>;
  go(): void;
}

function startExchange(old: number, first: number): Exchanging {
  const child = spawn(process.execPath, [source, path, String(old), String(first)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.on("data", (chunk) => (text += String(chunk)));
  return {
    ready: once(child.stdout, "data"),
    said: once(child, "close").then(() => text.split("\n")[1] ?? ""),
    go: () => void child.stdin.write("go\n"),
  };
}

test("two processes with one refresh token: exactly one wins, and then everything of the family is revoked", async () => {
  for (let round = 0; round < 5; round++) {
    const base = round * 10 + 1;
    const family = token(base).id;
    const store = openStore(path, { clock: () => NOON });
    store.issue([credential(base, { kind: "refresh", family })], note("token.issued"));
    const both = [startExchange(base, base + 1), startExchange(base, base + 3)];
    await Promise.all(both.map(({ ready }) => ready));
    for (const one of both) one.go();
    const said = await Promise.all(both.map((one) => one.said));
    expect(said.toSorted()).toEqual(["refreshed", "reused"]);
    const listed = store.credentials().filter((one) => one.family === family);
    expect(listed.map(({ revoked }) => revoked === null)).toEqual([false, false, false]);
    store.close();
  }
}, 60_000);
