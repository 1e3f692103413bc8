// State, keys and repository below a folder that is shown: no program in the sandbox sees them, and nothing can be put there.
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openBubblewrap } from "../../../src/validator/sandbox/bubblewrap.ts";
import { hidden } from "../../../src/validator/sandbox/hidden.ts";
import { needs } from "../../support/needs.ts";
import { runIn, sh, tried } from "../../support/sandboxes.ts";
import { removeScratch, scratch } from "../../support/scratch.ts";

const folder = scratch("hidden");
const KEY = "kept-out";

beforeAll(() => {
  for (const name of ["state/keys", "repo/modules", "other"])
    mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(join(folder, "state", "keys", "a.key"), KEY);
  writeFileSync(join(folder, "repo", "modules", "a"), "module");
  writeFileSync(join(folder, "other", "a"), "other");
  chmodSync(folder, 0o755);
  symlinkSync(join(folder, "state"), join(folder, "alias"));
});
afterAll(() => removeScratch(folder));

test("what lies around a folder that is shown cannot be hidden: no sandbox", () => {
  for (const place of ["/", "/usr", "/usr/../usr/"])
    expect(() => hidden([place], ["/usr"])).toThrow("shown to every program");
  expect(() => hidden([join(folder, "alias")], [join(folder, "state", "keys")])).toThrow("is shown");
});

test("what is hidden: the outermost places, by where they really are", () => {
  const at = (name: string): string => join(folder, name);
  const { below } = hidden([at("alias"), at("state/keys"), at("repo")], []);
  expect(below(folder)).toEqual([at("repo"), at("state")]);
  expect(below(at("repo"))).toEqual([]);
  expect(below(at("repo/modules"))).toEqual([]);
  expect(below(at("stat"))).toEqual([]);
});

// Crash story: its clock would go on, and end the validator when there is nothing to stop.
test.runIf(needs("bwrap"))("what cannot be started is a fault, and leaves no clock behind", async () => {
  const faults: unknown[] = [];
  const heard = (fault: unknown): void => void faults.push(fault);
  process.prependListener("uncaughtException", heard);
  const bubblewrap = {
    limits: "meter",
    sandbox: () => openBubblewrap(process.env["PATH"] ?? "", undefined, Date.now),
  };
  const run = runIn(bubblewrap, sh("true"), { timeoutMs: 50 }, { read: ["/usr/../etc"] });
  await expect(run).rejects.toThrow("not absolute and plain");
  await pause(200);
  process.off("uncaughtException", heard);
  expect(faults).toEqual([]);
});

describe.runIf(needs("bwrap"))("in the sandbox", () => {
  const box = (...apart: readonly string[]): Parameters<typeof runIn>[0] => ({
    limits: "meter",
    sandbox: () => openBubblewrap(process.env["PATH"] ?? "", undefined, Date.now, apart),
  });

  test("below /usr", async () => {
    expect((await runIn(box(), sh("ls /usr/share | head -1"))).out).not.toBe("");
    const attempt = "attempt('write', lambda: open('/usr/share/new', 'w'))";
    const { out } = await runIn(box("/usr/share"), tried(`print(os.listdir('/usr/share'))\n${attempt}`));
    expect(out).toBe("[]\nEND\n");
  });

  test("below what read names; what it names within is seen", async () => {
    const read = [join(folder, "repo", "modules"), folder];
    const all = sh(
      `cd ${folder}; cat state/keys/a.key alias/keys/a.key repo/modules/a other/a; ls -A repo state`,
    );
    const { out } = await runIn(box(join(folder, "alias"), join(folder, "repo")), all, {}, { read });
    expect(out).toContain("moduleother");
    expect(out).not.toContain(KEY);
    expect(out).toMatch(/repo:\nmodules\n\n\S*state:\n$/);
  });
});
