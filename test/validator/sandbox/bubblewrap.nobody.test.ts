// Who a program in the sandbox is: nobody without a right, also below a validator that is root.
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { needs } from "../../support/needs.ts";
import { type Box, boxes, runIn, sh, tried } from "../../support/sandboxes.ts";
import { removeScratch, scratch } from "../../support/scratch.ts";

/** Below a validator that is root, bubblewrap's first process stays root; else it is as much nobody as the program. */
const BELOW_ROOT =
  process.getuid?.() === 0
    ? `
attempt('first process', lambda: os.readlink('/proc/1/root'))
attempt('its memory', lambda: os.close(os.open('/proc/1/mem', os.O_RDONLY)))
attempt('its variables', lambda: os.close(os.open('/proc/1/environ', os.O_RDONLY)))
`
    : "";

describe.runIf(needs("bwrap"))("in the sandbox of bubblewrap", () => {
  const list = boxes();

  test.each(list)(
    "there are no capabilities, no more rights to be had, and a filter ($limits)",
    async (box) => {
      const { out } = await runIn(box, sh("grep -E '^(Cap|NoNew|Seccomp:)' /proc/self/status; id -u"));
      expect(out.replaceAll("\t", " ")).toBe(
        "CapInh: 0000000000000000\nCapPrm: 0000000000000000\nCapEff: 0000000000000000\nCapBnd: 0000000000000000\nCapAmb: 0000000000000000\nNoNewPrivs: 1\nSeccomp: 2\n65534\n",
      );
    },
  );

  test.each(list)("device files can be used ($limits)", async (box: Box) => {
    const script =
      "echo x >/dev/null && head -c 3 /dev/zero | wc -c && head -c 8 /dev/urandom | wc -c; echo x >/dev/full";
    expect((await runIn(box, sh(script))).out).toBe("3\n8\n");
  });

  test.each(list)("it is nobody, and root only where it cannot look ($limits)", async (box: Box) => {
    const script = tried(`
${BELOW_ROOT}
attempt('uid', lambda: call(${process.arch === "x64" ? 117 : 147}, 0, 0, 0))
attempt('gid', lambda: call(${process.arch === "x64" ? 119 : 149}, 0, 0, 0))
attempt('groups', lambda: os.setgroups([0]))
for device in (0o20000, 0o60000): attempt('node', lambda: os.mknod('/tmp/node', device | 0o666, os.makedev(1, 3)))
print(os.getresuid(), os.getresgid(), [group for group in os.getgroups() if group != 65534])
`);
    expect((await runIn(box, script)).out).toBe("(65534, 65534, 65534) (65534, 65534, 65534) []\nEND\n");
  });

  test.each(list)(
    "what it needs is there to be read, and folders above what is shown ($limits)",
    async (box: Box) => {
      const folder = scratch("shown");
      const own = join(folder, "private", "shown");
      mkdirSync(join(folder, "private"), { mode: 0o700 });
      mkdirSync(own);
      writeFileSync(join(own, "a"), "a");
      const script = `id -un; cat /etc/passwd ${own}/a; ls ${folder} /etc/ssl/certs; cat /etc/shadow`;
      const { out } = await runIn(
        box,
        sh(script),
        {},
        { read: [own, "/etc/ssl/certs"].filter((path) => existsSync(path)) },
      );
      removeScratch(folder);
      expect(out.startsWith("nobody\nnobody:x:65534:65534:nobody:/tmp:/usr/sbin/nologin\na")).toBe(true);
      expect(out).toContain("private\n");
    },
  );

  test.each(list)("no variable of the job reaches what leads to it ($limits)", async (box: Box) => {
    // LD_DEBUG lets each dynamically linked program tell its own start.
    const { err } = await runIn(box, ["/bin/true"], {}, { env: { LD_DEBUG: "statistics" } });
    // prlimit, by then without any right, and true.
    expect(err.match(/total startup time/g)).toHaveLength(2);
  });
});
