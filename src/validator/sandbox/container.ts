// The sandbox by docker or podman: for machines on which bubblewrap cannot be used.
import { CountersignError } from "../../core/base/failure.ts";
import { findProgram } from "../../io/exec/exec.ts";
import type { Sandbox } from "./sandbox.ts";

export interface ContainerPlace {
  /** The PATH in which the program is looked for. */
  readonly path: string;
  /** Empty for the program's own. */
  readonly runtime: string;
  readonly image: string;
}

export async function openContainers(driver: "docker" | "podman", place: ContainerPlace): Promise<Sandbox> {
  const file = findProgram(driver, place.path);
  if (file === undefined) throw new CountersignError("exec_failed", `${driver} was not found on the PATH`);
  throw new CountersignError("exec_failed", `${driver} cannot be used yet`);
}
