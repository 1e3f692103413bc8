// What the validator can use on this machine, as it says itself: tried by a process of its own, for the doctor to judge.
import { z } from "zod";
import { CountersignError } from "../../core/base/failure.ts";
import { run } from "./exec.ts";
import { scannerNames } from "./scanners.ts";

const words = z.string().max(1000);

export const probeSchema = z.strictObject({
  sandbox: z.union([
    z.strictObject({
      kind: z.literal("ran"),
      driver: z.enum(["bubblewrap", "docker", "podman"]),
      version: words,
      /** Who holds the limits. */
      limits: z.enum(["cgroup2", "cgroup1", "meter", "runtime"]),
    }),
    /** The configuration wants none. */
    z.strictObject({ kind: z.literal("none") }),
    z.strictObject({ kind: z.literal("missing"), why: words }),
  ]),
  scanners: z
    .array(
      z.union([
        z.strictObject({
          name: z.enum(scannerNames),
          kind: z.literal("there"),
          file: words,
          sha256: z.string().regex(/^[0-9a-f]{64}$/),
          /** As it says itself in the sandbox, or `unversioned`; null where it does not answer. */
          version: words.nullable(),
        }),
        z.strictObject({ name: z.enum(scannerNames), kind: z.literal("missing") }),
        z.strictObject({ name: z.enum(scannerNames), kind: z.literal("unsafe"), file: words, why: words }),
      ]),
    )
    .max(scannerNames.length),
});
export type Probe = z.infer<typeof probeSchema>;

/** Longer than all its tries together. */
const TIMEOUT_MS = 150_000;

export interface ProbeProgram {
  readonly node: string;
  /** The validator's main file, absolute. */
  readonly main: string;
  readonly state: string;
  readonly config: string;
  /** What the validator may see of the environment. */
  readonly env: Readonly<Record<string, string>>;
}

/** Ask the validator's own program. Throws when it does not answer, or not in the words that we know. */
export async function probeValidator({ node, main, state, config, env }: ProbeProgram): Promise<Probe> {
  const { code, stdout, stderr } = await run({
    file: node,
    args: [main, "probe", "--state", state, "--config", config],
    cwd: "/",
    env,
    timeoutMs: TIMEOUT_MS,
    maxOutputBytes: 100_000,
  });
  if (code !== 0)
    throw new CountersignError(
      "exec_failed",
      `the validator's probe ended with ${code}: ${stderr.slice(0, 300)}`,
    );
  const parsed = probeSchema.safeParse(JSON.parse(stdout.toString("utf8")));
  if (parsed.success) return parsed.data;
  throw new CountersignError("exec_failed", "the validator's probe answered in another form");
}
