// The served branch where its files say it plainly: no git is started for what two short files hold.
import { lstatSync } from "node:fs";
import { join } from "node:path";
import { fromUtf8 } from "../../core/base/bytes.ts";
import { type GitOid, gitOidSchema, type RefName, refNameSchema } from "../../core/base/ids.ts";
import { readBounded } from "../file/read.ts";

/** Where git keeps refs, and how long its ids are. */
interface Place {
  readonly gitDir: string;
  readonly commonDir: string;
  readonly objectFormat: "sha1" | "sha256";
}

/**
 * Branch and commit, or undefined where anything is not in the very form that git itself writes: a packed branch, a
 * link, a ref that points to another, refs that are no files at all. git is asked then, and only git says what is wrong.
 * git replaces a ref as a whole and reads a loose one before a packed one, so whatever stands in the file is in force;
 * no object is opened, and no tag can stand in for a branch.
 */
export function plainTip(
  { gitDir, commonDir, objectFormat }: Place,
  ref: RefName | "HEAD",
): { readonly ref: RefName; readonly commit: GitOid } | undefined {
  const branch = ref === "HEAD" ? headOf(gitDir) : ref;
  // Other names may be this work tree's own, and lie elsewhere.
  if (branch?.startsWith("refs/heads/") !== true) return undefined;
  // Where refs are in tables, files of the same names count for nothing.
  if (lstatSync(join(commonDir, "reftable"), { throwIfNoEntry: false }) !== undefined) return undefined;
  const id = gitOidSchema.safeParse(line(join(commonDir, branch)));
  const digits = objectFormat === "sha1" ? 40 : 64;
  if (!id.success || id.data.length !== digits || /^0+$/.test(id.data)) return undefined;
  return { ref: branch, commit: id.data };
}

function headOf(gitDir: string): RefName | undefined {
  const head = line(join(gitDir, "HEAD"));
  if (head?.startsWith("ref: ") !== true) return undefined;
  const branch = refNameSchema.safeParse(head.slice("ref: ".length));
  return branch.success ? branch.data : undefined;
}

const MAX_REF_BYTES = 4096;

/** The one line of a regular file that ends with a line feed. */
function line(path: string): string | undefined {
  const read = readBounded(path, MAX_REF_BYTES);
  const text = read.kind === "found" ? fromUtf8(read.bytes) : undefined;
  return text?.endsWith("\n") === true ? text.slice(0, -1) : undefined;
}
