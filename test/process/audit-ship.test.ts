// I25: what audit ship sends, to whom, and that a log that does not hold reaches nobody.
import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { leafHash } from "../../src/core/audit/entry.ts";
import { auditKey } from "../../src/core/audit/sealed-line.ts";
import { pieced } from "../support/pieced.ts";
import { grow, rowsOf, type Scene, shipScene, shipToml, type Sink, tamper } from "../support/shipping.ts";

const TOKEN = pieced(["Zk3v9", "Qp7x2", "Lm8w4", "Rt6y1", "Nb5c0", "Hs2d8", "Vf"]);
let scene: Scene;
beforeEach(async () => {
  scene = await shipScene();
});
afterEach(() => scene.end());

describe("what is not shipped", () => {
  test.each<[string, (sink: Sink) => string, string]>([
    ["nowhere", () => "", "no place to ship to"],
    [
      "a host that is not named",
      (s) => `[ship]\nurl = "${s.url}"\n`,
      "which outbound.allowed_hosts does not name",
    ],
    [
      "another port of a named host",
      (s) => `[ship]\nurl = "${s.url}"\n[outbound]\nallowed_hosts = ["127.0.0.1"]\n`,
      "which outbound.allowed_hosts does not name",
    ],
    [
      "http beyond this machine",
      () => '[ship]\nurl = "http://siem.example/"\n[outbound]\nallowed_hosts = ["siem.example"]\n',
      "is no https URL",
    ],
    ["no destination at all", () => '[ship]\nurl = "siem"\n', "is no https URL"],
  ])("to %s: exit 2 at once", async (_, text, said) => {
    await scene.reconfigure(text(scene.sink));
    const { code, err } = await scene.ship().ended;
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(said) as string });
    expect(scene.sink.texts).toEqual([]);
  });

  test.each([
    ["https://siem.example/", "is not a host that may be asked"],
    ["http://127.0.0.1:9/", "is not a host that may be asked"],
    ["siem", "neither a URL nor file:"],
  ])("to %s by --to: exit 2 at once", async (to, said) => {
    const { code, err } = await scene.ship(["--to", to]).ended;
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(said) as string });
  });

  test("to two at once: the second process is refused, and a restart is not", async () => {
    const first = scene.ship();
    expect(await scene.all()).toBe(true);
    expect(await scene.ship().ended).toMatchObject({
      code: 2,
      err: expect.stringContaining("already") as string,
    });
    first.kill("SIGKILL");
    await first.ended;
    expect((await scene.ship(["--once"]).ended).code).toBe(0);
  });

  test.each([
    [
      "changed",
      "UPDATE audit SET body = replace(body, 't30', 'x30') WHERE seq = 30",
      30,
      "LEAF_COLUMN_MISMATCH",
    ],
    ["taken out", "DELETE FROM audit WHERE seq = 30", 30, "SEQ_GAP"],
    ["replaced by noise", `UPDATE audit SET body = '{"noise":1}' WHERE seq = 30`, 30, "BAD_JSON"],
  ])("an entry that was %s, nor any behind it: exit 1", async (_, sql, position, code) => {
    grow(scene.places.database, 50);
    tamper(scene.places.database, sql);
    const run = await scene.ship(["--once", "--json"]).ended;
    expect(run.code).toBe(1);
    expect(JSON.parse(run.out)).toMatchObject({ ok: false, code, position, entries: 30 });
    expect(scene.sink.records().map(({ seq }) => seq)).toEqual(Array.from({ length: 30 }, (_, at) => at));
  });

  test("a file that is not our store", async () => {
    tamper(scene.places.database, "CREATE VIEW more AS SELECT * FROM audit");
    const run = await scene.ship(["--once", "--json"]).ended;
    expect([run.code, JSON.parse(run.out)]).toMatchObject([1, { code: "UNREADABLE" }]);
    expect(scene.sink.texts).toEqual([]);
  });

  test("a log that was set back: ROLLBACK, also when it has grown again", async () => {
    grow(scene.places.database, 20);
    const old = join(scene.places.root, "old.db");
    for (const end of ["", "-wal"])
      if (existsSync(`${scene.places.database}${end}`))
        copyFileSync(`${scene.places.database}${end}`, `${old}${end}`);
    grow(scene.places.database, 20);
    expect((await scene.ship(["--once"]).ended).code).toBe(0);
    for (const end of ["-wal", "-shm"]) rmSync(`${scene.places.database}${end}`, { force: true });
    for (const end of ["", "-wal"])
      if (existsSync(`${old}${end}`)) copyFileSync(`${old}${end}`, `${scene.places.database}${end}`);
    const before = scene.sink.texts.length;
    const back = await scene.ship(["--json"]).ended;
    expect([back.code, JSON.parse(back.out)]).toMatchObject([1, { code: "ROLLBACK", position: 40 }]);
    grow(scene.places.database, 30, "other");
    const grown = await scene.ship(["--json"]).ended;
    expect([grown.code, JSON.parse(grown.out)]).toMatchObject([1, { code: "ROLLBACK", position: 40 }]);
    expect(scene.sink.texts.length).toBe(before);
  });

  test("from a damaged cursor: a person says where to go on", async () => {
    expect((await scene.ship(["--once"]).ended).code).toBe(0);
    const folder = join(scene.places.integrator, "ship");
    const file = readdirSync(folder).find((name) => name.endsWith(".json"));
    writeFileSync(join(folder, file ?? ""), "{");
    expect((await scene.ship(["--once"]).ended).code).toBe(2);
    expect((await scene.ship(["--once", "--from", "0"]).ended).code).toBe(0);
    expect(scene.sink.records().length).toBe(scene.leaves().length * 2);
  });
});

test("each record is the exact line, with the hash that names it", async () => {
  await scene.reconfigure(shipToml(scene.sink, 'token = "env:SIEM_TOKEN"\n'));
  grow(scene.places.database, 3);
  expect((await scene.ship(["--once"], { SIEM_TOKEN: TOKEN }).ended).code).toBe(0);
  const rows = rowsOf(scene.places.database);
  expect(scene.sink.records()).toEqual(
    rows.map(({ body, leaf }, seq) => {
      const { shard } = JSON.parse(body) as { shard: string };
      return { origin: `countersign/default/lab/audit/${shard}`, shard, seq, leaf, line: body };
    }),
  );
  for (const { line, leaf } of scene.sink.records()) expect(leafHash(line)).toBe(leaf);
  const [first] = scene.sink.deliveries;
  expect(first?.headers).toMatchObject({
    authorization: `Bearer ${TOKEN}`,
    "content-type": "application/x-ndjson",
  });
});

test("as events of OCSF, each with the hash that names its entry", async () => {
  await scene.reconfigure(shipToml(scene.sink, 'format = "ocsf"\n'));
  grow(scene.places.database, 2);
  expect((await scene.ship(["--once"]).ended).code).toBe(0);
  const events = scene.sink.records() as unknown as readonly {
    class_uid: number;
    metadata: { uid: string };
  }[];
  expect(events.map(({ metadata }) => metadata.uid)).toEqual(scene.leaves());
  expect(events.every(({ class_uid: kind }) => kind === 6003)).toBe(true);
});

describe("encrypted entries", () => {
  const key = "0123456789abcdef".repeat(4).replace("0", "7");
  const encrypted = async (): Promise<void> => {
    await scene.reconfigure(shipToml(scene.sink) + '[audit]\nencryption_key = "env:LOG_KEY"\n');
    grow(scene.places.database, 3, "t", auditKey(key));
  };

  test("are shipped as they are, without any key", async () => {
    await encrypted();
    expect((await scene.ship(["--once"]).ended).code).toBe(0);
    expect(scene.sink.records().map(({ line }) => line)).toEqual(
      rowsOf(scene.places.database).map(({ body }) => body),
    );
    expect(scene.sink.texts.join("")).not.toContain("read-file");
  });

  test("with --decrypt have what they say beside them, and the line is the same", async () => {
    await encrypted();
    expect((await scene.ship(["--once", "--decrypt"], { LOG_KEY: key }).ended).code).toBe(0);
    const [first, second, third] = scene.sink.records();
    expect(first).not.toHaveProperty("entry");
    expect(second).toMatchObject({ seq: 1, entry: { event: "call.allowed", data: { text: "t1" } } });
    expect(leafHash(third?.line ?? "")).toBe(third?.leaf);
    expect(third?.line).not.toContain("t2");
  });

  test("are not shipped with a key that does not open them, nor with none", async () => {
    await encrypted();
    const other = key.replace("7", "8");
    const run = await scene.ship(["--once", "--decrypt", "--json"], { LOG_KEY: other }).ended;
    expect([run.code, JSON.parse(run.out)]).toMatchObject([1, { code: "DECRYPT_FAIL", position: 1 }]);
    expect((await scene.ship(["--once", "--decrypt"]).ended).code).toBe(2);
    await scene.reconfigure(shipToml(scene.sink));
    expect((await scene.ship(["--once", "--decrypt"]).ended).code).toBe(2);
  });
});

test("--from goes on with that entry, and not behind the end of the log", async () => {
  grow(scene.places.database, 9);
  expect((await scene.ship(["--once", "--from", "7"]).ended).code).toBe(0);
  expect(scene.sink.records().map(({ seq }) => seq)).toEqual([7, 8, 9]);
  expect((await scene.ship(["--once", "--from", "11"]).ended).code).toBe(2);
});

test("the secret in a URL and the token are told to nobody", async () => {
  await scene.reconfigure(shipToml(scene.sink, 'token = "env:SIEM_TOKEN"\n'));
  scene.sink.manner = ({ response }) => response.writeHead(500).end();
  const { code, out, err } = await scene.ship(["--once", "--json"], { SIEM_TOKEN: TOKEN }).ended;
  expect(code).toBe(1);
  const names = readdirSync(join(scene.places.integrator, "ship")).join(" ");
  for (const secret of [TOKEN, "of-the-query"]) expect(`${out}${err}${names}`).not.toContain(secret);
});

test("a file grows by whole lines, and a torn one is ended first", async () => {
  const path = join(scene.places.root, "out.ndjson");
  const lines = (): readonly string[] => readFileSync(path, "utf8").split("\n").slice(0, -1);
  grow(scene.places.database, 10);
  expect((await scene.ship(["--once", "--to", `file:${path}`]).ended).code).toBe(0);
  expect(lines().length).toBe(scene.leaves().length);
  writeFileSync(path, '{"torn', { flag: "a" });
  grow(scene.places.database, 2);
  expect((await scene.ship(["--once", "--to", `file:${path}`]).ended).code).toBe(0);
  const whole = lines().filter((line) => line !== '{"torn');
  expect(whole.map((line) => (JSON.parse(line) as { leaf: string }).leaf)).toEqual(scene.leaves());
  expect(lines().length).toBe(whole.length + 1);
});
