// I12: gateway and validator really work under the filters of their containers, which are put into force here without one.
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { gatewayProfile, type Profile, validatorProfile } from "../../docs/generate/services.ts";
import { seccompProfile } from "../../src/validator/sandbox/seccomp.ts";
import { bin } from "../support/agent.ts";
import { proposalArgs } from "../support/gateway.ts";
import { httpGateway } from "../support/http-gateway.ts";
import { needs } from "../support/needs.ts";
import { publishedState } from "../support/published.ts";
import { rpcClient } from "../support/rpc.ts";
import { removeScratch, scratch } from "../support/scratch.ts";
import { canEnforce, profileOf, under } from "../support/seccomp-profile.ts";

const folder = scratch("profiles");
chmodSync(folder, 0o777);
afterAll(() => removeScratch(folder));

const GATEWAY = "seccomp-gateway.json";
const VALIDATOR = "seccomp-validator.json";
const isRoot = process.getuid?.() === 0;

/** The launcher of a test that is root becomes nobody, as a container's runtime does; the state is then nobody's. */
function handOver(state: string): void {
  if (isRoot) execFileSync("chown", ["-R", "65534:65534", state]);
}

test("I12: the files are what the generator writes, and say no before they say yes", () => {
  expect(profileOf(GATEWAY)).toEqual(gatewayProfile);
  expect(profileOf(VALIDATOR)).toEqual(validatorProfile);
  for (const { defaultAction, defaultErrnoRet } of [gatewayProfile, validatorProfile])
    expect([defaultAction, defaultErrnoRet]).toEqual(["SCMP_ACT_ERRNO", 1]);
});

const allowedBy = ({ syscalls }: Profile): ReadonlySet<string> =>
  new Set(syscalls.filter(({ action }) => action === "SCMP_ACT_ALLOW").flatMap(({ names }) => names));

test("what a program in the sandbox may do, the validator's container does not forbid", () => {
  const outer = allowedBy(validatorProfile);
  expect([...allowedBy(seccompProfile() as Profile)].filter((name) => !outer.has(name))).toEqual([]);
});

test.each([
  [GATEWAY, "fork"],
  [GATEWAY, "vfork"],
  [GATEWAY, "mount"],
  [GATEWAY, "unshare"],
  [GATEWAY, "mknod"],
  ...[GATEWAY, VALIDATOR].flatMap((name) =>
    [
      "ptrace",
      "process_vm_readv",
      "bpf",
      "keyctl",
      "setns",
      "io_uring_setup",
      "memfd_create",
      "open_by_handle_at",
    ].map((call) => [name, call]),
  ),
])("%s: no %s", (name = "", call = "") => {
  expect(allowedBy(profileOf(name)).has(call)).toBe(false);
});

/** Each line says whether something was allowed; calls that the kernel would grant to nobody are no attempt. */
const ATTEMPTS = `
import ctypes, errno, os, socket, platform, threading
libc = ctypes.CDLL(None, use_errno=True)
at = 0 if platform.machine() == "x86_64" else 1
def say(name, what):
    try: what(); print(name, "yes")
    except OSError as why: print(name, errno.errorcode[why.errno])
    except RuntimeError: print(name, "EPERM")
def call(numbers, *args):
    if libc.syscall(numbers[at], *args) < 0: raise OSError(ctypes.get_errno(), "refused")
def fork():
    child = os.fork()
    if child == 0: os._exit(0)
    os.waitpid(child, 0)
def thread():
    one = threading.Thread(target=lambda: None); one.start(); one.join()
say("thread", thread)
say("tcp", lambda: socket.create_server(("127.0.0.1", 0)).close())
say("unix", lambda: socket.socketpair()[0].close())
say("netlink", lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0).close())
say("vsock", lambda: socket.socket(40, socket.SOCK_STREAM).close())
say("fork", fork)
say("ptrace", lambda: call((101, 117), 0, 0, 0, 0))
say("personality", lambda: call((135, 92), 0xffffffff))
say("memfd", lambda: call((319, 279), b"x", 0))
say("setns", lambda: call((308, 268), -1, 0))
say("clone3", lambda: call((435, 435), 0, 0))
for request in (0x5412, 0x541c, 0x100005412, 0x5413, 0x541d, 0x5401):
    say(f"ioctl {request:x}", lambda: call((16, 29), 999, ctypes.c_uint64(request), 0))
`;

describe.runIf(canEnforce())("the filters in force", () => {
  const tried = (name: string): string => {
    const [program, ...words] = under(name, folder);
    const script = join(folder, "attempts.py");
    execFileSync("tee", [script], { input: ATTEMPTS, stdio: ["pipe", "ignore", "ignore"] });
    const { stdout, stderr } = spawnSync(program, [...words, "/usr/bin/python3", script], {
      encoding: "utf8",
    });
    return (stdout + stderr).replaceAll("\n", "; ");
  };

  test("I12: what gateway, validator and a command in a container may ask of the kernel", () => {
    // Typing into a terminal, also with a request that is it only in the half that the kernel reads.
    const typing = "ioctl 5412 EPERM; ioctl 541c EPERM; ioctl 100005412 EPERM; ";
    const others = "ioctl 5413 EBADF; ioctl 541d EBADF; ioctl 5401 EBADF; ";
    const both = `ptrace EPERM; personality EPERM; memfd EPERM; setns EPERM; clone3 ENOSYS; ${typing}${others}`;
    expect(tried(GATEWAY)).toBe(
      `thread yes; tcp yes; unix yes; netlink EPERM; vsock EPERM; fork EPERM; ${both}`,
    );
    expect(tried("seccomp.json")).toBe(
      `thread yes; tcp EPERM; unix yes; netlink EPERM; vsock EPERM; fork yes; ${both}`,
    );
    expect(tried(VALIDATOR)).toBe(
      `thread yes; tcp yes; unix yes; netlink yes; vsock EPERM; fork yes; ${both}`,
    );
  });

  test("I12: a session of the gateway", async () => {
    const state = await publishedState();
    const base = await state.publish({ "src/a.ts": "one\ntwo\n" });
    handOver(state.layout.root);
    const [command, ...words] = under(GATEWAY, folder);
    const args = [...words, process.execPath, bin, "gateway", "--state", state.layout.root, "--stdio"];
    const client = await rpcClient({ command, args });
    expect(JSON.stringify((await client.call("read-file", { path: "src/a.ts" })).result)).toContain("two");
    const edits = [{ op: "replace", path: "src/a.ts", old_text: "two", new_text: "zwei" }];
    const { result } = await client.call("propose-patch", proposalArgs(base, { edits, wait_seconds: 1 }));
    expect(result?.["structuredContent"]).toMatchObject({ patch_id: expect.any(String) as string });
    expect(await client.close()).toBe(0);
    removeScratch(state.layout.root);
  });

  test("I12: the gateway behind its HTTP door, and the container's question about its health", async () => {
    const state = await publishedState("[server.http]\nenabled = true\nport = 0\n");
    await state.publish({ "src/a.ts": "one\n" });
    handOver(state.layout.root);
    const through = under(GATEWAY, folder);
    const gateway = await httpGateway(state.layout.root, through);
    const [command, ...words] = through;
    const ask = `fetch('${gateway.origin}/readyz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))`;
    expect(spawnSync(command, [...words, process.execPath, "-e", ask]).status).toBe(0);
    expect(await gateway.stop()).toBe(0);
    removeScratch(state.layout.root);
  });

  test.runIf(needs("bwrap"))("I12: a validation with git, and a command in the sandbox of bubblewrap", () => {
    const support = (name: string): string => JSON.stringify(join(import.meta.dirname, "../support", name));
    const program = `
      const { openBench, publishNow, putOrder, verdictOn } = await import(${support("bench.ts")});
      const { scratchRepository } = await import(${support("scratch.ts")});
      const { judge } = await import(${JSON.stringify(join(import.meta.dirname, "../../src/validator/round.ts"))});
      const repo = scratchRepository("profile", { "a.ts": "one\\n" });
      const toml = '[[validator.commands]]\\nname = "tests"\\nresult = "reject"\\nargv = ["/bin/sh", "-c", "cat /tree/a.ts; id -u"]\\n';
      const on = await openBench(repo, '[sandbox]\\ndriver = "bubblewrap"\\n' + toml);
      const base = await publishNow(on);
      const patch = "diff --git a/a.ts b/a.ts\\n--- a/a.ts\\n+++ b/a.ts\\n@@ -1 +1 @@\\n-one\\n+two\\n";
      const id = await putOrder(on, base, patch);
      await judge(on.bench, base, id, true);
      console.log(JSON.stringify((await verdictOn(on, id)).predicate));
      process.exit(0);`;
    const [command, ...words] = under(VALIDATOR, folder);
    const node = [process.execPath, "--input-type=module", "-e", program];
    const env = { PATH: process.env["PATH"] ?? "", HOME: folder, TMPDIR: folder };
    const ran = spawnSync(command, [...words, ...node], { encoding: "utf8", timeout: 60_000, env });
    expect(ran.stderr).toBe("");
    expect(JSON.parse(ran.stdout)).toMatchObject({ outcome: "APPROVED" });
    expect(ran.stdout).toContain('"name":"bubblewrap"');
  });
});
