// Bytes as they arrive from a child, taken from the front; chunks are joined only when enough of them are there.

export class ByteQueue {
  #chunks: Buffer[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(chunk: Buffer): void {
    if (chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.#length += chunk.length;
  }

  /** The next line without its line feed, if it ends within `max` bytes; undefined otherwise. */
  line(max: number): string | undefined {
    const [first] = this.#chunks;
    const front = first !== undefined && first.length >= max ? first : Buffer.concat(this.#chunks);
    const end = front.subarray(0, max).indexOf(10);
    return end < 0
      ? undefined
      : this.take(end + 1)
          .subarray(0, end)
          .toString("latin1");
  }

  /** Exactly `count` bytes, which must be there. */
  take(count: number): Buffer {
    const [first] = this.#chunks;
    const all =
      first !== undefined && (this.#chunks.length === 1 || first.length >= count)
        ? first
        : Buffer.concat(this.#chunks);
    const rest = all === first ? this.#chunks.slice(1) : [];
    this.#chunks = all.length === count ? rest : [all.subarray(count), ...rest];
    this.#length -= count;
    return all.subarray(0, count);
  }
}
