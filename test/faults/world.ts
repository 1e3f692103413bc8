// Sources that lie outside: files, a TLS server, git, and signed envelopes in a folder.
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findGit, type Git, gitBytes } from "../../src/io/exec/git.ts";
import { gitProvider } from "../../src/io/evidence/git.ts";
import { httpProvider } from "../../src/io/evidence/http.ts";
import { jsonProvider } from "../../src/io/evidence/json.ts";
import type { EvidenceProvider, GitFacts } from "../../src/io/evidence/provider.ts";
import { signedProvider } from "../../src/io/evidence/signed.ts";
import { dsse, respelt, trust } from "../support/evidence.ts";
import { testProgram } from "../support/fetching.ts";
import { git as runGit } from "../support/scratch.ts";
import type { Broken, Scene, Source } from "./row.ts";

const REPORT = '{"summary":{"failed":0}}';

function report(text: string | undefined): (scene: Scene) => EvidenceProvider {
  return ({ folder }) => {
    if (text !== undefined) writeFileSync(join(folder, "report.json"), text);
    return jsonProvider({ root: "", root_id: "faults", max_bytes: 1000, allow_yaml: false }, folder);
  };
}

const json: Source = {
  provider: "json",
  check: "path",
  params: () => ({ file: "report.json", jsonpath: "$.summary.failed" }),
  expected: { sign: 0, digits: "", exponent: 0 },
  faults: {
    none: { what: "a report", outcome: "true", open: report(REPORT) },
    remove: {
      what: "no report",
      outcome: "unknown provider_error json_file_not_found",
      open: report(undefined),
    },
    corrupt: {
      what: "a report that ends too early",
      outcome: "unknown provider_error json_invalid",
      open: report(REPORT.slice(0, -2)),
    },
    delay: {
      what: "a fifo that nobody writes to",
      outcome: "unknown provider_error json_not_regular",
      open: (scene) => {
        execFileSync("mkfifo", [join(scene.folder, "report.json")]);
        return report(undefined)(scene);
      },
    },
    oversize: {
      what: "a report of 1,001 bytes",
      outcome: "unknown provider_error json_too_large",
      open: report(REPORT.padEnd(1001)),
    },
    throw: {
      what: "a question without its file",
      outcome: "unknown provider_error json_failed",
      open: report(REPORT),
      params: { jsonpath: "$" },
    },
  },
};

function asking(answer: Scene["server"]["answer"]): (scene: Scene) => EvidenceProvider {
  return ({ server }) => {
    server.answer = answer;
    return httpProvider({ allowed_hosts: ["127.0.0.1"], max_bytes: 1000 }, 20_000, testProgram(server.ca));
  };
}
const body = (text: string): Broken["open"] => asking((_request, response) => response.end(text));

const http: Source = {
  provider: "http",
  check: "json",
  params: ({ server }) => ({ url: `${server.origin}/report`, jsonpath: "$.summary.failed" }),
  expected: { sign: 0, digits: "", exponent: 0 },
  faults: {
    none: { what: "a report over TLS", outcome: "true", open: body(REPORT) },
    remove: {
      what: "the server closes every connection",
      outcome: "unknown provider_error http_unreachable",
      open: asking((request) => request.socket.destroy()),
    },
    corrupt: {
      what: "a report that ends too early",
      outcome: "unknown provider_error http_invalid",
      open: body(REPORT.slice(0, -2)),
    },
    delay: {
      what: "no answer",
      outcome: "unknown provider_error http_timeout",
      open: asking(() => undefined),
    },
    oversize: {
      what: "a report of 1,001 bytes",
      outcome: "unknown provider_error http_too_large",
      open: body(REPORT.padEnd(1001)),
    },
    throw: {
      what: "the process that asks dies",
      outcome: "unknown provider_error http_failed",
      open: () =>
        httpProvider({ allowed_hosts: ["127.0.0.1"], max_bytes: 1000 }, 20_000, {
          file: process.execPath,
          args: ["-e", "process.kill(process.pid, 'SIGKILL')"],
          cwd: "/",
          env: {},
        }),
    },
  },
};

/** Facts as a process establishes them: by asking git for each. */
function repository(damage: (folder: string, git: Git) => Git | undefined): Broken["open"] {
  return async ({ folder }) => {
    runGit(folder, "init", "-q", "-b", "main");
    writeFileSync(join(folder, "a.txt"), "a\n");
    runGit(folder, "add", "-A");
    runGit(folder, "commit", "-q", "-m", "first");
    const found = await findGit(process.env["PATH"] ?? "", 20_000);
    const git = damage(folder, found) ?? found;
    return gitProvider(() => facts(git, join(folder, ".git")));
  };
}

async function facts(git: Git, gitDir: string): Promise<GitFacts> {
  const ask = async (...args: readonly string[]): Promise<string> =>
    (await gitBytes(git, { gitDir, args, maxOutputBytes: 10_000 })).toString("utf8").trim();
  return {
    targetRef: await ask("symbolic-ref", "HEAD"),
    baseCommit: await ask("rev-parse", "--verify", "HEAD^{commit}"),
    baseTree: await ask("rev-parse", "--verify", "HEAD^{tree}"),
    baseIsTip: true,
    changes: [],
  };
}

function script(folder: string, git: Git, text: string): Git {
  const file = join(folder, "git");
  writeFileSync(file, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  return { ...git, file };
}

const git: Source = {
  provider: "git",
  check: "target_ref",
  params: () => ({}),
  expected: "refs/heads/main",
  faults: {
    none: { what: "a repository", outcome: "true", open: repository(() => undefined) },
    remove: {
      what: "no repository any more",
      outcome: "unknown provider_error git_unavailable",
      open: repository((folder) => {
        rmSync(join(folder, ".git"), { recursive: true });
        return undefined;
      }),
    },
    corrupt: {
      what: "the commit is damaged",
      outcome: "unknown provider_error git_unavailable",
      open: repository((folder) => {
        const oid = runGit(folder, "rev-parse", "HEAD").trim();
        const file = join(folder, ".git", "objects", oid.slice(0, 2), oid.slice(2));
        rmSync(file);
        writeFileSync(file, "damaged");
        return undefined;
      }),
    },
    delay: {
      what: "git hangs",
      outcome: "unknown provider_error git_timeout",
      open: repository((folder, found) => script(folder, found, "exec sleep 20")),
    },
    oversize: {
      what: "git writes without end",
      outcome: "unknown provider_error git_too_large",
      open: repository((folder, found) => script(folder, found, "exec cat /dev/zero")),
    },
    throw: {
      what: "git is no program",
      outcome: "unknown provider_error git_unavailable",
      open: repository((folder, found) => ({ ...found, file: join(folder, "a.txt") })),
    },
  },
};

function envelopes(fill: (folder: string) => void): Broken["open"] {
  return ({ folder }) => {
    const place = join(folder, "envelopes");
    mkdirSync(place);
    fill(place);
    return signedProvider({ carried: [], folder: place }, trust());
  };
}

const put =
  (name: string, bytes: Uint8Array) =>
  (folder: string): void =>
    writeFileSync(join(folder, name), bytes);

/** One bit of the signature. */
const flipped = respelt(dsse(), (text) =>
  text.replace(/("sig":")(.)/, (_all, before: string, first: string) => before + (first === "A" ? "B" : "A")),
);

const signed: Source = {
  provider: "signed",
  check: "statement",
  params: () => ({ name: "ci.tests", params: { suite: "unit" } }),
  expected: true,
  faults: {
    none: {
      what: "an envelope of the pinned key",
      outcome: "true",
      open: envelopes(put("ci.json", dsse().bytes)),
    },
    remove: {
      what: "no envelope",
      outcome: "unknown provider_error signed_missing",
      open: envelopes(() => undefined),
    },
    corrupt: {
      what: "another signature",
      outcome: "unknown provider_error signature_invalid",
      open: envelopes(put("ci.json", flipped.bytes)),
    },
    delay: {
      what: "a fifo that nobody writes to",
      outcome: "unknown provider_error signed_folder",
      open: envelopes((folder) => void execFileSync("mkfifo", [join(folder, "ci.json")])),
    },
    oversize: {
      what: "257 envelopes",
      outcome: "unknown provider_error signed_too_many",
      open: envelopes((folder) => {
        for (let at = 0; at <= 256; at += 1) put(`${at}.json`, dsse().bytes)(folder);
      }),
    },
    throw: {
      what: "the folder is gone",
      outcome: "unknown provider_error signed_folder",
      open: envelopes((folder) => rmSync(folder, { recursive: true })),
    },
  },
};

export const world: readonly Source[] = [json, http, git, signed];
