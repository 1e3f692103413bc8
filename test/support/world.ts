// The person's world in tests: a terminal that remembers, a clock that is set, and nothing of the developer's machine.
import { randomBytes, randomUUID } from "node:crypto";
import { join } from "node:path";
import { tmpdir } from "node:os";
import { packageRoot } from "../../src/io/file/config.ts";
import { painter } from "../../src/integrator/terminal/print.ts";
import type { World } from "../../src/integrator/world.ts";

export interface TestWorld extends World {
  /** Everything that was written to standard output and standard error. */
  readonly said: { out: string; err: string };
}

export interface WorldOptions {
  readonly cwd: string;
  /** Milliseconds, or a clock that goes on. */
  readonly now?: number | (() => number);
  /** What a person at the terminal types, at once or after what they waited for; without it nobody is there. */
  readonly answer?: string | (() => Promise<string>);
  readonly env?: Readonly<Record<string, string>>;
  /** Standard output is a terminal. */
  readonly screen?: boolean;
}

export function testWorld({ cwd, now, answer, env, screen }: WorldOptions): TestWorld {
  const said = { out: "", err: "" };
  const root = packageRoot();
  const plain = painter(false);
  return {
    said,
    now: typeof now === "function" ? now : () => now ?? Date.now(),
    uuid: () => randomUUID(),
    random: (bytes) => randomBytes(bytes),
    env: { PATH: process.env["PATH"], HOME: "/nonexistent", ...env },
    cwd,
    tmp: tmpdir(),
    user: "tester",
    uid: process.getuid?.(),
    terminal: {
      out: (text) => void (said.out += text),
      err: (text) => void (said.err += text),
      paint: plain,
      paintErr: plain,
      interactive: answer !== undefined,
      screen: screen ?? false,
      width: 100,
      ask: (question) => {
        said.err += question;
        return typeof answer === "function" ? answer() : Promise.resolve(answer);
      },
    },
    node: process.execPath,
    nodeVersion: process.versions.node,
    bin: join(root, "bin", "countersign.js"),
    root,
    main: (wing) => join(root, "src", wing, "main.ts"),
    onStop: () => () => undefined,
  };
}
