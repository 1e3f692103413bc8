// Subjects of certificates that openssl made: no value can pass for another name.
import { execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { distinguishedName } from "../../../src/gateway/http/certificate.ts";
import { needs } from "../../support/needs.ts";
import { removeScratch, scratch } from "../../support/scratch.ts";

const dir = scratch("subjects");
afterAll(() => removeScratch(dir));

/** What node and what openssl make of one subject. */
function both(subject: string): { readonly node: string; readonly openssl: string } {
  const [cert, key] = [join(dir, "c.pem"), join(dir, "c.key")];
  const ec = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  // prettier-ignore
  execFileSync("openssl", ["req", "-x509", "-utf8", ...ec, "-keyout", key, "-out", cert, "-subj", subject], { stdio: "pipe" });
  const show = ["x509", "-in", cert, "-noout", "-subject", "-nameopt", "RFC2253,-esc_msb"];
  const shown = execFileSync("openssl", show).toString();
  return {
    node: distinguishedName(new X509Certificate(readFileSync(cert)).subject),
    openssl: shown.replace(/^subject=/, "").replace(/\n$/, ""),
  };
}

describe.skipIf(!needs("openssl"))("a subject", () => {
  test.each([
    { what: "plain names", subject: "/O=team/CN=agent", text: "CN=agent,O=team" },
    { what: "a comma", subject: "/O=team/CN=a,O=admins", text: "CN=a\\,O=admins,O=team" },
    { what: "a line feed", subject: "/O=team/CN=a\nO=admins", text: "CN=a\\0AO=admins,O=team" },
    { what: "several values", subject: "/O=t/OU=u+CN=c", text: "OU=u+CN=c,O=t" },
    { what: "a plus in a value", subject: "/CN=a \\+ OU=b", text: "CN=a \\+ OU=b" },
    { what: "a space before a second value", subject: "/OU=u +CN=c ", text: "OU=u\\ +CN=c\\ " },
    { what: "quotes and angles", subject: '/CN=a"b<c>;d\\\\e', text: 'CN=a\\"b\\<c\\>\\;d\\\\e' },
    { what: "spaces at the ends", subject: "/CN= a ", text: "CN=\\ a\\ " },
    { what: "a leading #", subject: "/CN=#04", text: "CN=\\#04" },
    { what: "letters beyond ASCII", subject: "/CN=é", text: "CN=é" },
  ])("keeps $what apart, as openssl does", ({ subject, text }) => {
    const made = both(subject);
    expect(made.node).toBe(text);
    expect(made.node).toBe(made.openssl);
  });
});

test("nothing is nothing", () => {
  expect(distinguishedName("")).toBe("");
});
