// Certificates for tests, made by openssl in a scratch folder: a CA, servers, clients, and a revocation list.
import { execFileSync } from "node:child_process";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface Pair {
  readonly cert: string;
  readonly key: string;
}

export interface LeafOptions {
  /** As openssl takes it: `/O=team/CN=agent`, in the order of the certificate. */
  readonly subject?: string;
  readonly usage?: "clientAuth" | "serverAuth";
  /** Negative: it has been over for so many days. */
  readonly days?: number;
}

export interface Authority {
  /** File with the CA's certificate. */
  readonly ca: string;
  /** Files of a new certificate for 127.0.0.1 and localhost (servers), and of its key, mode 0600. */
  issue(name: string, options?: LeafOptions): Pair;
  revoke(pair: Pair): void;
  /** File with the revocation list as it is now. */
  revocations(): string;
}

function openssl(folder: string, ...args: readonly string[]): void {
  execFileSync("openssl", args, { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
}

const EC = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"] as const;

/** A certificate authority of its own in `folder`, which has to exist; `name` keeps several apart. */
export function makeAuthority(folder: string, name = "ca"): Authority {
  const file = (path: string): string => join(folder, `${name}-${path}`);
  const [ca, caKey, index, config] = [file("ca.pem"), file("ca.key"), file("index.txt"), file("ca.cnf")];
  writeFileSync(index, "");
  writeFileSync(file("crlnumber"), "01\n");
  writeFileSync(
    config,
    `[ca]\ndefault_ca=d\n[d]\ndatabase=${index}\ncrlnumber=${file("crlnumber")}\ndefault_md=sha256\n` +
      `certificate=${ca}\nprivate_key=${caKey}\ndefault_crl_days=30\n`,
  );
  // prettier-ignore
  openssl(folder, "req", "-x509", ...EC, "-keyout", caKey, "-out", ca, "-days", "30", "-subj", `/CN=${name}`,
    "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign");
  let serial = 0;
  return {
    ca,
    issue(leaf, { subject = `/CN=${leaf}`, usage = "clientAuth", days = 7 } = {}) {
      serial += 1;
      const pair = { cert: file(`${leaf}.pem`), key: file(`${leaf}.key`) };
      const extensions = file(`${leaf}.ext`);
      const names = usage === "serverAuth" ? "subjectAltName=IP:127.0.0.1,DNS:localhost\n" : "";
      writeFileSync(extensions, `basicConstraints=CA:FALSE\nextendedKeyUsage=${usage}\n${names}`);
      const request = file(`${leaf}.csr`);
      openssl(folder, "req", "-new", "-utf8", ...EC, "-keyout", pair.key, "-out", request, "-subj", subject);
      // prettier-ignore
      openssl(folder, "x509", "-req", "-in", request, "-CA", ca, "-CAkey", caKey, "-out", pair.cert,
        "-days", String(days), "-set_serial", String(serial), "-extfile", extensions);
      chmodSync(pair.key, 0o600);
      return pair;
    },
    revoke: ({ cert }) => openssl(folder, "ca", "-config", config, "-revoke", cert),
    revocations() {
      const list = file(`crl-${readFileSync(file("crlnumber"), "utf8").trim()}.pem`);
      openssl(folder, "ca", "-config", config, "-gencrl", "-out", list);
      return list;
    },
  };
}
