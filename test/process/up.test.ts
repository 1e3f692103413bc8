// The supervisor with real processes: explains itself, initialises, shares one validator, recovers from kill -9, leaves nobody behind.
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { bin, content, publishedBase, root } from "../support/agent.ts";
import { environmentOf, eventually, processesNaming } from "../support/processes.ts";
import { rpcClient, type RpcClient } from "../support/rpc.ts";
import { removeScratch, scratch, scratchRepository } from "../support/scratch.ts";

let repo: string;
let parent: string;
let state: string;
const clients: RpcClient[] = [];
beforeEach(() => {
  repo = scratchRepository("up", { "src/a.txt": "one\n" });
  parent = scratch("up-state");
  state = join(parent, "state");
});
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  removeScratch(repo);
  removeScratch(parent);
});

const env = { ...process.env, NO_COLOR: "1", XDG_STATE_HOME: "", HOME: "" };

function person(
  args: readonly string[],
  options: { cwd?: string; node?: string } = {},
): { code: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(options.node ?? process.execPath, [bin, ...args], {
    encoding: "utf8",
    env: { ...env, HOME: parent },
    cwd: options.cwd ?? repo,
  });
  return { code: status, out: stdout, err: stderr };
}

async function up(): Promise<RpcClient> {
  const secrets = {
    GITHUB_TOKEN: "canary",
    GIT_ASKPASS: "canary",
    SSH_AUTH_SOCK: "canary",
    AWS_SECRET_ACCESS_KEY: "canary",
  };
  const client = await rpcClient({
    command: process.execPath,
    args: [bin, "up", "--stdio", "--repo", repo, "--state", state],
    env: secrets,
  });
  clients.push(client);
  return client;
}

/** Processes of this test's state by their word; `up` itself is named by its own pid. */
const wing = (word: "validator" | "gateway"): readonly number[] =>
  processesNaming(state)
    .filter(({ argv }) => argv.includes(word) && !argv.includes("up"))
    .map(({ pid }) => pid);
const exit = (child: ChildProcess): Promise<number | null> =>
  new Promise((resolve) => {
    child.once("exit", resolve);
  });
const answers = async (client: RpcClient): Promise<boolean> =>
  typeof content(await client.call("read-manifest", {}))["manifest"] === "string";

describe("without options", () => {
  test("explains itself on one screen, with the command that works here, and ends well", () => {
    const { code, out } = person(["up"]);
    expect(code).toBe(0);
    expect(out.split("\n").length).toBeLessThanOrEqual(45);
    for (const word of [
      "Claude Desktop",
      "claude mcp add",
      "ChatGPT",
      process.execPath,
      bin,
      repo,
      "countersign integrate",
    ])
      expect(out).toContain(word);
    expect(existsSync(join(parent, "countersign"))).toBe(false);
  });

  test("outside a repository it still explains, and says so", () => {
    const { code, out } = person(["up"], { cwd: parent });
    expect(code).toBe(0);
    expect(out).toContain("is not in a git repository");
  });
});

describe("cannot start", () => {
  test.each([["up", "--stdio"], ["up", "--repo", "."], ["list"], ["init"], ["doctor"]])(
    "outside a repository: %s %s",
    (...args) => {
      const { code, err } = person(
        args.filter((word) => word !== undefined),
        { cwd: parent },
      );
      expect(code).toBe(2);
      expect(err).toContain("git init");
    },
  );

  test("with a state folder inside the repository", () => {
    const { code, err } = person(["init", "--state", join(repo, "state")]);
    expect([code, existsSync(join(repo, "state"))]).toEqual([2, false]);
    expect(err).toContain("--state DIR");
  });

  test("with the state folder of another repository", () => {
    const other = scratchRepository("up-other", { "b.txt": "b\n" });
    expect(person(["init", "--state", state], { cwd: other }).code).toBe(0);
    const { code, err } = person(["init", "--repo", repo, "--state", state]);
    expect([code, err]).toEqual([2, expect.stringContaining("belongs to the repository")]);
    removeScratch(other);
  });

  test("with an unknown command, option or value: usage", () => {
    for (const args of [
      ["fly"],
      ["list", "--fly"],
      ["init", "--preset", "none"],
      ["show"],
      ["integrate", "xyz"],
    ]) {
      expect(person(args).code, args.join(" ")).toBe(2);
    }
  });

  test("with an old node, and says which one is needed", () => {
    const old = "/usr/bin/node";
    const version = existsSync(old) ? execFileSync(old, ["--version"], { encoding: "utf8" }) : "v99";
    if (Number(/^v(\d+)/.exec(version)?.[1]) >= 24) return;
    const { code, err } = person(["up"], { node: old });
    expect([code, err]).toEqual([2, expect.stringMatching(/needs node 24\.11 or newer; this is node \d+/)]);
  });
});

describe("init", () => {
  test("never overwrites: a second time changes no byte", () => {
    expect(person(["init", "--state", state]).code).toBe(0);
    const files = [
      "countersign.toml",
      "repository.json",
      "keys/attestation.key.pem",
      "trust/attestation.pub.pem",
    ];
    const before = files.map((name) => readFileSync(join(state, name), "utf8"));
    const again = person(["init", "--state", state]);
    expect([again.code, again.out]).toEqual([0, expect.stringContaining("nothing was changed")]);
    expect(files.map((name) => readFileSync(join(state, name), "utf8"))).toEqual(before);
  });

  test("several at once make one state", async () => {
    const codes = await Promise.all(
      Array.from({ length: 4 }, () =>
        exit(spawn(process.execPath, [bin, "init", "--repo", repo, "--state", state], { stdio: "ignore" })),
      ),
    );
    expect(codes).toEqual([0, 0, 0, 0]);
    expect(person(["doctor", "--state", state]).code).toBe(0);
  });

  test("finds the repository from a subfolder, and its state without options", () => {
    expect(person(["init"], { cwd: join(repo, "src") }).code).toBe(0);
    expect(person(["list"]).out).toContain("No proposals");
    expect(existsSync(join(parent, ".local/state/countersign"))).toBe(true);
  });
});

describe("up --stdio", () => {
  test("initialises on first use, serves, ends with its client, and nobody is left", async () => {
    const client = await up();
    await publishedBase(client);
    expect(person(["doctor", "--state", state, "--json"]).code).toBe(0);
    expect(await client.close()).toBe(0);
    expect(await eventually(() => (processesNaming(state).length === 0 ? true : undefined))).toBe(true);
  });

  test("gives the gateway neither the repository's path nor anything of the person's session", async () => {
    await publishedBase(await up());
    const [pid = 0] = wing("gateway");
    const seen = processesNaming(state).find((process) => process.pid === pid);
    expect(seen?.argv).toContain("--permission");
    const given = [...(seen?.argv ?? []), ...environmentOf(pid)];
    expect(given.filter((word) => word.includes(repo))).toEqual([]);
    expect(environmentOf(pid).filter((line) => !/^(TZ|LANG)=/.test(line))).toEqual([]);
    const [validator = 0] = wing("validator");
    expect(environmentOf(validator).filter((line) => line.includes("canary"))).toEqual([]);
  });

  test("several share one validator; when the one that started it ends, the others go on with a new one", async () => {
    const first = await up();
    await publishedBase(first);
    const [old] = wing("validator");
    const second = await up();
    await publishedBase(second);
    await setTimeout(2500);
    expect(wing("validator")).toEqual([old]);
    await first.close();
    const next = await eventually(() => wing("validator").find((pid) => pid !== old));
    expect(next).toBeDefined();
    expect(await answers(second)).toBe(true);
  });

  test("a validator killed with -9 is started again, and the gateway does not notice", async () => {
    const client = await up();
    await publishedBase(client);
    const [old = 0] = wing("validator");
    process.kill(old, "SIGKILL");
    expect(await eventually(() => wing("validator").find((pid) => pid !== old))).toBeDefined();
    expect(await answers(client)).toBe(true);
  });

  // Threat: files are excluded while clients run, and are served on for as long as one of them does.
  test("a change of the configuration reaches the validator and every gateway", async () => {
    const first = await up();
    await publishedBase(first);
    const [old = 0] = wing("validator");
    const config = join(state, "countersign.toml");
    writeFileSync(config, `${readFileSync(config, "utf8")}\n[publish]\nexclude = ["src/**"]\n`);
    const code = async (client: RpcClient): Promise<string> => {
      const { refusal } = content(await client.call("read-file", { path: "src/a.txt" }));
      return refusal === undefined ? "served" : (refusal as { code: string }).code;
    };
    // A new client reads the new configuration, and the old publication.
    const second = await up();
    expect(await code(second)).not.toBe("served");
    let codes: readonly string[] = ["", ""];
    for (let look = 0; look < 40 && codes.some((code) => code !== "not_listed"); look++) {
      await setTimeout(500);
      codes = [await code(first), await code(second)];
    }
    // The first client's gateway was not restarted: it takes the new configuration over while it runs.
    expect(codes).toEqual(["not_listed", "not_listed"]);
    expect(await eventually(() => (wing("validator").includes(old) ? undefined : true))).toBe(true);
  });

  test("killed with -9 itself, it leaves no validator and no gateway behind", async () => {
    const client = await up();
    await publishedBase(client);
    client.child.kill("SIGKILL");
    client.child.stdin?.end();
    expect(await eventually(() => (processesNaming(state).length === 0 ? true : undefined))).toBe(true);
  });

  test("asked to end by a signal, it ends with everything", async () => {
    const client = await up();
    await publishedBase(client);
    client.child.kill("SIGTERM");
    expect(await eventually(() => (processesNaming(state).length === 0 ? true : undefined))).toBe(true);
  });

  test("with a configuration that is at fault: exit 2 and the line", () => {
    expect(person(["init", "--state", state]).code).toBe(0);
    const config = join(root, "package.json");
    const { code, err } = person(["up", "--stdio", "--state", state, "--config", config]);
    expect([code, err]).toEqual([2, expect.stringContaining("package.json:1")]);
  });
});

describe("up --repo in the foreground", () => {
  test("publishes, says so, and ends well on Ctrl-C", async () => {
    const child = spawn(process.execPath, [bin, "up", "--repo", repo, "--state", state], {
      stdio: ["ignore", "ignore", "pipe"],
      env,
    });
    let said = "";
    child.stderr.on("data", (data: Buffer) => (said += data.toString()));
    // The other words are for a first publication that took a while.
    const told = /published manifest [0-9a-f]{12}|The repository is published/;
    expect(await eventually(() => (told.test(said) ? true : undefined))).toBe(true);
    const code = exit(child);
    child.kill("SIGINT");
    expect(await code).toBe(0);
    expect(await eventually(() => (processesNaming(state).length === 0 ? true : undefined))).toBe(true);
  });
});
