// Tools that a test needs but a user may lack: skipped with a message, unless COUNTERSIGN_REQUIRE_ALL makes that a failure.
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

const HOW: Readonly<Record<string, string>> = {
  cosign: "go install github.com/sigstore/cosign/v3/cmd/cosign@latest",
  bwrap: "apt-get install bubblewrap",
  cc: "apt-get install gcc libc6-dev",
  curl: "apt-get install curl",
  jq: "apt-get install jq",
  go: "apt-get install golang-go, 1.25 or newer (https://go.dev/dl)",
  nginx: "apt-get install nginx-light",
  openssl: "apt-get install openssl",
  setpriv: "apt-get install util-linux",
  sqlite3: "apt-get install sqlite3",
  "ssh-keygen": "apt-get install openssh-client",
  strace: "apt-get install strace",
  unshare: "apt-get install util-linux",
};

/** True when `tool` is on the path. Throws when it is missing although everything is required. */
export function needs(tool: string): boolean {
  const found = (process.env["PATH"] ?? "")
    .split(delimiter)
    .some((folder) => isExecutable(join(folder, tool)));
  if (found) return true;
  const message = `${tool} is not installed, so its tests are skipped; to get it: ${HOW[tool] ?? tool}`;
  if (process.env["COUNTERSIGN_REQUIRE_ALL"] === "1") throw new Error(message);
  console.warn(message);
  return false;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
