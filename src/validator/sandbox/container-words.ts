// The words that docker and podman are started with: the same promises as bubblewrap's, kept by a container.
import { isAbsolute } from "node:path";
import { CountersignError } from "../../core/base/failure.ts";
import { type SandboxJob, TREE } from "./sandbox.ts";

export interface ContainerWords {
  readonly image: string;
  /** Empty for the program's own. */
  readonly runtime: string;
  /** Path of config/container/seccomp.json. */
  readonly profile: string;
  /** Name of the run. */
  readonly name: string;
  /** Of the validator, by which containers of one that was killed are known. */
  readonly pid: number;
}

/** On every container of ours, with the pid of the validator that started it. */
export const OWNER_LABEL = "dev.countersign.validator";
const NOBODY = "65534:65534";

export function containerWords(job: SandboxJob, on: ContainerWords): readonly string[] {
  const { memoryMib, cpuPercent, processes, scratchMib } = job.limits;
  const [program, ...args] = job.argv;
  const env = { HOME: "/tmp", TMPDIR: "/tmp", LANG: "C.UTF-8", ...job.env };
  return [
    ["run", "--interactive", "--pull=never", "--log-driver=none", "--no-healthcheck", "--init"],
    [`--name=${on.name}`, `--hostname=${on.name}`],
    [`--label=${OWNER_LABEL}=${on.pid}`, `--label=dev.countersign.patch=${job.label}`],
    on.runtime === "" ? [] : [`--runtime=${on.runtime}`],
    ["--network=none", "--ipc=none", "--read-only", `--user=${NOBODY}`],
    ["--cap-drop=ALL", "--security-opt=no-new-privileges", `--security-opt=seccomp=${on.profile}`],
    // As much swap as memory is none beside it.
    [`--memory=${memoryMib}m`, `--memory-swap=${memoryMib}m`, `--cpus=${(cpuPercent / 100).toFixed(2)}`],
    // The container's own first process counts, too.
    [`--pids-limit=${processes + 1}`, "--ulimit=nofile=256:512", "--ulimit=core=0:0"],
    [`--ulimit=fsize=${scratchMib * 1_048_576}`],
    [`--tmpfs=/tmp:rw,nosuid,nodev,size=${scratchMib}m,mode=1777`],
    job.read.map((path) => mount(path, path)),
    job.work === undefined ? [] : [mount(job.work, TREE)],
    [`--workdir=${job.work === undefined ? "/tmp" : TREE}`],
    Object.entries(env).map(([name, value]) => `--env=${name}=${value}`),
    [`--entrypoint=${program}`, on.image, ...args],
  ].flat();
}

/** In --mount a comma ends a field, so that a path with one could add fields of its own. */
function mount(from: string, to: string): string {
  const isPlain = (path: string): boolean =>
    isAbsolute(path) && !/[,"\n\r\0]/.test(path) && !path.split("/").includes("..");
  if (isPlain(from) && isPlain(to)) return `--mount=type=bind,src=${from},dst=${to},readonly`;
  throw new CountersignError("exec_failed", "a path for the container is not absolute and plain");
}
