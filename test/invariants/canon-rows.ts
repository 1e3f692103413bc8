// The promises about paths and the patch canon (G21 to G25, G34, G35, X07, X17), with their tests: data only.
import { core, gateway, integrator, process, type Row, row, validator } from "./row.ts";

const kinds = "patch.%s";

export const canonRows: Readonly<Record<string, Row>> = {
  G21: row(
    "One path function refuses what any file system or terminal would read in another way.",
    core("base/path", "path_segment", "path_character", "path_absolute", "path_encoding"),
  ),
  G22: row(
    "Paths have a greatest depth, for reads and for targets alike.",
    core("base/path", "path_too_deep", "the depth that is allowed is an argument"),
  ),
  G23: row("Names of Windows devices are refused, with any extension.", core("base/path", "path_device")),
  G24: row(
    "Git's own files and installed code can be neither read nor proposed.",
    core("base/path", "path_git"),
    core("proposal/protect", "%s by %s"),
  ),
  G25: row(
    "Only what a signed manifest lists is served: no path of a call ever comes to a file system.",
    gateway("tools/read-file", "a path that is not listed", "another spelling"),
    process(
      "reading",
      "files and links swapped in the work tree and in the exchange while reading",
      "G25: whole folders swapped for links while reading",
    ),
  ),
  G34: row(
    "Blocked paths are REJECTED in any spelling, and no exception and no flag reaches them.",
    core("proposal/protect", "is not fooled by %s"),
    core("rules/exceptions", "%s, whatever the configuration says"),
    validator("checks/excepted", "reaches %s"),
  ),
  G35: row(
    "Files that declare dependencies ask for a person, also where another rule of the same file was excepted.",
    core("proposal/protect", "%s by %s"),
    validator("checks/excepted", "a further rule of the same file"),
  ),
  X07: row(
    "Every byte of a patch is accounted for, each kind of change has its policy, and git makes exactly what was announced.",
    core("proposal/treatment", kinds, "%s is none of these", "patch.%s has no other value than reject"),
    core(
      "proposal/compose.properties",
      "a bent diff means to git what it means here, or one of the two refuses it",
    ),
    validator("checks/tree", "refused when %s", "a mode change that git makes as announced is right: %s"),
    process(
      "fuzz",
      "thirty thousand made-up inputs are answered or refused, and git changes what was announced",
    ),
  ),
  X17: row(
    "Rules are versioned and part of the policy; exceptions have a reason, end, and stay in the verdict.",
    core("config/policy", "the rule pack is part of it, and its order"),
    integrator("git/integrate", "a rule pack changed, until the patch is judged under the new one"),
    core("rules/exceptions", "a suppression at the instant when it ends", "can be pasted, and works"),
    validator(
      "checks/excepted",
      "a finding that was let pass is in the approval",
      "a suppression ends at its instant, and says that it is over",
    ),
  ),
};
