// Rules about scanners of others and how narrow a sandbox stays: what is asked for and cannot be had, or would show too much.
import type { RuleFault } from "./fault.ts";
import type { Config } from "./schema.ts";

export function scannerFaults(config: Config): readonly RuleFault[] {
  return [...requiredFaults(config), ...idleFaults(config), ...readFaults(config)];
}

const NAMES = ["gitleaks", "semgrep", "bandit"] as const;

function requiredFaults({ scanners, sandbox }: Config): readonly RuleFault[] {
  const required = NAMES.filter((name) => scanners[name] === "required");
  const faults: (RuleFault | false)[] = [
    ...required.map(
      (name): RuleFault | false =>
        sandbox.driver === "none" && {
          key: `scanners.${name}`,
          because: "sandbox.driver",
          message: 'is "required", and sandbox.driver is "none": scanners run in a sandbox or not at all',
          fix: 'Set sandbox.driver = "auto" or name one, or do without the scanner.',
        },
    ),
    (scanners.semgrep_rules.split("/").includes("..") ||
      /^~|\p{Cc}/u.test(scanners.semgrep_rules) ||
      /^(?:\.\/+)*keys(?:\/|$)/.test(scanners.semgrep_rules)) && {
      key: "scanners.semgrep_rules",
      message: "is no plain path: it holds .. or a control character, begins with ~, or leads into keys/",
      fix: "Write an absolute path, or one from the state folder.",
    },
  ];
  return faults.filter((fault) => fault !== false);
}

/** A line that the driver would pass over says something that is not so. */
function idleFaults({ sandbox: { driver, runtime, image } }: Config): readonly RuleFault[] {
  const because = "sandbox.driver";
  const faults: (RuleFault | false)[] = [
    runtime !== "" &&
      driver === "none" && {
        key: "sandbox.runtime",
        because,
        message: `is ${runtime}, and sandbox.driver is "none"`,
        fix: 'Set sandbox.driver = "docker" or "podman", or leave the runtime empty.',
      },
    image !== "" &&
      (driver === "bubblewrap" || driver === "none") && {
        key: "sandbox.image",
        because,
        message: `is set, and sandbox.driver is "${driver}", which uses none`,
        fix: 'Set sandbox.driver = "docker" or "podman", or leave the image empty.',
      },
  ];
  return faults.filter((fault) => fault !== false);
}

function readFaults({ validator: { commands } }: Config): readonly RuleFault[] {
  return commands.flatMap(({ read = [] }, at) =>
    read.filter(isTooWide).map((path) => wide(`validator.commands.${at}.read`, path)),
  );
}

/** Below these lie keys, sockets and other people's files: a patch's own program would read them. */
const TOO_WIDE = ["home", "root", "run", "var", "var/run", "var/lib", "tmp", "etc"];

/** The kernel's own, in which a path may lead anywhere (/proc/1), and the place of the patched tree: nothing below either. */
const NEVER = ["proc", "sys", "dev", "tree"];

function isTooWide(path: string): boolean {
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  return TOO_WIDE.includes(parts.join("/")) || NEVER.includes(parts[0] ?? "");
}

function wide(key: string, path: string): RuleFault {
  return {
    key,
    message: `holds ${path}, which shows the program more than it needs, or covers what the sandbox puts there`,
    fix: "Name the one folder that it needs, such as the installed dependencies.",
  };
}
