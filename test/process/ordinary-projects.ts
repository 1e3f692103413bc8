// Published versions of projects in several languages, fetched by the registries' own clients: material for `npm run ordinary`.
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { scratch } from "../support/scratch.ts";

export interface Project {
  readonly from: "npm" | "pypi" | "go" | "crates";
  readonly name: string;
  /** In the order in which they were published. */
  readonly versions: readonly string[];
}

export const projects: readonly Project[] = [
  { from: "npm", name: "express", versions: ["4.18.2", "4.19.2", "4.20.0", "4.21.2"] },
  { from: "pypi", name: "flask", versions: ["2.3.3", "3.0.0", "3.0.3", "3.1.0"] },
  { from: "go", name: "github.com/spf13/cobra", versions: ["v1.7.0", "v1.8.0", "v1.8.1", "v1.9.1"] },
  { from: "crates", name: "anyhow", versions: ["1.0.75", "1.0.80", "1.0.86", "1.0.95"] },
  { from: "npm", name: "zod", versions: ["4.0.5", "4.0.10", "4.1.0", "4.1.5"] },
  { from: "pypi", name: "requests", versions: ["2.30.0", "2.31.0", "2.32.0", "2.32.3"] },
  { from: "go", name: "github.com/go-chi/chi/v5", versions: ["v5.0.10", "v5.0.12", "v5.1.0", "v5.2.0"] },
  { from: "crates", name: "serde_json", versions: ["1.0.100", "1.0.110", "1.0.120", "1.0.133"] },
  { from: "npm", name: "commander", versions: ["11.0.0", "11.1.0", "12.0.0", "12.1.0", "13.0.0"] },
  { from: "pypi", name: "httpx", versions: ["0.25.0", "0.26.0", "0.27.0", "0.28.0"] },
  { from: "go", name: "github.com/gorilla/mux", versions: ["v1.8.0", "v1.8.1"] },
  { from: "crates", name: "clap_lex", versions: ["0.5.0", "0.6.0", "0.7.0", "0.7.4"] },
  { from: "npm", name: "undici", versions: ["7.0.0", "7.1.0", "7.2.0", "7.3.0"] },
  { from: "pypi", name: "click", versions: ["8.1.3", "8.1.7", "8.2.0"] },
];

const run = (program: string, args: readonly string[], cwd: string): string =>
  execFileSync(program, args, {
    cwd,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
    timeout: 120_000,
  });

/** The folder of one version, or undefined where its registry or its client is out of reach. */
export function fetched({ from, name }: Project, version: string): string | undefined {
  const into = scratch("ordinary");
  try {
    return clients[from](name, version, into);
  } catch (cause) {
    console.warn(
      `${name}@${version} cannot be had: ${cause instanceof Error ? cause.message.split("\n")[0] : ""}`,
    );
    return undefined;
  }
}

/** None of them runs a script of the package. */
const clients: Readonly<Record<Project["from"], (name: string, version: string, into: string) => string>> = {
  npm(name, version, into) {
    run("npm", ["pack", `${name}@${version}`, "--ignore-scripts", "--silent"], into);
    run("tar", ["-xzf", fileIn(into), "-C", into], into);
    return join(into, "package");
  },
  pypi(name, version, into) {
    run("pip", ["download", "-q", "--no-deps", "--only-binary=:all:", `${name}==${version}`], into);
    const out = join(into, "wheel");
    run("python3", ["-m", "zipfile", "-e", fileIn(into), out], into);
    return out;
  },
  go(name, version, into) {
    const said = JSON.parse(run("go", ["mod", "download", "-json", `${name}@${version}`], into)) as {
      Dir: string;
    };
    return said.Dir;
  },
  crates(name, version, into) {
    mkdirSync(join(into, "src"));
    writeFileSync(join(into, "src/lib.rs"), "");
    const toml = `[package]\nname = "ordinary"\nversion = "0.0.0"\nedition = "2021"\n[dependencies]\n${name} = "=${version}"\n`;
    writeFileSync(join(into, "Cargo.toml"), toml);
    run("cargo", ["fetch", "--quiet"], into);
    const home = join(process.env["CARGO_HOME"] ?? join(homedir(), ".cargo"), "registry/src");
    const found = readdirSync(home).map((registry) => join(home, registry, `${name}-${version}`));
    const dir = found.find((path) => readdirSync(join(path, "..")).includes(`${name}-${version}`));
    if (dir === undefined) throw new Error("the crate's source is not where cargo puts it");
    return dir;
  },
};

function fileIn(folder: string): string {
  const [name] = readdirSync(folder).filter((entry) => /\.(?:tgz|whl|gz|zip)$/.test(entry));
  if (name === undefined) throw new Error("nothing was fetched");
  return join(folder, name);
}
