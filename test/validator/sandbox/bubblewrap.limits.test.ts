// Limits of one run: what a program that asks for more gets, with control groups and with the meter.
import { describe, expect, test } from "vitest";
import { needs } from "../../support/needs.ts";
import { type Box, boxes, python, runIn } from "../../support/sandboxes.ts";

describe.runIf(needs("bwrap"))("in the sandbox of bubblewrap", () => {
  const list = boxes();

  test.each(list)("a fork bomb ends, and has no more processes than allowed ($limits)", async (box: Box) => {
    const script = python(`
import os, time
made = 0
try:
    while made < 5000:
        if os.fork() == 0:
            time.sleep(5)
            os._exit(0)
        made += 1
except OSError: pass
print(made, flush=True)
`);
    const { end, out } = await runIn(box, script, { processes: 20, memoryMib: 512 });
    if (end === "exit") expect(Number(out)).toBeLessThanOrEqual(20);
    else expect(end).toBe("processes");
  });

  test.each(list)(
    "memory ends at its limit, also when many processes share it out ($limits)",
    async (box: Box) => {
      const one = await runIn(box, python("x = bytearray(200 << 20)\nimport time\ntime.sleep(5)"));
      expect(one.end).toBe("memory");
      const many = await runIn(
        box,
        python(
          "import os, time\nfor n in range(8):\n  if os.fork() == 0:\n    x = bytearray(16 << 20)\n    time.sleep(5)\n    os._exit(0)\ntime.sleep(5)",
        ),
      );
      expect(many.end).toBe("memory");
    },
  );

  test.each(list)("memory that processes share counts once ($limits)", async (box: Box) => {
    const script = python(
      "import os, time\nx = bytearray(20 << 20)\nfor n in range(8):\n  if os.fork() == 0:\n    time.sleep(1)\n    os._exit(0)\ntime.sleep(1)\nprint('done')",
    );
    expect(await runIn(box, script)).toMatchObject({ end: "exit", out: "done\n" });
  });

  test.each(list)("empty files cannot fill the kernel's memory ($limits)", async (box: Box) => {
    const script = python(
      "import os\nn = 0\ntry:\n  while n < 400000:\n    os.mknod(f'/tmp/{n}')\n    n += 1\nexcept OSError: pass\nprint(n)",
    );
    const { end, out } = await runIn(box, script, { memoryMib: 64 });
    expect([end, out]).toEqual(["memory", ""]);
  });

  test.each(list)("page tables count as memory ($limits)", async (box: Box) => {
    const script = python(`
import ctypes, time
libc = ctypes.CDLL(None)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
libc.madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
size = 64 << 30
place = libc.mmap(None, size, 1, 0x4022, -1, 0)
libc.madvise(place, size, 15)
for at in range(0, size, 2 << 20): ctypes.c_char.from_address(place + at).value
time.sleep(1)
print('done')
`);
    expect(await runIn(box, script)).toMatchObject({ end: "memory", out: "" });
  });

  test.each(list)("processor time ends at its share ($limits)", async (box: Box) => {
    const script = python(
      "import time\nend = time.time() + 2\nwhile time.time() < end: pass\nprint(time.process_time(), flush=True)",
    );
    const { end, out } = await runIn(box, script, { timeoutMs: 2500, cpuPercent: 50 });
    if (end === "exit") expect(Number(out)).toBeLessThan(1.5);
    else expect(end).toBe("timeout");
  });

  test.each(list)("output ends at its limit ($limits)", async (box: Box) => {
    const { end, out } = await runIn(box, ["/usr/bin/yes"]);
    expect(end).toBe("output");
    expect(out.length).toBe(65_536);
  });

  test.each(list)("open files end at 512, however a program raises its limit ($limits)", async (box: Box) => {
    const script = python(`
import resource
print(resource.getrlimit(resource.RLIMIT_NOFILE))
try: resource.setrlimit(resource.RLIMIT_NOFILE, (1024, 1024)); print('DONE raise')
except ValueError: pass
`);
    expect((await runIn(box, script)).out).toBe("(256, 512)\n");
  });
});
