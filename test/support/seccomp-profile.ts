// A container's profile of system calls put into force without a container: by the library and in the way of the engines.
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Profile } from "../../docs/generate/services.ts";
import { packageRoot } from "../../src/io/file/config.ts";

const path = (name: string): string => join(packageRoot(), "config", "container", name);

export function profileOf(name: string): Profile {
  return JSON.parse(readFileSync(path(name), "utf8")) as Profile;
}

/** True where python3 finds libseccomp. Throws when it does not although everything is required. */
export function canEnforce(): boolean {
  if (process.platform !== "linux") return false;
  const { status } = spawnSync("python3", ["-c", 'import ctypes; ctypes.CDLL("libseccomp.so.2")']);
  if (status === 0) return true;
  const message =
    "python3 or libseccomp is missing, so tests of the containers' filters are skipped; to get them: apt-get install python3 libseccomp2";
  if (process.env["COUNTERSIGN_REQUIRE_ALL"] === "1") throw new Error(message);
  console.warn(message);
  return false;
}

/**
 * As runc does: another user, then the filter, and only then the program. Of several conditions on one argument of a
 * rule each becomes a rule of its own there, so here, too. A name that the library does not know is left out.
 */
const LAUNCHER = `
import ctypes, json, os, sys
lib, libc = ctypes.CDLL("libseccomp.so.2"), ctypes.CDLL(None)
class Condition(ctypes.Structure):
    _fields_ = [("index", ctypes.c_uint), ("op", ctypes.c_int), ("one", ctypes.c_uint64), ("other", ctypes.c_uint64)]
lib.seccomp_init.restype = ctypes.c_void_p
lib.seccomp_init.argtypes = [ctypes.c_uint32]
lib.seccomp_load.argtypes = [ctypes.c_void_p]
lib.seccomp_rule_add_array.argtypes = [ctypes.c_void_p, ctypes.c_uint32, ctypes.c_int, ctypes.c_uint, ctypes.c_void_p]
OPS = {"SCMP_CMP_NE": 1, "SCMP_CMP_EQ": 4, "SCMP_CMP_MASKED_EQ": 7}
refuse = lambda number: 0x50000 | number
profile = json.load(open(sys.argv[1]))
filter = lib.seccomp_init(refuse(profile["defaultErrnoRet"]))
for rule in profile["syscalls"]:
    action = 0x7fff0000 if rule["action"] == "SCMP_ACT_ALLOW" else refuse(rule["errnoRet"])
    args = [Condition(a["index"], OPS[a["op"]], a["value"], a.get("valueTwo", 0)) for a in rule.get("args", [])]
    groups = [args] if len({a.index for a in args}) == len(args) else [[a] for a in args]
    for name in rule["names"]:
        number = lib.seccomp_syscall_resolve_name(name.encode())
        for group in groups if number != -1 else []:
            if lib.seccomp_rule_add_array(filter, action, number, len(group), (Condition * (len(group) + 1))(*group)):
                sys.exit(f"no rule for {name}")
if os.getuid() == 0:
    os.setgroups([]); os.setresgid(65534, 65534, 65534); os.setresuid(65534, 65534, 65534)
    libc.prctl(4, 1, 0, 0, 0)
if lib.seccomp_load(filter): sys.exit("no filter")
os.execv(sys.argv[2], sys.argv[2:])
`;

/** Words to put in front of a program, whose first word is an absolute path; what is needed is written into `folder`. */
export function under(name: string, folder: string): readonly [string, ...(readonly string[])] {
  const launcher = join(folder, "launcher.py");
  writeFileSync(launcher, LAUNCHER, { mode: 0o644 });
  return ["python3", launcher, path(name)];
}
