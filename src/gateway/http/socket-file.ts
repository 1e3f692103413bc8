// A Unix socket that only its owner can connect to, from its first moment, and that replaces only a dead one.
import { chmodSync, lstatSync, mkdtempSync, renameSync, rmSync, statSync, unlinkSync } from "node:fs";
import { connect, type Server } from "node:net";
import { dirname, join, resolve } from "node:path";
import { CountersignError } from "../../core/base/failure.ts";

/** sun_path of the smallest system that node runs on holds 104 bytes with its zero; the kernel would cut what is longer. */
const MAX_PATH_BYTES = 103;

export interface SocketFile {
  readonly path: string;
  /** Removes the name, unless another server has taken it over. */
  remove(): void;
}

/**
 * Listens at `path`. The socket is made in a folder that nobody else can enter, gets its mode there, and only then its
 * name: with a umask there would be a moment for every other file that this process makes at the same time.
 */
export async function listenAt(server: Server, path: string): Promise<SocketFile> {
  const full = resolve(path);
  await requireFree(full);
  const folder = privateFolder(full);
  try {
    const temp = join(folder, "s");
    if (Math.max(Buffer.byteLength(temp), Buffer.byteLength(full)) > MAX_PATH_BYTES)
      throw unusable(full, "the path is too long for a socket");
    await listening(server, temp);
    chmodSync(temp, 0o600);
    const { ino } = statSync(temp);
    renameSync(temp, full);
    return { path: full, remove: () => removeOwn(full, ino) };
  } catch (cause) {
    server.close();
    throw cause instanceof CountersignError ? cause : unusable(full, "cannot listen there", cause);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function privateFolder(full: string): string {
  try {
    return mkdtempSync(join(dirname(full), ".s-"));
  } catch (cause) {
    throw unusable(full, "its folder cannot be written", cause);
  }
}

/** Free: nothing there, or a socket that nobody answers on. Anything else there is not ours to remove. */
async function requireFree(path: string): Promise<void> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket()) throw unusable(path, "there is something else than a socket");
  const code = await new Promise<string>((settle) => {
    const probe = connect(path);
    probe.once("connect", () => {
      probe.destroy();
      settle("alive");
    });
    probe.once("error", (error: NodeJS.ErrnoException) => settle(error.code ?? "unknown"));
  });
  if (code !== "ECONNREFUSED" && code !== "ENOENT")
    throw unusable(path, `another server listens there (${code})`);
}

function listening(server: Server, path: string): Promise<void> {
  return new Promise((settle, reject) => {
    server.once("error", reject);
    server.listen({ path }, () => {
      server.off("error", reject);
      settle();
    });
  });
}

function removeOwn(path: string, ino: number): void {
  if (lstatSync(path, { throwIfNoEntry: false })?.ino === ino) unlinkSync(path);
}

function unusable(path: string, why: string, cause?: unknown): CountersignError {
  return new CountersignError("state_unusable", `server.http.unix_socket ${path}: ${why}`, { cause });
}
