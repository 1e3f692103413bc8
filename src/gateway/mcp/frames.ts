// Cuts a byte stream into lines of bounded length; what is longer is dropped up to its end and reported.

export interface Frames {
  /** Lines that `chunk` completes, without their line feeds; `undefined` stands for one that was too long. */
  push(chunk: Uint8Array): readonly (Uint8Array | undefined)[];
}

const LINE_FEED = 0x0a;

/** A sender that never sends a line feed must not make the process keep everything. */
export function openFrames(maxBytes: number): Frames {
  let parts: Uint8Array[] = [];
  let size = 0;
  const take = (last: Uint8Array): Uint8Array | undefined => {
    const whole = size + last.length > maxBytes ? undefined : Buffer.concat([...parts, last]);
    parts = [];
    size = 0;
    return whole;
  };
  return {
    push(chunk) {
      const lines: (Uint8Array | undefined)[] = [];
      let from = 0;
      for (let feed = chunk.indexOf(LINE_FEED); feed !== -1; feed = chunk.indexOf(LINE_FEED, from)) {
        lines.push(take(chunk.subarray(from, feed)));
        from = feed + 1;
      }
      const rest = chunk.subarray(from);
      size += rest.length;
      if (size > maxBytes) parts = [];
      else if (rest.length > 0) parts.push(rest);
      return lines;
    },
  };
}
