// Blobs from one long-lived child: in any number, never larger than allowed, never other than their id says.
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { GitOid } from "../../../src/core/base/ids.ts";
import { openBlobs } from "../../../src/io/exec/blob-reader.ts";
import { lsTree } from "../../../src/io/exec/private-git.ts";
import { openRooms, type Rooms } from "../../support/rooms.ts";
import { git } from "../../support/scratch.ts";

let rooms: Rooms;
beforeAll(async () => {
  rooms = await openRooms();
});
afterAll(() => rooms.remove());

describe("blobs", () => {
  test("are read side by side, in any number, and counted", async () => {
    const files = Object.fromEntries(
      Array.from({ length: 300 }, (_, n) => [`f${n}`, `${n}\n`.repeat(n * 7)]),
    );
    const opened = await rooms.open(rooms.repository(files));
    const blobs = openBlobs(opened.own, 1_000_000);
    const entries = await lsTree(opened.own, opened.tree);
    const read = await Promise.all(
      entries.map(async ({ path, oid }) => [path, (await blobs.blob(oid)).toString()]),
    );
    expect(Object.fromEntries(read)).toEqual(files);
    expect(blobs.asked).toBe(300);
    await blobs.close();
  });

  test("larger than allowed end the reader", async () => {
    const opened = await rooms.open(rooms.repository({ big: "x".repeat(5000) }));
    const blobs = openBlobs(opened.own, 4999);
    const [entry] = await lsTree(opened.own, opened.tree);
    const ask = (): Promise<Buffer> => blobs.blob(entry?.oid ?? ("" as GitOid));
    await expect(ask()).rejects.toMatchObject({ code: "exec_overflow" });
    await expect(ask()).rejects.toMatchObject({ code: "exec_overflow" });
    await blobs.close();
  });

  test("that are trees are none", async () => {
    const opened = await rooms.open(rooms.repository());
    const blobs = openBlobs(opened.own, 1000);
    await expect(blobs.blob(opened.tree)).rejects.toMatchObject({ code: "repository_unusable" });
    await blobs.close();
  });

  test("that are not what their id says are not handed out", async () => {
    const folder = rooms.repository();
    const opened = await rooms.open(folder);
    const [entry] = await lsTree(opened.own, opened.tree);
    const oid = entry?.oid ?? "";
    const evil = git(folder, "hash-object", "-w", "--", join(folder, "run.sh")).trim();
    const loose = (id: string): string => join(folder, ".git", "objects", id.slice(0, 2), id.slice(2));
    chmodSync(loose(oid), 0o644);
    writeFileSync(loose(oid), readFileSync(loose(evil)));
    const blobs = openBlobs(opened.own, 1000);
    await expect(blobs.blob(oid as GitOid)).rejects.toMatchObject({
      code: expect.stringMatching(/repository_unusable|exec_failed/) as string,
    });
    await blobs.close();
  });
});
