// The promises about the sandbox and what runs in it (P, I), with their tests: data only.
import { core, process, validator, row, type Row } from "./row.ts";

export const sandboxRows: Readonly<Record<string, Row>> = {
  P01: row(
    "A program of others has no socket, no key, no home, no environment, and leaves nothing behind.",
    validator(
      "sandbox/bubblewrap.hostile",
      "no socket can be opened, of any family",
      "key, home and environment cannot be read",
      "nothing can be written but /tmp",
      "what a run wrote is gone at the next",
    ),
  ),
  P02: row(
    "Memory, processes and processor time end at their limits, and that is never an approval.",
    validator(
      "sandbox/bubblewrap.limits",
      "a fork bomb ends",
      "memory ends at its limit",
      "processor time ends at its share",
    ),
    validator("checks/command", "is an error, and never an approval"),
  ),
  P03: row(
    "Each run bears the patch's id, and verdict and log name the run.",
    validator("sandbox/bubblewrap.hostile", "the run is labelled for everybody who looks at processes"),
    validator("checks/command", "its run stands in verdict and log"),
  ),
  P04: row(
    "A stronger runtime can be asked for; one that is unknown or missing is a refusal.",
    core("config/rules-sandbox", "%s is refused"),
    validator("sandbox/open", "auto with a runtime does not fall back to bubblewrap"),
  ),
  I07: row(
    "No shell is started during validation.",
    validator("sandbox/bubblewrap.no-shell", "I07: no shell is started during validation"),
  ),
  I08: row(
    "A run ends at its time with everything that it started.",
    validator(
      "sandbox/bubblewrap.hostile",
      "nothing outlives its time",
      "what is left behind by a program that ends ends with it",
      "when the validator is killed, what it ran is gone",
    ),
    validator("sandbox/starter", "%s: nothing is started"),
    validator(
      "sandbox/bubblewrap.killed",
      "killed at the gate: the program never starts",
      "$title: nothing stays",
    ),
  ),
  I09: row(
    "Containers have no network, a read-only root, no capabilities and every limit.",
    validator("sandbox/container", "I09: no network, read-only root, no capabilities, and every limit"),
    validator("sandbox/bubblewrap.limits", "open files end at 512"),
  ),
  I10: row(
    "Limits can be said by the environment, within bounds.",
    core("config/rules-sandbox", "I10: limits can be said by the environment", "I10: %s=%s is refused"),
  ),
  I11: row(
    "A sandbox that is named and cannot be used is a refusal at the start; nothing takes its place.",
    validator("sandbox/open", "%s is named and not there: no start", "auto finds nothing"),
    validator("checks/command", "without a sandbox nothing runs, and nothing is approved"),
  ),
  I12: row(
    "System calls are refused unless they are listed, in the sandbox and in our own two containers.",
    validator(
      "sandbox/seccomp",
      "I12: the profile of the containers is the same table",
      "what is not in the table is refused",
    ),
    validator("sandbox/bubblewrap.hostile", "system calls that lead out are refused"),
    process(
      "container-profiles",
      "I12: what gateway, validator and a command in a container may ask of the kernel",
      "I12: the gateway behind its HTTP door",
      "I12: a validation with git, and a command in the sandbox of bubblewrap",
    ),
  ),
};
