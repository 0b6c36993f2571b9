/**
 * What a login shell and its startup files print before the helper's greeting. It is skipped up to the greeting line,
 * whose text nobody could know before, and never shown.
 */

/** Most output that is skipped while waiting for the greeting. */
const noiseCap = 8 << 20;

export class Preamble {
  readonly #line: Buffer;
  #tail: Buffer = Buffer.from('\n');
  #skipped = 0;
  #found = false;

  constructor(greeting: string) {
    this.#line = Buffer.from(`\n${greeting}\n`, 'ascii');
  }

  get found(): boolean {
    return this.#found;
  }

  /** Bytes of other output so far. */
  get skipped(): number {
    return this.#skipped;
  }

  /**
   * @returns the bytes behind the greeting, or `null` while it has not come
   * @throws RangeError when more noise came than is skipped
   */
  feed(bytes: Uint8Array): Uint8Array | null {
    if (this.#found) return bytes;
    const seen = Buffer.concat([this.#tail, bytes]);
    const at = seen.indexOf(this.#line);
    if (at >= 0) {
      this.#found = true;
      this.#skipped += Math.max(0, at - this.#tail.length);
      return seen.subarray(at + this.#line.length);
    }
    this.#skipped += bytes.byteLength;
    if (this.#skipped > noiseCap) throw new RangeError('more than 8 MiB of other output came first');
    // The greeting may lie across two chunks.
    this.#tail = seen.subarray(Math.max(0, seen.length - this.#line.length + 1));
    return null;
  }
}
