// dev.permissive goes by the age of the file, which every edit makes younger: what a running gateway makes of that.
import { readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { instant } from "../../src/core/base/time.ts";
import { loadSetup, packageRoot } from "../../src/io/file/config.ts";
import { liveLab, type LiveLab } from "../support/live.ts";

const DAY = 86_400_000;
const HOUR = 3_600_000;
const START = Date.now();

let lab: LiveLab;
beforeEach(async () => {
  lab = await liveLab();
  lab.now = START;
});
afterEach(() => lab.remove());

const until = (): number | undefined => lab.live.service().setup.permissiveUntil;
/** As `touch -d`, seen by the next look. */
function touch(millis: number): void {
  utimesSync(lab.layout.config, millis / 1000, millis / 1000);
  lab.stamp = `${lab.stamp ?? ""}+`;
}
/** Writes at `lab.now`, and asks for a look. */
async function change(toml: string): Promise<void> {
  lab.write(toml);
  touch(lab.now ?? 0);
  await lab.live.look();
}
const PRINCIPAL = '[[principals]]\nname = "bot"\nsubjects = ["local:stdio"]\nroles = ["reader"]';

test("one that is lengthened or shortened is taken over although no key changed, and the entry says it", async () => {
  await change("[dev]\npermissive = true\nttl_days = 1");
  const first = until() ?? 0;
  expect(lab.recorded.at(-1)?.data).toMatchObject({
    permissive_until_before: null,
    permissive_until: instant(first),
  });
  touch(START - HOUR);
  await lab.live.look();
  expect(until()).toBe(first - HOUR);
  expect(lab.recorded.at(-1)).toMatchObject({
    event: "config.changed",
    data: { keys: "", permissive_until_before: instant(first), permissive_until: instant(first - HOUR) },
  });
});

describe("one that has ended", () => {
  beforeEach(async () => {
    await change("[dev]\npermissive = true\nttl_days = 1");
    lab.now = START + DAY + HOUR;
    lab.recorded.length = 0;
  });

  // Threat: a principal is taken out, and the gateway refuses the file for want of a trial that nobody asked about.
  test("does not keep the gateway from taking a change over", async () => {
    lab.write(PRINCIPAL);
    touch(START);
    await lab.live.look();
    expect(lab.recorded).toMatchObject([
      { event: "config.changed", data: { keys: "principals", permissive_until: null } },
    ]);
    expect(until()).toBeUndefined();
  });

  test("keeps a process from starting all the same", () => {
    expect(() => loadSetup(lab.layout, packageRoot(), undefined, [], lab.now)).toThrow("dev.permissive");
    expect(statSync(lab.layout.config).mtimeMs).toBeLessThan(START + DAY);
  });

  // Threat: somebody changes a limit, and what agents claim is believed for another day.
  test.each([
    ["an edit of something else", () => change(PRINCIPAL)],
    [
      "a touch",
      async () => {
        touch(lab.now ?? 0);
        await lab.live.look();
      },
    ],
  ])("is not revived by %s, nor by the next", async (_, edit) => {
    await edit();
    expect(until()).toBeUndefined();
    expect(lab.recorded).toMatchObject([{ event: "config.changed", data: { permissive_until: null } }]);
    await change('[log]\nlevel = "warn"');
    expect(until()).toBeUndefined();
    // Nor does a clock that is set back.
    lab.now = START + HOUR;
    touch(START);
    await lab.live.look();
    expect(until()).toBeUndefined();
  });

  test("begins anew where somebody writes the table [dev]", async () => {
    const text = readFileSync(lab.layout.config, "utf8");
    writeFileSync(lab.layout.config, text.replace("ttl_days = 1", "ttl_days = 2"));
    await change("");
    expect(until()).toBe(Math.floor(lab.now ?? 0) + 2 * DAY);
    expect(lab.recorded).toMatchObject([
      { data: { keys: "dev.ttl_days", permissive_until: instant(until() ?? 0) } },
    ]);
  });
});

test("in the future it is a fault for a running process, too", async () => {
  lab.write("[dev]\npermissive = true");
  touch(START + DAY);
  await lab.live.look();
  expect(lab.recorded).toMatchObject([{ event: "config.refused", data: { reason: "config_invalid" } }]);
});
