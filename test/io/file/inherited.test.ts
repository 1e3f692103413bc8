// A descriptor that the validator's parent left open: a program in the sandbox would have it, and does not get it.
import { spawnSync } from "node:child_process";
import { closeSync, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { packageRoot } from "../../../src/io/file/config.ts";
import { needs } from "../../support/needs.ts";
import { scannersToml, stub } from "../../support/scanners.ts";
import { removeScratch, scratch } from "../../support/scratch.ts";
import { type Desk, openDesk } from "../../support/verdicts.ts";

const SECRET = "left-open-by-the-parent";
/** Below sixteen Node marks them itself. */
const LEFT_OPEN = [5, 20, 41];
const folder = scratch("inherited");
let desk: Desk;
let secret = -1;

beforeAll(() => {
  desk = openDesk();
  writeFileSync(join(folder, "secret"), SECRET);
  secret = openSync(join(folder, "secret"), "r");
});
afterAll(() => {
  closeSync(secret);
  desk.remove();
  removeScratch(folder);
});

function started(args: readonly string[], env: NodeJS.ProcessEnv): string {
  const stdio: ("ignore" | "pipe" | number)[] = Array.from({ length: 42 }, () => "ignore");
  stdio[1] = "pipe";
  for (const descriptor of LEFT_OPEN) stdio[descriptor] = secret;
  const { stdout, status } = spawnSync(process.execPath, args, {
    stdio,
    env,
    encoding: "utf8",
    timeout: 60_000,
  });
  expect(status).toBe(0);
  return stdout;
}

const source = (path: string): string => JSON.stringify(join(packageRoot(), path));

/** Prints what can be read at each of its descriptors. */
const reader =
  "import os\nfor n in range(3, 64):\n  try: print(n, os.pread(n, 99, 0).decode())\n  except (OSError, ValueError): pass";

describe.runIf(needs("bwrap"))("in the sandbox", () => {
  test.each([
    ["as it was: nothing is run", "", "exec_failed descriptors are open that every child would get"],
    ["closed", "closeInherited();", "END"],
  ])("%s", (_, first, seen) => {
    const program = `
      import { closeInherited } from ${source("src/io/file/inherited.ts")};
      import { boxes, python, runIn } from ${source("test/support/sandboxes.ts")};
      ${first}
      const ran = runIn(boxes()[0], python(${JSON.stringify(reader)}));
      process.stdout.write(await ran.then(({ out }) => out + "END", (error) => error.code + " " + error.message));`;
    expect(started(["--input-type=module", "-e", program], process.env)).toBe(seen);
  });

  test("a validator closes them before it starts anything", () => {
    writeFileSync(desk.places.config, `preset = "quickstart"\n${scannersToml(["gitleaks"])}`, {
      mode: 0o600,
    });
    stub(
      folder,
      "gitleaks",
      `cat /proc/self/fd/20 /proc/self/fd/41 >/tmp/seen 2>/dev/null; [ -s /tmp/seen ] && exit 1; echo 8.30.1`,
    );
    const main = join(packageRoot(), "src", "validator", "main.ts");
    const words = [main, "probe", "--state", desk.places.root, "--config", desk.places.config];
    const env = { PATH: `${folder}:${process.env["PATH"] ?? ""}` };
    expect(started(words, env)).toContain("8.30.1");
  });
});
