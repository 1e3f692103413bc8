// TLS in this process: the files it needs, each checked before the door opens, and the settings that callers cannot choose.
import { constants } from "node:crypto";
import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import { createSecureContext, type SecureContextOptions, type TlsOptions } from "node:tls";
import { CountersignError } from "../../core/base/failure.ts";
import type { HttpConfig } from "./parts.ts";

type Files = HttpConfig["tls"];

const MAX_FILE_BYTES = 1_048_576;
/** Group and others. */
const FOREIGN = 0o077;

/**
 * Everything that may be replaced while the door is open. No tickets and no cached sessions: a resumed session skips
 * the client's certificate, and with it the revocation list. Throws `key_unusable` or `config_invalid`.
 */
export function secureContext(files: Files): SecureContextOptions {
  const options: SecureContextOptions = {
    cert: readFile(files.cert_file, "server.http.tls.cert_file"),
    key: readKey(files.key_file),
    minVersion: "TLSv1.2",
    honorCipherOrder: true,
    secureOptions: constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION,
    ...(files.client_ca_file === ""
      ? {}
      : { ca: readFile(files.client_ca_file, "server.http.tls.client_ca_file") }),
    ...(files.crl_file === "" ? {} : { crl: revocationLists(files.crl_file) }),
  };
  try {
    createSecureContext(options);
  } catch (cause) {
    throw new CountersignError(
      "key_unusable",
      "certificate and key of server.http.tls do not work together",
      {
        fix: "Check that cert_file holds the chain of key_file's key, and that all files are PEM.",
        cause,
      },
    );
  }
  return options;
}

/** A certificate is asked for when there is a CA to check it with. One that does not verify counts as none. */
export function tlsOptions(files: Files, handshakeMillis: number): TlsOptions {
  return {
    ...secureContext(files),
    requestCert: files.client_ca_file !== "",
    rejectUnauthorized: files.require_client_cert,
    handshakeTimeout: handshakeMillis,
  };
}

/** Mode and bytes come from one descriptor: the file that was checked is the file that is used. */
function readKey(path: string): Buffer {
  return readFile(path, "server.http.tls.key_file", (mode) => {
    if ((mode & FOREIGN) === 0) return;
    throw new CountersignError("key_unusable", `${path} can be read by other users than its owner`, {
      fix: `chmod 600 ${path}`,
    });
  });
}

/** Node reads the first list of a buffer only; with intermediate CAs there is one list for each. */
function revocationLists(path: string): string[] {
  const text = readFile(path, "server.http.tls.crl_file").toString("latin1");
  const lists = text.match(/-----BEGIN X509 CRL-----[^]*?-----END X509 CRL-----/g);
  if (lists === null)
    throw unreadable(path, "server.http.tls.crl_file", new Error("it holds no PEM revocation list"));
  return lists;
}

function readFile(path: string, key: string, check: (mode: number) => void = () => undefined): Buffer {
  let fd: number | undefined;
  try {
    fd = openSync(path, "r");
    const { mode, size } = fstatSync(fd);
    check(mode);
    if (size > MAX_FILE_BYTES) throw new RangeError(`larger than ${MAX_FILE_BYTES} bytes`);
    return readFileSync(fd);
  } catch (cause) {
    throw cause instanceof CountersignError ? cause : unreadable(path, key, cause);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

function unreadable(path: string, key: string, cause: unknown): CountersignError {
  const why = cause instanceof Error ? cause.message : "unknown";
  return new CountersignError(
    "config_invalid",
    `${key}: cannot use ${path === "" ? "(empty)" : path}: ${why}`,
    {
      cause,
    },
  );
}
