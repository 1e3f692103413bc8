// The words of `decision` in tests: exporting from a desk into a scratch folder, and verifying what lies there.
import { join } from "node:path";
import type { PatchId } from "../../src/core/base/ids.ts";
import { canonical } from "../../src/core/base/canonical.ts";
import { decisionExport, decisionVerify } from "../../src/integrator/commands/decision.ts";
import type { Answer } from "../../src/integrator/decision/examine.ts";
import type { Desk } from "./verdicts.ts";
import { type TestWorld, testWorld } from "./world.ts";

export interface Said {
  readonly code: number;
  readonly world: TestWorld;
}

/** To `d.json` in `dir`. */
export async function exportIn(
  dir: string,
  desk: Desk,
  id: PatchId,
  options: object = {},
): Promise<Said & { path: string }> {
  const world = testWorld({ cwd: dir, now: desk.now });
  const code = await decisionExport.run(world, [id], { state: desk.places.root, out: "d.json", ...options });
  return { code, world, path: join(dir, "d.json") };
}

/** `d.json` in `dir` with the key in `key.pem`. */
export async function verifyIn(dir: string, options: object = {}): Promise<Said & { answer: Answer }> {
  const world = testWorld({ cwd: dir });
  const code = await decisionVerify.run(world, ["d.json"], { key: "key.pem", json: true, ...options });
  return { code, world, answer: JSON.parse(world.said.out) as Answer };
}

/** In the form in which it is exported. */
export const written = (bundle: object): Buffer => Buffer.from(`${canonical(bundle)}\n`);
