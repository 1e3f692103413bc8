import { execFileSync, spawn } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { utf8 } from "../../../src/core/base/bytes.ts";
import {
  createFile,
  makeFolder,
  removeFiles,
  replaceFile,
  sweepTemps,
  writeTemp,
} from "../../../src/io/file/durable.ts";
import { needs } from "../../support/needs.ts";
import { removeScratch, scratch } from "../../support/scratch.ts";

const source = fileURLToPath(new URL("../../../src/io/file/durable.ts", import.meta.url));
let folder: string;
const at = (name: string): string => join(folder, name);

beforeEach(() => {
  folder = scratch("durable");
});
afterEach(() => removeScratch(folder));

/** Runs `code` (a module body that knows `folder` and the functions of durable.ts) in a process of its own. */
function script(code: string): string {
  return `const durable = await import(${JSON.stringify(source)}); const folder = ${JSON.stringify(folder)}; ${code}`;
}

describe("refusals", () => {
  test("an existing file is not replaced by createFile, and nothing is left behind", async () => {
    writeFileSync(at("name"), "first");
    expect(await createFile(at("name"), utf8("second"))).toBe(false);
    expect(readFileSync(at("name"), "utf8")).toBe("first");
    expect(readdirSync(folder)).toEqual(["name"]);
  });

  test("a failed write is the failure `storage` and leaves nothing", async () => {
    mkdirSync(at("name"));
    writeFileSync(at("name/inside"), "");
    await expect(replaceFile(at("name"), utf8("x"))).rejects.toMatchObject({ code: "storage", exitCode: 74 });
    await expect(replaceFile(at("missing/name"), utf8("x"))).rejects.toMatchObject({ code: "storage" });
    await expect(createFile(at("missing/name"), utf8("x"))).rejects.toMatchObject({ code: "storage" });
    expect(readdirSync(folder)).toEqual(["name"]);
  });

  test("a full disk is the failure `storage`, and the old content stays", () => {
    writeFileSync(at("name"), "old");
    const code = script(`
      await durable.replaceFile(folder + "/name", Buffer.alloc(100_000)).then(
        () => console.log("written"), (e) => console.log(e.code));
      console.log((await import("node:fs")).readdirSync(folder).join());`);
    // RLIMIT_FSIZE stands for the disk: every write beyond 8 KiB fails.
    const out = execFileSync(
      "bash",
      ["-c", `ulimit -f 8; trap '' XFSZ; exec "$0" --input-type=module -e "$1"`, process.execPath, code],
      { encoding: "utf8" },
    );
    expect(out).toBe("storage\nname\n");
    expect(readFileSync(at("name"), "utf8")).toBe("old");
  });
});

test("replaceFile replaces, with the modes of the house", async () => {
  const mask = process.umask(0);
  try {
    await makeFolder(at("deep/er"));
    await replaceFile(at("deep/er/name"), utf8("one"));
    await replaceFile(at("deep/er/name"), utf8("two"));
  } finally {
    process.umask(mask);
  }
  expect(readFileSync(at("deep/er/name"), "utf8")).toBe("two");
  expect(statSync(at("deep/er/name")).mode & 0o777).toBe(0o640);
  expect(statSync(at("deep/er")).mode & 0o777).toBe(0o750);
});

test("of several processes exactly one creates the file", async () => {
  const code = script(`
    while (!(await import("node:fs")).existsSync(folder + "/go")) await new Promise((r) => setTimeout(r, 1));
    const won = [];
    for (let n = 0; n < 50; n++) if (await durable.createFile(folder + "/v" + n, Buffer.from(String(process.pid)))) won.push(n);
    console.log(JSON.stringify({ pid: process.pid, won }));`);
  const children = [1, 2, 3].map(() => spawn(process.execPath, ["--input-type=module", "-e", code]));
  const outputs = children.map(async (child) => (await child.stdout.toArray()).join(""));
  setTimeout(() => writeFileSync(at("go"), ""), 300);
  const results = (await Promise.all(outputs)).map(
    (text) => JSON.parse(text) as { pid: number; won: number[] },
  );
  expect(results.flatMap(({ won }) => won).sort((a, b) => a - b)).toEqual(
    Array.from({ length: 50 }, (_, n) => n),
  );
  for (const { pid, won } of results)
    for (const n of won) expect(readFileSync(at(`v${n}`), "utf8")).toBe(String(pid));
  expect(readdirSync(folder).filter((name) => name.startsWith(".tmp"))).toEqual([]);
});

test("after kill -9 in the middle of writing, old or new content is there in full", async () => {
  const whole = ["a", "b"].map((letter) => letter.repeat(200_000));
  const code = script(`
    for (let n = 0; ; n++) { await durable.replaceFile(folder + "/name", Buffer.from(n % 2 ? "b".repeat(200_000) : "a".repeat(200_000))); if (n === 0) console.log("on"); }`);
  for (let round = 0; round < 8; round++) {
    const child = spawn(process.execPath, ["--input-type=module", "-e", code], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const ended = once(child, "exit");
    await once(child.stdout, "data");
    await pause(round * 3);
    child.kill("SIGKILL");
    await ended;
    expect(whole).toContain(readFileSync(at("name"), "utf8"));
  }
}, 30_000);

test("the sweep takes what crashed writers left and nothing of living ones", async () => {
  writeFileSync(at(".tmp-1-1"), "old");
  writeFileSync(at("name"), "a file");
  const past = new Date(Date.now() - 11 * 60_000);
  utimesSync(at(".tmp-1-1"), past, past);
  utimesSync(at("name"), past, past);
  const alive = await writeTemp(folder, utf8("x"));
  await sweepTemps(folder);
  expect(
    readdirSync(folder)
      .map((name) => at(name))
      .sort(),
  ).toEqual([alive, at("name")].sort());
});

test("removing is idempotent", async () => {
  writeFileSync(at("name"), "");
  await removeFiles(folder, ["name", "other"]);
  await removeFiles(folder, ["name"]);
  expect(readdirSync(folder)).toEqual([]);
});

test("it works under the permission model, and only where writing was allowed", () => {
  mkdirSync(at("mine"));
  mkdirSync(at("theirs"));
  chmodSync(folder, 0o755);
  const code = script(`
    await durable.replaceFile(folder + "/mine/a", Buffer.from("x"));
    console.log(await durable.createFile(folder + "/mine/b", Buffer.from("x")), await durable.createFile(folder + "/mine/b", Buffer.from("x")));
    await durable.sweepTemps(folder + "/mine");
    await durable.removeFiles(folder + "/mine", ["a"]);
    await durable.replaceFile(folder + "/theirs/a", Buffer.from("x")).then(() => console.log("written"), (e) => console.log(e.code));`);
  const root = fileURLToPath(new URL("../../../", import.meta.url));
  const flags = [
    "--permission",
    `--allow-fs-read=${root}`,
    `--allow-fs-read=${folder}`,
    `--allow-fs-write=${at("mine")}`,
  ];
  const out = execFileSync(process.execPath, [...flags, "--input-type=module", "-e", code], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
  expect(out).toBe("true false\nstorage\n");
});

test.runIf(needs("strace"))(
  "content is synced before it gets its name, and the folder before the call returns",
  () => {
    const code = script(
      `await durable.replaceFile(folder + "/name", Buffer.from("x")); await durable.createFile(folder + "/other", Buffer.from("x"));`,
    );
    const trace = at("trace");
    execFileSync("strace", [
      "-f",
      "-y",
      "-e",
      "trace=fsync,rename,renameat,renameat2,link,linkat",
      "-o",
      trace,
      process.execPath,
      "--input-type=module",
      "-e",
      code,
    ]);
    const calls = readFileSync(trace, "utf8")
      .split("\n")
      .filter((line) => line.includes(folder) && line.includes("= 0"))
      .map((line) => /\b(fsync|rename|link)/.exec(line)?.[1] ?? "?");
    expect(calls).toEqual(["fsync", "rename", "fsync", "fsync", "link", "fsync"]);
  },
);
