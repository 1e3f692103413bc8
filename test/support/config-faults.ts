// Broken configurations, each with the keys at fault and their lines; those of single words, and those of rules between keys.
import { randomBytes } from "node:crypto";
import { sha256 } from "../../src/core/base/digest.ts";
import { YOURS } from "./presets.ts";

/** A good secret, made here: a literal one has no business in a repository. */
export const token = randomBytes(32).toString("base64url");
const DEMO = ["dg", "hardened", "demo", "token"].join("-");
export const D = 'preset = "default"\n';
const Q = 'preset = "quickstart"\n';
const T = '[server.http.tls]\ncert_file = "tls/c.pem"\nkey_file = "tls/k.pem"\n';
/** A hardened file that lacks nothing; what follows the certificates comes before what only an operator can write. */
const H = (lines: string): string => `preset = "hardened"\n${T}${lines}${YOURS.hardened}`;
export const one = (lines: string): string => `[[principals]]\nname = "one"\nroles = ["reader"]\n${lines}\n`;

/** What is wrong, the file, and each key at fault with its line. */
export type Row = readonly [what: string, toml: string, faults: readonly string[]];

export const WORDS: readonly Row[] = [
  ["nothing", "", ["preset 0"]],
  ["no TOML", "preset: default", [" 1"]],
  ["a torn table", `${D}[log`, [" 2"]],
  ["a key twice", `${D}preset = "default"`, [" 2"]],
  ["no preset", '[log]\nlevel = "info"', ["preset 0"]],
  ["an unknown preset", 'preset = "prod"', ["preset 1"]],
  ["a preset by path", 'preset = "../default"', ["preset 1"]],
  ["an unknown key", `${D}typo = 1`, ["typo 2"]],
  ["an unknown table", `${D}[sevrer.http]\nport = 1`, ["sevrer 2"]],
  ["an unknown key three tables deep", `${D}[server.http.tls]\nciphers = "x"`, ["server.http.tls.ciphers 3"]],
  ["the prototype", `${D}[__proto__]\na = 1`, ["__proto__ 2"]],
  ["text for a number", `${D}[calls]\nper_minute = "20"`, ["calls.per_minute 3"]],
  ["a limit of zero", `${D}[calls]\nper_minute = 0`, ["calls.per_minute 3"]],
  ["a limit beyond its bounds", `${D}[server.http]\nmax_inflight = 10001`, ["server.http.max_inflight 3"]],
  ["a body beyond its bounds", `${D}[server.http]\nmax_body_bytes = 1`, ["server.http.max_body_bytes 3"]],
  ["a port that is none", `${D}server.http.port = 65536`, ["server.http.port 2"]],
  [
    "an unknown tool that is allowed",
    `${D}[server.tools]\nallow = [\n  "execute",\n]`,
    ["server.tools.allow.0 3"],
  ],
  ["an unknown tool that is denied", `${D}[server.tools]\ndeny = ["execute"]`, ["server.tools.deny.0 3"]],
  ["an unknown mode", `${D}[auth]\nmode = "none"`, ["auth.mode 3"]],
  ["every web page", `${D}[server.http]\norigins = ["*"]`, ["server.http.origins.0 3"]],
  ["a host with a wildcard", `${D}[server.http]\nhosts = ["*.example"]`, ["server.http.hosts.0 3"]],
  ["an issuer without TLS", `${D}[auth.oidc]\nissuer = "http://issuer.example"`, ["auth.oidc.issuer 3"]],
  ["a signature by a shared secret", `${D}[auth.oidc]\nalgorithms = ["HS256"]`, ["auth.oidc.algorithms.0 3"]],
  ["no signature", `${D}[auth.oidc]\nalgorithms = ["none"]`, ["auth.oidc.algorithms.0 3"]],
  ["a principal without roles", `${D}[[principals]]\nname = "a"\nroles = []`, ["principals.0.roles 4"]],
  [
    "a principal with an unknown role",
    `${D}[[principals]]\nname = "a"\nroles = ["root"]`,
    ["principals.0.roles.0 4"],
  ],
  ["a principal without a name", `${D}[[principals]]\nroles = ["reader"]`, ["principals.0.name 2"]],
  ["a principal's unknown tool", `${D}${one('tools = ["shell"]')}`, ["principals.0.tools.0 5"]],
  ["a subject of no kind", `${D}${one('subjects = ["root"]')}`, ["principals.0.subjects.0 5"]],
  ["a mask that is no glob", `${D}${one('paths = ["{a"]')}`, ["principals.0.paths.0 5"]],
];

export const RULES: readonly Row[] = [
  [
    "bounds that cross",
    `${D}[proposal]\nrationale_min = 400\nrationale_max = 300`,
    ["proposal.rationale_min 3"],
  ],
  [
    "time-outs that cross",
    `${D}[server.http]\nheader_timeout_seconds = 31`,
    ["server.http.header_timeout_seconds 3"],
  ],
  [
    "time-outs that cross the preset's",
    `${D}[server.http]\nrequest_timeout_seconds = 9`,
    ["server.http.header_timeout_seconds 3"],
  ],
  ["no door", `${D}[server]\nstdio = false\n[server.http]\nenabled = false`, ["server.http.enabled 5"]],
  ["an address in a short form", `${D}[server.http]\nbind = "127.1"`, ["server.http.bind 3"]],
  ["an octal address", `${D}[server.http]\nbind = "0177.0.0.1"`, ["server.http.bind 3"]],
  [
    "all addresses with nothing else",
    `${Q}[server.http]\nbind = "0.0.0.0"`,
    ["auth.mode 3", "server.http.allow_non_loopback 3", "server.http.tls.termination 3"],
  ],
  [
    "hardened without what only an operator knows",
    'preset = "hardened"',
    ["evidence.keys 1", "namespace.name 1", "server.http.tls.cert_file 1", "server.http.tls.key_file 1"],
  ],
  [
    "TLS without its key",
    `${D}[server.http.tls]\ntermination = "server"\ncert_file = "c.pem"`,
    ["server.http.tls.key_file 3"],
  ],
  [
    "a container without its proxy",
    'preset = "container-prod"',
    ["namespace.name 1", "server.http.allow_non_loopback 1", "server.http.proxy.addresses 1"],
  ],
  ["certificates that nobody sees", `${D}[auth]\nmode = "mtls"`, ["server.http.tls.termination 3"]],
  [
    "mTLS without a CA",
    H(`client_ca_file = ""\nrequire_client_cert = false\n[auth]\nmode = "mtls"`),
    ["server.http.tls.client_ca_file 5", "server.http.tls.require_client_cert 6"],
  ],
  [
    "mTLS that asks nobody",
    H(`client_ca_file = "ca.pem"\n[auth]\nmode = "mtls"`),
    ["server.http.tls.require_client_cert 7"],
  ],
  [
    "mTLS upstream without a proxy",
    `${D}[server.http.tls]\ntermination = "upstream"\n[auth]\nmode = "mtls"`,
    ["server.http.proxy.addresses 3"],
  ],
  [
    "a certificate without TLS",
    `${D}[server.http.tls]\ncert_file = "c.pem"`,
    ["server.http.tls.cert_file 3"],
  ],
  [
    "a proxy that nobody asked for",
    `${D}[server.http.proxy]\naddresses = ["10.0.0.7"]`,
    ["server.http.proxy.addresses 3"],
  ],
  [
    "a proxy as wide as the internet",
    `${D}[server.http.tls]\ntermination = "upstream"\n[server.http.proxy]\naddresses = ["0.0.0.0/0"]`,
    ["server.http.proxy.addresses.0 5"],
  ],
  ["a socket with TLS", H(`[server.http]\nunix_socket = "gateway/s"`), ["server.http.unix_socket 6"]],
  [
    "local callers behind a proxy",
    `${D}[auth]\nmode = "local_only"\n[server.http.tls]\ntermination = "upstream"\n[server.http.proxy]\naddresses = ["10.0.0.7"]`,
    ["auth.mode 3"],
  ],
  [
    "local callers behind a public name",
    `${Q}[server.http]\npublic_url = "https://agents.example"`,
    ["auth.mode 3"],
  ],
  [
    "clear text under a public name",
    `${D}[server.http]\npublic_url = "http://agents.example"`,
    ["server.http.public_url 3"],
  ],
  ["bypass_loopback", `${D}[network]\nbypass_loopback = true`, ["network.bypass_loopback 3"]],
  ["bypass_private", `${D}[network]\nbypass_private = true`, ["network.bypass_private 3"]],
  ["allow_local_only", `${D}[auth]\nallow_local_only = true`, ["auth.allow_local_only 3"]],
  [
    "an issuer alone",
    `${D}[auth.oidc]\nissuer = "https://issuer.example"\nalgorithms = []`,
    ["auth.oidc.algorithms 4", "auth.oidc.audience 3", "auth.oidc.jwks_file 3", "server.http.public_url 3"],
  ],
  [
    "an issuer with two sources of keys",
    `${D}[server.http]\npublic_url = "https://a.example"\n[auth.oidc]\nissuer = "https://issuer.example"\naudience = "a"\njwks_file = "k"\njwks_url = "https://issuer.example/k"`,
    ["auth.oidc.jwks_file 7"],
  ],
  [
    "an issuer whose tokens nobody reads",
    `${Q}[server.http]\npublic_url = "https://localhost"\n[auth.oidc]\nissuer = "https://issuer.example"\naudience = "a"\njwks_file = "k"`,
    ["auth.oidc.issuer 5"],
  ],
  ["an audience without an issuer", `${D}[auth.oidc]\naudience = "a"`, ["auth.oidc.audience 3"]],
  [
    "a subject twice",
    `${D}${one('subjects = ["local:unix"]')}${one('subjects = ["local:unix"]').replace("one", "two")}`,
    ["principals.1.subjects.0 9"],
  ],
  ["a name twice", `${D}${one("")}${one("")}`, ["principals.1.name 7"]],
  ["a principal that is called like us", `${D}${one("").replace("one", "gateway")}`, ["principals.0.name 3"]],
  ["a day that does not exist", `${D}${one('expires = "2027-02-30T00:00:00Z"')}`, ["principals.0.expires 5"]],
  ["a short token", `${D}${one(`tokens = ["${token.slice(0, 31)}"]`)}`, ["principals.0.tokens.0 5"]],
  ["a placeholder", `${D}${one(`tokens = ["changeme-${token}"]`)}`, ["principals.0.tokens.0 5"]],
  ["a demo token", `${D}${one(`tokens = ["${DEMO}"]`)}`, ["principals.0.tokens.0 5"]],
  [
    "a demo token's digest",
    `${D}${one(`subjects = ["token:${sha256(DEMO)}"]`)}`,
    ["principals.0.subjects.0 5"],
  ],
  [
    "a token and its digest",
    `${D}${one(`tokens = ["${token}"]\nsubjects = ["token:${sha256(token)}"]`)}`,
    ["principals.0.tokens.0 5"],
  ],
  ["a reference to nowhere", `${D}${one('tokens = ["vault:secret/a"]')}`, ["principals.0.tokens.0 5"]],
  ["a file by a relative path", `${D}${one('tokens = ["file:token"]')}`, ["principals.0.tokens.0 5"]],
  ["a variable that steers node", `${D}${one('tokens = ["env:NODE_OPTIONS"]')}`, ["principals.0.tokens.0 5"]],
  ["a program by a bare name", `${D}${one('tokens = ["cmd:pass show a"]')}`, ["principals.0.tokens.0 5"]],
  ["a literal in hardened", H(one(`tokens = ["${token}"]`)), ["principals.0.tokens.0 8"]],
  ["a program in hardened", H(one('tokens = ["cmd:/usr/bin/pass"]')), ["principals.0.tokens.0 8"]],
  [
    "a path out of the state folder",
    `${D}[auth]\nprincipals_file = "../people.toml"`,
    ["auth.principals_file 3"],
  ],
  [
    "the validator's folder",
    `${D}[server.http.tls]\ntermination = "server"\ncert_file = "c"\nkey_file = "keys/attestation.key.pem"`,
    ["server.http.tls.key_file 5"],
  ],
  [
    "D27: a namespace that is nobody's",
    `${D}[namespace]\nname = "default"\nallow_default = false`,
    ["namespace.name 3"],
  ],
  ["evidence in the validator's folder", `${D}[evidence]\nfolder = "keys"`, ["evidence.folder 3"]],
  ["evidence out of the state folder", `${D}[evidence.json]\nroot = "../facts"`, ["evidence.json.root 3"]],
  ["evidence in the store's folder", `${D}[evidence]\nfolder = "gateway"`, ["evidence.folder 3"]],
  ["evidence among evidence schemas", `${D}[evidence]\nfolder = "schemas"`, ["evidence.folder 3"]],
  ["evidence all over the state folder", `${D}[evidence.json]\nroot = "."`, ["evidence.json.root 3"]],
  ["evidence all over the machine", `${D}[evidence.json]\nroot = "/"`, ["evidence.json.root 3"]],
  ["D34: no audit log", `${D}[audit]\nenabled = false`, ["audit.enabled 3"]],
  ["D34: no audit log in hardened", H("[audit]\nenabled = false\n"), ["audit.enabled 6"]],
  ["D24: a gate of nothing", `${D}[gates.verdict]\nrequire = { all = [] }`, ["gates.verdict.require.all 3"]],
  [
    "D24: a gate that is always met",
    `${D}[gates.verdict]\nrequire = { at_least = 0, of = ["checks_passed"] }`,
    ["gates.verdict.require.at_least 3"],
  ],
  [
    "D24: a condition that does not exist",
    `${D}[gates.read-file]\nrequire = { not = "nothing" }`,
    ["gates.read-file.require 3"],
  ],
  [
    "D24: a gate that asks whom it cannot",
    `${D}[gates.read-file]\nrequire = "checks_passed"`,
    ["gates.read-file.require 3"],
  ],
  ["D21: a provider twice", `${D}[evidence]\nproviders = ["checks", "git", "git"]`, ["evidence.providers 3"]],
  [
    "D37: a comparator without an answer",
    `${D}[[conditions]]\nid = "a"\nprovider = "git"\nquery = { check = "base_is_tip" }\ncomparator = "less_than"\nexpected = true`,
    ["conditions.a.comparator 6"],
  ],
  ["D29: a rule for everything", `${D}[[dispatch.rules]]\neffect = "permit"`, ["dispatch.rules.0 2"]],
  ["D35: more than the most", `${D}[feedback]\nmax = "summary"`, ["feedback.local 3"]],
  ["D16: dev.permissive in default", `${D}[dev]\npermissive = true`, ["dev.permissive 3"]],
  [
    "D16: dev.permissive under an opt-in to others",
    `${Q}[dev]\npermissive = true\n[server.http]\nallow_non_loopback = true`,
    ["dev.permissive 3"],
  ],
  [
    "a socket with too long a name",
    `${D}[server.http]\nunix_socket = "${"s".repeat(104)}"`,
    ["server.http.unix_socket 3"],
  ],
];
