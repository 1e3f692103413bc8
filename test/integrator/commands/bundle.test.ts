// The words around bundles: whose keys are asked for, what is not overwritten, and what an encrypted log needs.
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { CountersignError } from "../../../src/core/base/failure.ts";
import { sha256 } from "../../../src/core/base/digest.ts";
import { examineBundle } from "../../../src/integrator/bundle/examine.ts";
import { MAX_BUNDLE_BYTES } from "../../../src/integrator/bundle/file.ts";
import { bundle, incidentExport } from "../../../src/integrator/commands/bundle.ts";
import { bundleVerify } from "../../../src/integrator/commands/bundle-verify.ts";
import type { CommandRow } from "../../../src/integrator/commands/command.ts";
import { type BundleLab, bundleLab, writtenBundle } from "../../support/bundle-lab.ts";
import { removeScratch, scratch } from "../../support/scratch.ts";
import { testWorld } from "../../support/world.ts";

let dir: string;
let lab: BundleLab | undefined;
beforeEach(() => {
  dir = scratch("bundle");
});
afterEach(() => {
  lab?.remove();
  lab = undefined;
  removeScratch(dir);
});

async function open(key?: string): Promise<BundleLab> {
  lab = await bundleLab("", key);
  writeFileSync(join(dir, "a.pem"), lab.desk.key.pem);
  writeFileSync(join(dir, "s.pem"), lab.desk.sealer.pem);
  return lab;
}

const BOTH = { attestationKey: ["a.pem"], sealerKey: ["s.pem"] };

async function run(row: CommandRow, args: readonly string[], options: object) {
  const world = testWorld({ cwd: dir, ...(lab === undefined ? {} : { now: lab.desk.now }) });
  const done = await row.run(world, args, options).then(
    (code) => ({ code, why: "" }),
    (cause: unknown) => {
      if (!(cause instanceof CountersignError)) throw cause;
      return { code: cause.exitCode, why: cause.message };
    },
  );
  return { ...done, ...world.said };
}

test("verify: keys of the reader, both of them, or a state folder; nothing else is believed", async () => {
  const { desk, patch, id } = await open();
  writeFileSync(join(dir, "b.json"), writtenBundle(await patch()));
  const verify = (options: object, file = "b.json"): ReturnType<typeof run> =>
    run(bundleVerify, [file], options);
  expect(await verify(BOTH)).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^genuine: the verdict is APPROVED; all \d+ members/) as unknown,
  });
  expect(await verify({ state: desk.places.root })).toMatchObject({ code: 0 });
  const said = await verify({ ...BOTH, json: true });
  expect(JSON.parse(said.out)).toMatchObject({
    verdict: "verified",
    where: null,
    facts: { patch_id: id, incidents: "1" },
  });
  const unasked: readonly [object, string][] = [
    [{}, "--attestation-key is missing"],
    [{ attestationKey: ["a.pem"] }, "--sealer-key is missing"],
    [{ sealerKey: ["s.pem"] }, "--attestation-key is missing"],
    [{ ...BOTH, state: desk.places.root }, "two places to trust"],
    [{ ...BOTH, sealerKey: ["s.pem", "none.pem"] }, "none.pem"],
    [{ attestationKey: ["a.pem", "s.pem"], sealerKey: ["s.pem"] }, "named for both"],
    [{ ...BOTH, logKey: ["a.pem"] }, "a.pem"],
    [{ state: dir }, ""],
  ];
  for (const [options, why] of unasked)
    expect([options, await verify(options)]).toMatchObject([
      options,
      { code: 2, why: expect.stringContaining(why) as unknown },
    ]);
  expect(await verify(BOTH, "none.json")).toMatchObject({ code: 2 });
  expect(await verify(BOTH, "a.pem")).toMatchObject({ code: 1 });
  expect(await verify({ ...BOTH, origin: "countersign/default/other" })).toMatchObject({
    code: 1,
    out: expect.stringMatching(/^FAILED: list: it is of the log of /) as unknown,
  });
  const large = Buffer.alloc(MAX_BUNDLE_BYTES + 1);
  writeFileSync(join(dir, "large.json"), large);
  expect(await verify(BOTH, "large.json")).toMatchObject({ code: 2 });
  expect(examineBundle(large, lab!.terms).verdict).toBe("failed");
});

test("an encrypted log: without its key nobody can tell, with it all is read", async () => {
  const key = sha256("the log's key");
  const { patch, incidents, terms } = await open(key);
  writeFileSync(join(dir, "log.key"), key, { mode: 0o600 });
  writeFileSync(join(dir, "wrong.key"), sha256("another"), { mode: 0o600 });
  for (const made of [await patch(), await incidents()]) {
    const bytes = writtenBundle(made);
    expect(bytes.includes("it looks odd".slice(0, 5))).toBe(false);
    expect(examineBundle(bytes, terms).verdict).toBe("verified");
    writeFileSync(join(dir, "b.json"), bytes);
    expect(await run(bundleVerify, ["b.json"], { ...BOTH, logKey: ["log.key"] })).toMatchObject({ code: 0 });
    for (const options of [BOTH, { ...BOTH, logKey: ["wrong.key"] }])
      expect(await run(bundleVerify, ["b.json"], options)).toMatchObject({
        code: 2,
        out: expect.stringMatching(/^cannot tell: \d+ entries are encrypted/) as unknown,
      });
    // What needs no key to be seen is seen without.
    const order = [...made.members.keys()].find((path) => path.endsWith("order.json"))!;
    const bent = lab!.sealed(made, new Map([...made.members, [order, new Uint8Array([123])]]));
    expect(examineBundle(writtenBundle(bent), { ...terms, keys: { others: [] } }).verdict).toBe("failed");
  }
});

test("export: what is there stays, what is unknown is named, and nothing is written that is not sealed", async () => {
  const { desk, id, incident } = await open();
  const where = { state: desk.places.root };
  expect(await run(bundle, [id], { ...where, json: true })).toMatchObject({
    code: 2,
    why: expect.stringContaining("--out") as unknown,
  });
  expect(
    await run(bundle, ["00000000-0000-4000-8000-000000000000"], { ...where, out: "x.json" }),
  ).toMatchObject({ code: 2 });
  expect(await run(incidentExport, ["00000000"], { ...where, out: "x.json" })).toMatchObject({
    code: 2,
    why: expect.stringContaining("no incident") as unknown,
  });
  // Nobody has the keys to seal here, and nobody serves.
  for (const [row, it] of [
    [bundle, id],
    [incidentExport, incident],
  ] as const)
    expect(await run(row, [it], { ...where, out: "x.json" })).toMatchObject({
      code: 2,
      why: expect.stringContaining("not sealed") as unknown,
    });
  // It may name this patch, and nobody knows.
  const damaged = "00000000-0000-4000-8000-000000000000.json";
  writeFileSync(join(desk.places.exchange, "incidents", damaged), "{");
  expect(await run(bundle, [id], { ...where, out: "x.json" })).toMatchObject({
    code: 2,
    why: expect.stringContaining(`incidents/${damaged} in the exchange cannot be read`) as unknown,
  });
  expect(existsSync(join(dir, "x.json"))).toBe(false);
  expect(readdirSync(join(desk.places.exchange, "journal"))).toEqual([]);
}, 60_000);
