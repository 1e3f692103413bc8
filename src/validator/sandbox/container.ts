// The sandbox by docker or podman: for machines on which bubblewrap cannot be used.
import { randomBytes } from "node:crypto";
import { CountersignError } from "../../core/base/failure.ts";
import { printable } from "../../core/base/refusal.ts";
import type { Clock } from "../../core/base/time.ts";
import { findProgram, type Output, run as runOnce } from "../../io/exec/exec.ts";
import { type Piped, startPiped } from "../../io/exec/piped.ts";
import { containerWords, OWNER_LABEL } from "./container-words.ts";
import { runName, type Sandbox, type SandboxJob, type SandboxResult } from "./sandbox.ts";

export interface ContainerPlace {
  /** The PATH in which the program is looked for. */
  readonly path: string;
  /** Empty for the program's own. */
  readonly runtime: string;
  readonly image: string;
  /** Path of the seccomp profile. */
  readonly profile: string;
  readonly clock: Clock;
}

type Driver = "docker" | "podman";

interface Parts extends ContainerPlace {
  readonly driver: Driver;
  readonly file: string;
}

/**
 * Throws `exec_failed` with the reason when it cannot be used: program, daemon, image or runtime missing. Nothing is
 * fetched: what runs is what is there.
 */
export async function openContainers(driver: Driver, place: ContainerPlace): Promise<Sandbox> {
  const file = findProgram(driver, place.path);
  if (file === undefined) throw unusable(driver, `${driver} was not found on the PATH`);
  if (place.image === "") throw unusable(driver, "sandbox.image names no image");
  const parts: Parts = { ...place, driver, file };
  const version = await asked(parts, versionWords[driver], "it does not answer; is its daemon running?");
  await asked(
    parts,
    ["image", "inspect", "--format={{.Id}}", place.image],
    `the image ${place.image} is not here`,
  );
  if (place.runtime !== "" && driver === "docker") {
    const known = await asked(
      parts,
      ["info", "--format={{range $name, $_ := .Runtimes}}{{$name}} {{end}}"],
      "it does not tell its runtimes",
    );
    if (!known.split(/\s+/).includes(place.runtime))
      throw unusable(driver, `it has no runtime ${place.runtime}`);
  }
  await removeLeft(parts);
  return { driver, version: version.slice(0, 40), limits: "runtime", run: (job) => runIn(parts, job) };
}

/** podman has no server to ask. */
const versionWords: Readonly<Record<Driver, readonly string[]>> = {
  docker: ["version", "--format={{.Server.Version}}"],
  podman: ["version", "--format={{.Client.Version}}"],
};

const PATIENCE_MS = 20_000;

function told({ file }: Pick<Parts, "file">, args: readonly string[]): Promise<Output> {
  return runOnce({ file, args, cwd: "/", env: {}, timeoutMs: PATIENCE_MS, maxOutputBytes: 65_536 });
}

async function asked(parts: Parts, args: readonly string[], otherwise: string): Promise<string> {
  const { code, stdout } = await told(parts, args);
  const text = stdout.toString("utf8").trim();
  if (code !== 0 || text === "") throw unusable(parts.driver, otherwise);
  return text;
}

async function runIn(parts: Parts, job: SandboxJob): Promise<SandboxResult> {
  const id = randomBytes(8).toString("hex");
  const name = runName(job.label, id);
  const started = parts.clock();
  let why: "timeout" | "output" | undefined;
  let child: Piped | undefined;
  const stop = (reason: "timeout" | "output"): void => {
    why ??= reason;
    child?.kill();
  };
  const late = setTimeout(() => stop("timeout"), job.limits.timeoutMs);
  try {
    child = startPiped({
      file: parts.file,
      args: containerWords(job, { ...parts, name, pid: process.pid }),
      env: {},
      input: job.input,
      feeds: [],
      maxOutputBytes: job.limits.outputBytes,
      told: () => undefined,
      flooded: () => stop("output"),
    });
    const { stdout, stderr } = await child.ended;
    const ended = { durationMs: parts.clock() - started, stdout, stderr, id };
    return why === undefined ? await resultOf(parts, name, ended) : { end: why, code: null, ...ended };
  } finally {
    clearTimeout(late);
    child?.kill();
    // The client is not the container: it is gone only when it was removed.
    await removed(parts, [name]);
  }
}

/** What the daemon says of its end; the client's exit code may be the client's own. */
async function resultOf(
  parts: Parts,
  name: string,
  ended: Omit<SandboxResult, "end" | "code">,
): Promise<SandboxResult> {
  const { code: known, stdout } = await told(parts, [
    "inspect",
    "--format={{.State.OOMKilled}} {{.State.ExitCode}} {{.State.Error}}",
    name,
  ]);
  const [, oom, exit, error] = /^(true|false) (\d{1,3}) ?(.*)$/.exec(stdout.toString("utf8").trim()) ?? [];
  if (known !== 0 || exit === undefined) {
    const said = Buffer.from(ended.stderr.subarray(0, 300)).toString("utf8");
    throw unusable(parts.driver, printable(said.trim()) || "the container was not made");
  }
  if (oom === "true") return { end: "memory", code: null, ...ended };
  const code = Number(exit);
  // 127 and 126: the program is not there, as a program in a shell would be told.
  if (error !== "" && code !== 126 && code !== 127)
    throw unusable(parts.driver, "the container could not be started");
  const signal = code > 128 && code <= 192;
  return signal ? { end: "signal", code: null, ...ended } : { end: "exit", code, ...ended };
}

/** Containers of validators of this machine that are gone: they had no parent whose death could end them. */
async function removeLeft(parts: Parts): Promise<void> {
  const format = `--format={{.Names}} {{.Label "${OWNER_LABEL}"}}`;
  const { code, stdout } = await told(parts, ["ps", "--all", `--filter=label=${OWNER_LABEL}`, format]);
  if (code !== 0) return;
  const left = stdout
    .toString("utf8")
    .split("\n")
    .flatMap((line) => {
      const [, name, pid] = /^(cs-[A-Za-z0-9-]{1,60}) (\d{1,10})$/.exec(line.trim()) ?? [];
      return name === undefined || isAlive(Number(pid)) ? [] : [name];
    });
  if (left.length > 0) await removed(parts, left);
}

async function removed(parts: Parts, names: readonly string[]): Promise<void> {
  await told(parts, ["rm", "--force", "--volumes", ...names]).catch(() => undefined);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

function unusable(driver: Driver, why: string): CountersignError {
  return new CountersignError("exec_failed", `the sandbox by ${driver} cannot be used: ${why}`, {
    fix: `Make ${driver} usable for the validator's user, with sandbox.image and sandbox.runtime there; or name another driver.`,
  });
}
