// What a hostile command cannot do from inside the sandbox: each attempt by a real program.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { homedir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { needs } from "../../support/needs.ts";
import { type Box, boxes, living, python, runIn, sh, tried, within } from "../../support/sandboxes.ts";
import { removeScratch, scratch } from "../../support/scratch.ts";

const SECRET = "kept-out-of-the-sandbox";
const folder = scratch("hostile");
const servers: Server[] = [];
let port = 0;

beforeAll(async () => {
  mkdirSync(join(folder, "work"));
  mkdirSync(join(folder, "keys"));
  writeFileSync(join(folder, "keys", "attestation.key.pem"), SECRET);
  writeFileSync(join(folder, "work", "own"), "own");
  process.env["SANDBOX_TEST_SECRET"] = SECRET;
  const listen = async (place: number | string): Promise<void> => {
    const server = createServer((socket) => socket.end(SECRET));
    servers.push(server);
    await new Promise<void>((resolve) => {
      if (typeof place === "number") server.listen(place, "127.0.0.1", resolve);
      else server.listen(place, resolve);
    });
    const address = server.address();
    if (typeof address === "object" && address !== null) port = address.port;
  };
  await listen(join(folder, "work", "host.sock"));
  await listen("\0countersign-hostile-test");
  await listen(0);
});

afterAll(() => {
  delete process.env["SANDBOX_TEST_SECRET"];
  for (const server of servers) server.close();
  removeScratch(folder);
});

describe.runIf(needs("bwrap"))("in the sandbox of bubblewrap", () => {
  const list = boxes();

  test.each(list)("no socket can be opened, of any family ($limits)", async (box: Box) => {
    const script = tried(`
for family in (socket.AF_INET, socket.AF_INET6, socket.AF_UNIX, socket.AF_NETLINK, socket.AF_PACKET, 16, 38, 40):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW):
        attempt(f'socket {family} {kind}', lambda: socket.socket(family, kind))
attempt('datagram pair', lambda: socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM))
pair = socket.socketpair()
def connect(family, fd, address):
    s = socket.socket(family, socket.SOCK_STREAM, 0, os.dup(fd))
    s.connect(address)
def reach(address):
    connect(socket.AF_INET if isinstance(address, tuple) else socket.AF_UNIX, pair[0].fileno(), address)
attempt('connect loopback', lambda: reach(('127.0.0.1', ${port})))
attempt('connect unix', lambda: reach('host.sock'))
attempt('connect abstract', lambda: reach('\\0countersign-hostile-test'))
attempt('standard output to another address', lambda: connect(socket.AF_UNIX, 1, 'host.sock'))
`);
    const { out, end } = await runIn(box, script, {}, { work: join(folder, "work") });
    expect({ out, end }).toEqual({ out: "END\n", end: "exit" });
  });

  test.each(list)("a pair of its own can be made, as programs need it ($limits)", async (box: Box) => {
    const { out } = await runIn(box, tried("attempt('pair', lambda: socket.socketpair())"));
    expect(out).toBe("DONE pair\nEND\n");
  });

  test.each(list)("key, home and environment cannot be read ($limits)", async (box: Box) => {
    const key = join(folder, "keys", "attestation.key.pem");
    const script = `cat ${key} ${homedir()}/.bashrc /etc/shadow /etc/hosts /etc/resolv.conf /home/* /var/log/* /run/* ;
      cat /proc/*/environ | tr '\\0' '\\n'; env; ls /root /home /var /run /mnt /srv /opt ${folder}; cat ../keys/* ~root/*; cd /root && cat *; true`;
    const { out } = await runIn(box, sh(script), {}, { work: join(folder, "work"), env: { MINE: "1" } });
    const names = new Set(out.split("\n").map((line) => line.slice(0, Math.max(0, line.indexOf("=")))));
    names.delete("");
    expect([...names].toSorted()).toEqual(["HOME", "LANG", "MINE", "PATH", "PWD", "TMPDIR"]);
    expect(out).not.toContain(SECRET);
  });

  test.each(list)(
    "nothing can be written but /tmp, and of that no more than its size ($limits)",
    async (box: Box) => {
      const script = tried(`
def write(path):
    with open(path, 'w') as f: f.write('x')
for place in ('/', '/usr', '/usr/bin', '/etc', '/dev', '/dev/shm', '/proc', '/tree', '/var', '/run', '${folder}'):
    attempt('write ' + place, lambda: write(place + '/new'))
attempt('change', lambda: write('own'))
attempt('remove', lambda: os.unlink('own'))
def opened(path): os.close(os.open(path, os.O_WRONLY))
for setting in ('sys/kernel/hostname', 'sys/kernel/core_pattern', 'sys/vm/drop_caches', 'sysrq-trigger', 'self/comm'):
    attempt('setting ' + setting, lambda: opened('/proc/' + setting))
for device in ('null', 'zero', 'full', 'random', 'urandom', 'tty'):
    attempt('mode of ' + device, lambda: os.chmod('/dev/' + device, os.stat('/dev/' + device).st_mode & 0o7777))
    attempt('owner of ' + device, lambda: os.chown('/dev/' + device, os.getuid(), os.getgid()))
    attempt('times of ' + device, lambda: os.utime('/dev/' + device, (0, 0)))
    attempt('list of ' + device, lambda: os.remove('/dev/' + device))
for own in ('/usr/bin/env', '/bin/sh', '/etc/passwd', 'own', '/tree', '/'):
    attempt('mode of ' + own, lambda: os.chmod(own, os.stat(own).st_mode & 0o7777))
def fill():
    for n in range(4):
        with open(f'/tmp/{n}', 'wb') as f: f.write(bytes(5 << 20))
attempt('17 MB', fill)
attempt('memory file', lambda: os.memfd_create('m'))
attempt('watches of files', lambda: call(294, 0))
attempt('shared memory', lambda: call(29, 0, 1 << 20, 0o1600))
attempt('write /tmp', lambda: write('/tmp/0'))
`);
      const { out } = await runIn(box, script, { memoryMib: 128 }, { work: join(folder, "work") });
      expect(out).toBe("DONE write /tmp\nEND\n");
      expect(readFileSync(join(folder, "work", "own"), "utf8")).toBe("own");
    },
  );

  // Threat: terminals are counted for the whole machine, so that a few processes could take all.
  test.each(list)("no terminal can be opened ($limits)", async (box: Box) => {
    const script = tried(`
for name in ('ptmx', 'pts/ptmx', 'tty', 'console'):
    attempt(name, lambda: os.open('/dev/' + name, os.O_RDWR | os.O_NOCTTY))
attempt('pair', os.openpty)
attempt('link', lambda: os.symlink('/dev/null', '/dev/pts/ptmx'))
`);
    expect((await runIn(box, script)).out).toBe("END\n");
  });

  test.each(list)("a file cannot grow beyond the scratch size ($limits)", async (box: Box) => {
    const { out } = await runIn(box, sh("head -c 17000000 /dev/zero >/tmp/x; stat -c %s /tmp/x"));
    expect(Number(out)).toBeLessThanOrEqual(16 * 1_048_576);
  });

  test.each(list)("what a run wrote is gone at the next ($limits)", async (box: Box) => {
    await runIn(box, sh("echo left >/tmp/left; echo left >/dev/null"));
    expect((await runIn(box, sh("ls -A /tmp"))).out).toBe("");
  });

  test.each(list)("system calls that lead out are refused ($limits)", async (box: Box) => {
    const x64 = process.arch === "x64";
    const calls: Readonly<Record<string, readonly [number, number, string]>> = {
      ptrace: [101, 117, "16, 1, 0, 0"],
      mount: [165, 40, "b'none', b'/tmp', b'tmpfs', 0, 0"],
      unshare: [272, 97, "0x10000000"],
      setns: [308, 268, "0, 0"],
      bpf: [321, 280, "0, 0, 0"],
      perf_event_open: [298, 241, "0, 0, -1, -1, 0"],
      userfaultfd: [323, 282, "0"],
      io_uring_setup: [425, 425, "1, 0"],
      keyctl: [250, 219, "0, -3, 1"],
      kexec_load: [246, 104, "0, 0, 0, 0"],
      init_module: [175, 105, "0, 0, 0"],
      chroot: [161, 51, "b'/tmp'"],
      process_vm_readv: [310, 270, "1, 0, 0, 0, 0, 0"],
      personality: [135, 92, "0x40000"],
      sethostname: [170, 161, "b'x', 1"],
      setuid: [105, 146, "0"],
      "clone(CLONE_NEWUSER)": [56, 220, "0x10000011, 0, 0, 0, 0"],
      clone3: [435, 435, "0, 0"],
    };
    const lines = Object.entries(calls).map(
      ([name, [amd, arm, args]]) => `attempt('${name}', lambda: call(${x64 ? amd : arm}, ${args}))`,
    );
    const { out, end } = await runIn(box, tried(lines.join("\n")));
    expect({ out, end }).toEqual({ out: "END\n", end: "exit" });
  });

  test.runIf(process.arch === "x64").each(list)(
    "calls by another table of numbers kill ($limits)",
    async (box) => {
      const { end, out } = await runIn(box, tried("attempt('x32', lambda: call(0x40000000 + 39))"));
      expect({ end, out }).toEqual({ end: "signal", out: "" });
    },
  );

  test.each(list)("processes of the host are neither seen nor reached ($limits)", async (box: Box) => {
    const script = tried(`
print(sorted(int(p) for p in os.listdir('/proc') if p.isdigit()))
attempt('signal', lambda: os.kill(${process.pid}, 0))
`);
    expect((await runIn(box, script)).out).toBe("[1, 2]\nEND\n");
  });

  test.each(list)("no descriptor of ours is inherited but the three ($limits)", async (box: Box) => {
    // Only what whoever started these tests left open without O_CLOEXEC may show.
    const { out } = await runIn(
      box,
      python(
        "import os\nfor n in range(3, 32):\n  try: print(n, os.readlink(f'/proc/self/fd/{n}'))\n  except OSError: pass",
      ),
    );
    expect(out).not.toContain("socket:");
    expect(out).not.toContain("anon_inode");
  });

  test.each(list)(
    "nothing outlives its time: double fork, own session, deaf to TERM ($limits)",
    async (box: Box) => {
      const mark = `9${process.pid}${Date.now()}`;
      const script = python(`
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
signal.signal(signal.SIGHUP, signal.SIG_IGN)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.closerange(0, 64)
        os.execv('/bin/sleep', ['sleep', '${mark}'])
    os._exit(0)
time.sleep(60)
`);
      const running = runIn(box, script, { timeoutMs: 1500 });
      expect(await within(1200, () => living(`sleep\0${mark}`).length > 0)).toBe(true);
      const { end } = await running;
      expect(end).toBe("timeout");
      expect(await within(2000, () => living(`sleep\0${mark}`).length === 0)).toBe(true);
    },
  );

  test.each(list)("what is left behind by a program that ends ends with it ($limits)", async (box: Box) => {
    const mark = `8${process.pid}${Date.now()}`;
    // Not before it runs: a shell that cannot open /dev/null would not have started it at all.
    const script = `setsid sleep ${mark} >/dev/null 2>&1 </dev/null &
      until grep -q sleep /proc/$!/comm; do sleep 0.05; done; echo started`;
    const { end, out } = await runIn(box, sh(script));
    expect({ end, out }).toEqual({ end: "exit", out: "started\n" });
    expect(await within(2000, () => living(`sleep\0${mark}`).length === 0)).toBe(true);
  });

  test.each(list)(
    "a program that is not there is an exit code, no failure of ours ($limits)",
    async (box: Box) => {
      expect(await runIn(box, ["/nonexistent"])).toMatchObject({ end: "exit", code: 127 });
    },
  );

  test.each(list)("the run is labelled for everybody who looks at processes ($limits)", async (box: Box) => {
    const running = runIn(box, ["/bin/sleep", "1"], {}, { label: "0f3a-label" });
    expect(await within(900, () => living("cs-0f3a-label-").length > 0)).toBe(true);
    await running;
    expect(await within(2000, () => living("cs-0f3a-label-").length === 0)).toBe(true);
  });
});

test.runIf(needs("bwrap"))("when the validator is killed, what it ran is gone", async () => {
  const mark = `7${process.pid}${Date.now()}`;
  const program = `
    const { boxes, runIn } = await import(${JSON.stringify(join(import.meta.dirname, "../../support/sandboxes.ts"))});
    const running = boxes().map((box) => runIn(box, ["/bin/sh", "-c", "setsid sleep ${mark} & sleep ${mark}"]));
    setTimeout(() => process.kill(process.pid, "SIGKILL"), 1500);
    await Promise.all(running);`;
  const gone = new Promise<boolean>((resolve) => {
    void within(1400, () => living(`sleep\0${mark}`).length > 1).then(resolve);
  });
  const child = spawnSync(process.execPath, ["--input-type=module", "-e", program], { timeout: 20_000 });
  expect(child.signal).toBe("SIGKILL");
  expect(await within(3000, () => living(mark).length === 0)).toBe(true);
  await gone;
  expect(existsSync(folder)).toBe(true);
});
