// Writes every generated page from the code that it describes; with --check it writes nothing and names stale pages.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { cliPage } from "./generate/cli.ts";
import { packageVersion } from "../src/io/file/config.ts";
import { configPage, configSchemaText } from "./generate/config.ts";
import { seccompText } from "./generate/seccomp.ts";
import { openApiText } from "./generate/openapi.ts";
import { reasonsPage } from "./generate/reasons.ts";
import { gatewayProfile, profileText, validatorProfile } from "./generate/services.ts";

const root = join(import.meta.dirname, "..");

const pages: readonly (readonly [string, string])[] = [
  ["config/countersign.schema.json", configSchemaText()],
  ["config/container/seccomp.json", seccompText()],
  ["config/container/seccomp-gateway.json", profileText(gatewayProfile)],
  ["config/container/seccomp-validator.json", profileText(validatorProfile)],
  ["docs/config.md", configPage((name) => read(`presets/${name}.toml`))],
  ["docs/reasons.md", reasonsPage()],
  ["docs/cli.md", cliPage(root)],
  ["docs/openapi.json", openApiText((name) => read(`presets/${name}.toml`), packageVersion(root))],
];

function read(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

/** A page that is not there is as stale as one that says something else. */
function isStale([path, text]: readonly [string, string]): boolean {
  try {
    return read(path) !== text;
  } catch {
    return true;
  }
}

const stale = pages.filter(isStale);

if (process.argv.includes("--check")) {
  for (const [path] of stale) process.stderr.write(`${path} is stale: run node docs/generate.ts\n`);
  if (stale.length > 0) process.exitCode = 1;
} else {
  for (const [path, text] of stale) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
    process.stderr.write(`${path} written\n`);
  }
}
