// When a certificate revocation list has to be replaced: the one field of it that node:crypto does not give.
import { fromUtf8 } from "../../core/base/bytes.ts";

/** One DER element (X.690): its tag and its content. */
interface Element {
  readonly tag: number;
  readonly content: Uint8Array;
  /** What stands behind it. */
  readonly rest: Uint8Array;
}

const INTEGER = 0x02;
const SEQUENCE = 0x30;
const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;

/**
 * nextUpdate of each list in a PEM text, in milliseconds since 1970; undefined in the place of one that does not say.
 * Throws RangeError for what is no list (RFC 5280 §5.1). The signature is not looked at: TLS does that.
 */
export function nextUpdates(pem: string): readonly (number | undefined)[] {
  const blocks = [...pem.matchAll(/-----BEGIN X509 CRL-----([A-Za-z0-9+/=\s]+)-----END X509 CRL-----/g)];
  if (blocks.length === 0) throw new RangeError("holds no revocation list in PEM form");
  return blocks.map(([, base64 = ""]) => nextUpdate(Buffer.from(base64, "base64")));
}

function nextUpdate(der: Uint8Array): number | undefined {
  let at = element(expect(expect(der, SEQUENCE).content, SEQUENCE).content);
  // version is optional; signature and issuer are sequences; thisUpdate is a time.
  if (at.tag === INTEGER) at = element(at.rest);
  const issuer = expect(at.rest, SEQUENCE);
  const thisUpdate = element(issuer.rest);
  timeOf(thisUpdate);
  if (thisUpdate.rest.length === 0) return undefined;
  const next = element(thisUpdate.rest);
  return next.tag === UTC_TIME || next.tag === GENERALIZED_TIME ? timeOf(next) : undefined;
}

function expect(bytes: Uint8Array, tag: number): Element {
  const found = element(bytes);
  if (found.tag !== tag) throw damaged();
  return found;
}

function element(bytes: Uint8Array): Element {
  const [tag, first] = bytes;
  if (tag === undefined || first === undefined) throw damaged();
  const count = first < 0x80 ? 0 : first & 0x7f;
  // 0 bytes of length would be the indefinite form, which DER does not have; over 4 is more than any list.
  if ((first >= 0x80 && count === 0) || count > 4) throw damaged();
  let length = count === 0 ? first : 0;
  for (const byte of bytes.subarray(2, 2 + count)) length = length * 256 + byte;
  const start = 2 + count;
  if (start + length > bytes.length) throw damaged();
  return { tag, content: bytes.subarray(start, start + length), rest: bytes.subarray(start + length) };
}

/** RFC 5280 §5.1.2.4: UTCTime up to 2049, GeneralizedTime after that; both in Z and with seconds. */
function timeOf({ tag, content }: Element): number {
  const text = fromUtf8(content) ?? "";
  const full = tag === UTC_TIME ? `${Number(text.slice(0, 2)) >= 50 ? "19" : "20"}${text}` : text;
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(full);
  if (parts === null || (tag !== UTC_TIME && tag !== GENERALIZED_TIME)) throw damaged();
  const [, year, month, day, hour, minute, second] = parts;
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

function damaged(): RangeError {
  return new RangeError("holds a damaged revocation list");
}
