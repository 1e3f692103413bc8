// How long a value would be as text, without writing it: a few matches that lie in each other are many times the document.
import { isList, isMap, type Value } from "../../core/gate/value.ts";
import { renderDecimal } from "../../core/gate/decimal.ts";

/** Whether the canonical text of `value` has at most `limit` bytes. Looks at no more of it than that. */
export function rendersWithin(value: Value, limit: number): boolean {
  return left(value, limit) >= 0;
}

/** What is left of `room` behind the text of `value`; negative when it does not fit. */
function left(value: Value, room: number): number {
  if (value === null || typeof value === "boolean") return room - (value === false ? 5 : 4);
  if (typeof value === "string") return room - sizeOfText(value, room);
  if (isList(value)) return leftOfAll(value, room);
  if (isMap(value)) return leftOfEntries(value, room);
  // Long numbers are not written out; a sign, a point and an exponent are all that stand beside the digits.
  const { length } = value.digits;
  return room - (length > 64 ? length + 24 : renderDecimal(value).length);
}

function leftOfAll(list: readonly Value[], room: number): number {
  let rest = room - Math.max(2, list.length + 1);
  for (const item of list) {
    if (rest < 0) break;
    rest = left(item, rest);
  }
  return rest;
}

function leftOfEntries(map: ReadonlyMap<string, Value>, room: number): number {
  let rest = room - Math.max(2, 2 * map.size + 1);
  for (const [key, item] of map) {
    if (rest < 0) break;
    rest = left(item, rest - sizeOfText(key, rest));
  }
  return rest;
}

/** Bytes in quotes and with escapes. Stops early: one UTF-16 unit is at least one byte. */
function sizeOfText(text: string, room: number): number {
  let size = text.length + 2;
  for (let at = 0; at < text.length && size <= room; at += 1) {
    const code = text.charCodeAt(at);
    if (code < 0x20) size += "\b\t\n\f\r".includes(text.charAt(at)) ? 1 : 5;
    else if (code === 0x22 || code === 0x5c) size += 1;
    else if (code >= 0x80) size += code < 0x800 || (code >= 0xd800 && code < 0xe000) ? 1 : 2;
  }
  return size;
}
