// The words of `gate` in tests: a scratch folder with a policy in it, and no state folder anywhere.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { CommandRow } from "../../src/integrator/commands/command.ts";
import { type TestWorld, testWorld } from "./world.ts";

const ON_QUICKSTART = `preset = "quickstart"\n[repository]\nname = "lab"\n`;

/** A configuration on quickstart; returns its path. */
export function configIn(dir: string, toml: string): string {
  return fileIn(dir, "policy.toml", ON_QUICKSTART + toml);
}

/** Text as it is, anything else as JSON; returns its path. */
export function fileIn(dir: string, name: string, content: unknown): string {
  const path = join(dir, name);
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

export interface Said {
  readonly code: number;
  readonly world: TestWorld;
}

export async function runIn(
  dir: string,
  row: CommandRow,
  args: readonly string[],
  options: object,
): Promise<Said> {
  const world = testWorld({ cwd: dir });
  return { code: await row.run(world, args, options), world };
}
