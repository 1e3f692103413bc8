// The doctor's judgement of what patches are checked with: sandbox, scanners of others, rule packs, guard, inspector.
import type { Config } from "../../core/config/schema.ts";
import { type Packs, packsLine } from "../../core/rules/packs.ts";
import type { Probe } from "../../io/exec/probe.ts";
import { fail, type Finding, ok, warn } from "./finding.ts";

export interface ScanningFacts {
  readonly config: Config;
  readonly packs: Packs;
  /** What the validator's own program said, or why it said nothing. */
  readonly probe: Probe | { readonly why: string };
}

/** Where each is had; words only, since hosts of packages differ. */
const GET = {
  bubblewrap: "apt install bubblewrap (or your distribution's package), and allow user namespaces",
  docker: "install docker, and put the image of sandbox.image there",
  podman: "install podman, and put the image of sandbox.image there",
  gitleaks: "go install github.com/gitleaks/gitleaks/v8, or your distribution's package",
  semgrep: "pip install semgrep, in an environment of its own that is on the validator's PATH",
  bandit: "pip install bandit, in an environment of its own that is on the validator's PATH",
} as const;

export function scanningFindings({ config, packs, probe }: ScanningFacts): readonly Finding[] {
  const own = [
    ok("rule-packs", `rule packs: ${packsLine(packs)}`),
    ok("inspector", "secrets and static analysis: embedded, in a child without key; nothing to install"),
    guardFinding(config),
  ];
  if ("why" in probe)
    return [
      ...own,
      warn("probe", `the validator's program cannot be asked what it can use: ${probe.why}`, ""),
    ];
  return [
    ...own,
    ...sandboxFindings(config, probe),
    ...probe.scanners.map((one) => scannerFinding(one, config, probe)),
  ];
}

function guardFinding({ guard }: Config): Finding {
  if (!guard.enabled) return ok("guard", "content guard: off");
  const classifier = guard.endpoint === "" ? "no classifier" : `classifier ${guard.model}`;
  const trusted = guard.trusted.length === 0 ? "nobody skips it" : `${guard.trusted.join(", ")} skip it`;
  return ok("guard", `content guard: on, rules and ${classifier}; ${trusted}`);
}

/** What does not run without a sandbox. */
function needs({ scanners, validator }: Config): readonly string[] {
  const required = (["gitleaks", "semgrep", "bandit"] as const).filter(
    (name) => scanners[name] === "required",
  );
  return [...required, ...validator.commands.map(({ name }) => `command ${name}`)];
}

function sandboxFindings(config: Config, { sandbox }: Probe): readonly Finding[] {
  const id = "sandbox";
  if (sandbox.kind === "none")
    return [ok(id, "sandbox: none wanted; scanners of others and commands do not run, embedded checks do")];
  if (sandbox.kind === "missing") {
    const asked = config.sandbox.driver === "auto" ? "bubblewrap" : config.sandbox.driver;
    const wanting = needs(config);
    const fix = `To have it: ${GET[asked === "none" ? "bubblewrap" : asked]}.`;
    if (config.sandbox.driver !== "auto")
      return [
        fail(id, `the validator does not start: ${sandbox.why}`, `${fix} Or name another sandbox.driver.`),
      ];
    return wanting.length > 0
      ? [fail(id, `no sandbox, and nothing is approved without: ${wanting.join(", ")} (${sandbox.why})`, fix)]
      : [warn(id, `no sandbox: scanners of others do not run, embedded checks do (${sandbox.why})`, fix)];
  }
  const { driver, version, limits } = sandbox;
  return [
    ok(id, `sandbox: a program ran in ${driver} ${version}`),
    driver === "bubblewrap"
      ? ok("seccomp", "system calls in it: default deny, those of programs allowed one by one")
      : ok("seccomp", `system calls in it: ${driver}'s own filter`),
    limitsFinding(limits),
  ];
}

function limitsFinding(limits: "cgroup2" | "cgroup1" | "meter" | "runtime"): Finding {
  const id = "sandbox-limits";
  if (limits === "runtime") return ok(id, "limits in it: held by the container runtime");
  if (limits !== "meter")
    return ok(
      id,
      `limits in it: held by the kernel (${limits === "cgroup2" ? "control groups 2" : "control groups 1"})`,
    );
  return warn(
    id,
    "limits in it: no control group could be made, so a meter looks and kills; a program may overdraw for a moment",
    "Run the validator with Delegate=yes (systemd), or where it may write its control group. This user's answer may differ from the validator's.",
  );
}

function scannerFinding(one: Probe["scanners"][number], { scanners }: Config, { sandbox }: Probe): Finding {
  const { name } = one;
  const use = scanners[name];
  const id = `scanner-${name}`;
  if (use === "off") return ok(id, `${name}: off`);
  const bad = use === "required" ? fail : warn;
  if (one.kind === "unsafe")
    return bad(
      id,
      `${name}: ${one.file} is not run: ${one.why}`,
      "Put it where only you can write, apart from repository and state.",
    );
  if (one.kind === "missing")
    return use === "required"
      ? fail(
          id,
          `${name}: required and not on the PATH; nothing is approved without it`,
          `To have it: ${GET[name]}.`,
        )
      : ok(id, `${name}: not on the PATH, not used. To have it: ${GET[name]}`);
  const program = `${one.file}, sha256 ${one.sha256.slice(0, 12)}, ${use}`;
  if (sandbox.kind !== "ran")
    return bad(id, `${name}: ${program}; does not run without a sandbox`, "See the line on the sandbox.");
  if (one.version === null)
    return bad(
      id,
      `${name}: ${program}; does not answer in the sandbox when it is asked for its version`,
      `It must run without network, and all of it must be readable for everybody. Else install it anew: ${GET[name]}.`,
    );
  return ok(id, `${name} ${one.version}: ${program}`);
}
