// Reasons of the checks that look at what a patch adds: secrets, hidden text, static analysis, scanners, commands, the guard.
import type { ReasonEntry } from "./reason-entry.ts";

export const content = {
  secret_suspected: {
    means: "Something looks like a secret: in the patch, a name, or the agent's words.",
    fix: "Take it out, and replace it where it is in use: what was sent once is no secret any more.",
  },
  text_invisible: {
    means: "An added line holds bidirectional, invisible or look-alike characters.",
    fix: "Write the characters as escapes, or leave them out.",
  },
  static_finding: {
    means: "Added code does something that a rule of static analysis names.",
    fix: "Change the code, or have a person confirm it.",
  },
  import_denied: {
    means: "Added code imports a module that the configuration does not allow.",
    fix: "Do without it, or ask an operator to add it to static_analysis.allowed_imports.",
  },
  scanner_finding: {
    means: "A scanner of somebody else found something in what the patch adds.",
    fix: "Change the code, or have a person confirm it.",
  },
  scanner_missing: {
    means: "A scanner that the configuration requires is not there.",
    fix: "An operator installs it on the validator's PATH, or takes it out of [scanners].",
  },
  scanner_failed: {
    means:
      "A scanner crashed, ran out of time or memory, or answered what cannot be read. That is no approval.",
    fix: "An operator looks at the validator's log and runs countersign doctor; a person reviews.",
  },
  sandbox_missing: {
    means: "What has to run in a sandbox was not run, because there is none.",
    fix: "An operator installs bubblewrap, or another driver that sandbox.driver names.",
  },
  command_failed: {
    means: "A command of the project did not succeed on the patched tree.",
    fix: "Correct the patch until the command passes.",
  },
  coverage_low: {
    means: "The coverage that a command reports is below what is asked for, or it reports none.",
    fix: "Add tests.",
  },
  guard_flagged: {
    means: "The agent's words or added comments read like instructions to another model.",
    fix: "Say what the patch does, in plain words, without instructions to readers.",
  },
  guard_failed: {
    means: "The content guard could not be asked. That is no approval.",
    fix: "An operator looks at guard.endpoint; a person reviews.",
  },
  finding_let_pass: {
    means:
      "A rule fired and an exception of the operator lets it pass; it is listed so that nobody overlooks it.",
    fix: "Nothing to do; the exception has a reason and stands in [rules].",
  },
  line_masked: {
    means: "The change touches or borders a line of which a part is masked.",
    fix: "Leave three unmasked lines around the change, or ask a person to make it.",
  },
} as const satisfies Record<string, ReasonEntry>;
