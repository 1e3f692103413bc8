// Secrets that only a program can tell: the supervisor asks it, because the gateway may start none.
import { fromUtf8 } from "../core/base/bytes.ts";
import { CountersignError } from "../core/base/failure.ts";
import { readReference, type SecretPlace, secretsOf } from "../core/config/reference.ts";
import type { Config } from "../core/config/schema.ts";
import { findProgram, run } from "../io/exec/exec.ts";
import { suppliedName } from "../io/secrets/resolve.ts";
import type { World } from "./world.ts";

const TIMEOUT_MS = 5000;
const MAX_BYTES = 4096;

/** What the gateway's secrets are, as far as only a program can tell; see `suppliedFor`. */
export function suppliedSecrets(world: World, config: Config): Promise<Readonly<Record<string, string>>> {
  return suppliedFor(world, secretsOf(config));
}

/**
 * Of `places`, the secrets that are named by cmd: or keyring:, under the variables in which they are looked up
 * (`suppliedName`). Throws `config_invalid` naming the key and the program, never what it said.
 */
export async function suppliedFor(
  world: World,
  places: readonly SecretPlace[],
): Promise<Readonly<Record<string, string>>> {
  const supplied: Record<string, string> = {};
  for (const { key, ref } of places) {
    const argv = programFor(world, ref, key);
    const name = suppliedName(ref);
    if (argv === undefined || supplied[name] !== undefined) continue;
    supplied[name] = await outputOf(world, argv, key);
  }
  return supplied;
}

/** The command line that tells a secret; undefined for references that need none. */
function programFor(world: World, ref: string, key: string): readonly string[] | undefined {
  const read = readReference(ref);
  if (read.kind === "cmd") return read.argv;
  if (read.kind !== "keyring") return undefined;
  const path = world.env["PATH"] ?? "";
  const { service, account } = read;
  // libsecret (Linux), then the keychain (macOS): whichever is there.
  const secretTool = findProgram("secret-tool", path);
  if (secretTool !== undefined) return [secretTool, "lookup", "service", service, "account", account];
  const security = findProgram("security", path);
  if (security !== undefined) return [security, "find-generic-password", "-w", "-s", service, "-a", account];
  throw new CountersignError("config_invalid", `${key}: there is no keyring program on this machine`, {
    fix: "Install secret-tool (libsecret) or name the secret by env: or file:.",
  });
}

/** Desktop keyrings are found through the session's bus; a program of the operator's gets PATH and HOME. */
const HANDED_ON = ["PATH", "HOME", "LANG", "DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR"];

async function outputOf(world: World, argv: readonly string[], key: string): Promise<string> {
  const [file = "", ...args] = argv;
  const env = Object.fromEntries(
    HANDED_ON.flatMap((name) => (world.env[name] === undefined ? [] : [[name, world.env[name]]])),
  ) as Record<string, string>;
  try {
    const { code, stdout } = await run({
      file,
      args,
      cwd: world.root,
      env,
      timeoutMs: TIMEOUT_MS,
      maxOutputBytes: MAX_BYTES,
    });
    const text = code === 0 ? fromUtf8(stdout)?.replace(/\r?\n$/, "") : undefined;
    if (text !== undefined && text !== "") return text;
    throw new CountersignError("config_invalid", `${key}: ${file} told no secret (exit code ${code})`);
  } catch (cause) {
    if (cause instanceof CountersignError && cause.code === "config_invalid") throw cause;
    // The failure of a child may quote its words.
    const why = cause instanceof CountersignError ? cause.code : "failed";
    throw new CountersignError("config_invalid", `${key}: ${file} could not be asked (${why})`, {
      fix: `It has ${TIMEOUT_MS / 1000} s, ${MAX_BYTES} bytes and no terminal.`,
    });
  }
}
