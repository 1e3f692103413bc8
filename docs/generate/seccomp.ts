// config/container/seccomp.json: the sandbox's filter of system calls for docker and podman, from the table that bubblewrap gets.
import { seccompProfile } from "../../src/validator/sandbox/seccomp.ts";

export function seccompText(): string {
  return `${JSON.stringify(seccompProfile(), null, 2)}\n`;
}
