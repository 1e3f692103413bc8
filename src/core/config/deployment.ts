// The name of this deployment in checkpoints of its log.
import type { Config } from "./schema.ts";

/** `audit.origin`, or countersign/<namespace>/<repository>. Never a path of the machine. */
export function deploymentOf({ audit, namespace, repository }: Config): string {
  return audit.origin === "" ? `countersign/${namespace.name}/${repository.name}` : audit.origin;
}
