// Who creates and may write what: each wing opens only its own places, also under node's permission model.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  gatewayExchange,
  integratorExchange,
  validatorExchange,
} from "../../../../src/io/exchange/files/open.ts";
import { gatewayPlaces } from "../../../../src/io/file/layout.ts";
import { order, patchId } from "../../../support/proposals.ts";
import { removeScratch, scratch } from "../../../support/scratch.ts";

const house = fileURLToPath(new URL("../../../../", import.meta.url));
let root: string;
beforeEach(() => {
  root = scratch("exchange");
});
afterEach(() => removeScratch(root));

const script = (code: string): string => `
  const { gatewayExchange, validatorExchange } = await import(${JSON.stringify(join(house, "src/io/exchange/files/open.ts"))});
  const root = ${JSON.stringify(root)}; ${code}`;

test.each([
  ["gateway", gatewayExchange, ["heads", "heads/requests", "orders", "receipts"]],
  ["validator", validatorExchange, ["heads", "heads/sealed", "published", "verdicts"]],
  ["integrator", integratorExchange, ["incidents", "journal", "landings"]],
])("the %s creates its own places only", async (_, open, places) => {
  await open(root);
  await open(root);
  const found = (readdirSync(root, { recursive: true }) as string[]).filter(
    (name) => !name.startsWith("published/"),
  );
  expect(found.toSorted()).toEqual(places);
});

test("what a crashed writer left is swept when its successor opens", async () => {
  mkdirSync(join(root, "orders"));
  const left = join(root, "orders", ".tmp-77-1");
  writeFileSync(left, "half an order");
  const past = new Date(Date.now() - 3_600_000);
  utimesSync(left, past, past);
  const { orders } = await gatewayExchange(root);
  expect(existsSync(left)).toBe(false);
  expect(await orders.list()).toEqual([]);
});

test("the gateway works with the right to write only its own places, and can write nowhere else", async () => {
  await validatorExchange(root);
  await integratorExchange(root);
  for (const place of gatewayPlaces) mkdirSync(join(root, place), { recursive: true });
  const code = script(`
    const it = await gatewayExchange(root);
    await it.orders.put(${JSON.stringify(order(1))});
    console.log(await it.orders.list(), await it.published.current(), await it.verdicts.list(), await it.landings.list());
    const heard = new Promise((resolve) => { const w = it.watch(() => { w.close(); resolve("heard"); }); });
    setInterval(() => undefined, 1000); // a watcher alone keeps no process alive
    console.log("ready");
    console.log(await heard);
    await validatorExchange(root).then(() => console.log("open"), (e) => console.log(e.code));
    process.exit(0);`);
  const flags = [
    "--permission",
    `--allow-fs-read=${house}`,
    `--allow-fs-read=${root}`,
    ...gatewayPlaces.map((place) => `--allow-fs-write=${join(root, place)}`),
  ];
  const child = spawn(process.execPath, [...flags, "--input-type=module", "-e", code], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const lines: string[] = [];
  for await (const chunk of child.stdout) {
    lines.push(...String(chunk).trim().split("\n"));
    if (lines.includes("ready") && !lines.includes("heard")) writeFileSync(join(root, "verdicts", "x"), "");
  }
  expect(lines).toEqual([`[ '${patchId(1)}' ] undefined [] []`, "ready", "heard", "storage"]);
});

test("two validators of one patch, in two processes: one verdict, and the loser knows", async () => {
  const code = script(`
    const it = await validatorExchange(root);
    while (!(await import("node:fs")).existsSync(root + "/go")) await new Promise((r) => setTimeout(r, 1));
    const won = [];
    for (let n = 0; n < 40; n++) {
      const id = n.toString(16).padStart(8, "0") + "-0000-4000-8000-000000000000";
      if (await it.verdicts.putOnce(id, Buffer.from(String(process.pid)))) won.push(n);
    }
    console.log(JSON.stringify(won));`);
  const run = async (): Promise<number[]> => {
    const child = spawn(process.execPath, ["--input-type=module", "-e", code], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    return JSON.parse((await child.stdout.toArray()).join("")) as number[];
  };
  const running = [run(), run()];
  setTimeout(() => writeFileSync(join(root, "go"), ""), 400);
  const won = (await Promise.all(running)).flat();
  expect(won.sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, n) => n));
});

test("it is opened by the path alone: nothing outside the folder is touched", async () => {
  await validatorExchange(join(root, "inner"));
  expect(readdirSync(root)).toEqual(["inner"]);
  expect(execFileSync("find", [root, "-type", "f"], { encoding: "utf8" })).toBe("");
});
