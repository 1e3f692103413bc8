// config/container/seccomp-{gateway,validator}.json: which system calls our own two processes may make in their containers.
import { harmlessIoctl } from "../../src/validator/sandbox/seccomp.ts";
import { allowed } from "../../src/validator/sandbox/syscalls.ts";

/** Beside the sandbox's table, what both need: sockets, and to be told that a file changed. */
const TALKING = [
  "connect",
  "bind",
  "listen",
  "accept",
  "accept4",
  "sendmmsg",
  "recvmmsg",
  "inotify_init1",
  "inotify_add_watch",
  "inotify_rm_watch",
];

/** What bubblewrap makes a sandbox with; the sandbox's own filter, which is put on top of this one, allows none of it. */
const MAKING_A_SANDBOX = ["mount", "umount2", "pivot_root", "sethostname", "capset"];

/** The gateway makes no process, by whatever name, and no device file. */
const NOT_FOR_THE_GATEWAY = ["fork", "vfork", "execveat", "mknod", "mknodat"];

export interface Rule {
  readonly names: readonly string[];
  readonly action: "SCMP_ACT_ALLOW" | "SCMP_ACT_ERRNO";
  readonly errnoRet?: number;
  readonly args?: readonly {
    readonly index: number;
    readonly value: number;
    readonly valueTwo?: number;
    readonly op: "SCMP_CMP_EQ" | "SCMP_CMP_MASKED_EQ";
  }[];
}

export interface Profile {
  readonly defaultAction: "SCMP_ACT_ERRNO";
  readonly defaultErrnoRet: number;
  readonly archMap: readonly unknown[];
  readonly syscalls: readonly Rule[];
}

const EPERM = 1;
const ENOSYS = 38;
const CLONE_THREAD = 0x1_0000;
const CLONE_NEWUSER = 0x1000_0000;
const [UNIX, INET, INET6, NETLINK] = [1, 2, 10, 16];

/** Its flags lie in memory that a filter cannot read; C libraries use clone without it. */
const NO_CLONE3: Rule = { names: ["clone3"], action: "SCMP_ACT_ERRNO", errnoRet: ENOSYS };

const sockets = (families: readonly number[]): readonly Rule[] =>
  ["socket", "socketpair"].flatMap((name) =>
    families
      .filter((family) => name === "socket" || family === UNIX)
      .map((value) => ({
        names: [name],
        action: "SCMP_ACT_ALLOW",
        args: [{ index: 0, value, op: "SCMP_CMP_EQ" }],
      })),
  );

/** A thread shares its process; whatever is started beside would be a process of its own. */
const ONLY_THREADS: Rule = {
  names: ["clone"],
  action: "SCMP_ACT_ALLOW",
  args: [{ index: 0, value: CLONE_THREAD, valueTwo: CLONE_THREAD, op: "SCMP_CMP_MASKED_EQ" }],
};

/** bubblewrap asks clone for namespaces; unshare only for a second one of users, in which nobody is nobody. */
const NAMESPACES: readonly Rule[] = [
  { names: ["clone"], action: "SCMP_ACT_ALLOW" },
  {
    names: ["unshare"],
    action: "SCMP_ACT_ALLOW",
    args: [{ index: 0, value: CLONE_NEWUSER, op: "SCMP_CMP_EQ" }],
  },
];

const CONDITIONAL = ["clone", "clone3", "ioctl", "socketpair"];

function profile(names: readonly string[], rules: readonly Rule[]): Profile {
  const always = names.filter((name) => !CONDITIONAL.includes(name)).toSorted();
  return {
    defaultAction: "SCMP_ACT_ERRNO",
    defaultErrnoRet: EPERM,
    archMap: ["SCMP_ARCH_X86_64", "SCMP_ARCH_AARCH64"].map((architecture) => ({
      architecture,
      subArchitectures: [],
    })),
    syscalls: [{ names: always, action: "SCMP_ACT_ALLOW" }, ...rules, NO_CLONE3, ...harmlessIoctl()],
  };
}

const common = [...allowed.map(({ name }) => name), ...TALKING];

export const gatewayProfile = profile(
  common.filter((name) => !NOT_FOR_THE_GATEWAY.includes(name)),
  [ONLY_THREADS, ...sockets([UNIX, INET, INET6])],
);

/** bubblewrap speaks NETLINK to the empty network that it makes. */
export const validatorProfile = profile(
  [...common, ...MAKING_A_SANDBOX],
  [...NAMESPACES, ...sockets([UNIX, INET, INET6, NETLINK])],
);

export const profileText = (of: Profile): string => `${JSON.stringify(of, null, 2)}\n`;
