/** A log that is followed over a link that is cut: what came is held against the file. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { LogPosition } from '../../src/core/follow/followedPart';
import type { UnderWay } from './linkCycles';

export class FollowedLog {
  readonly #job: number;
  readonly #hash = createHash('sha256');
  #position: LogPosition | null = null;
  #path: string | null = null;
  #bytes = 0;

  constructor(job: number) {
    this.#job = job;
  }

  /** Asks for what is behind the last byte that came. A part that is lost with the link is asked for again. */
  readonly next: UnderWay = async (reader, signal) => {
    const request = { job: this.#job, position: this.#position, lines: null, forMs: 10_000 };
    const part = await reader.followLog(request, signal);
    if (part.state !== 'whole' || part.skipped > 0) throw new Error(`a log that only grows was told as ${part.state}`);
    this.#position = part.position;
    this.#path = part.path;
    this.#bytes += part.bytes.byteLength;
    this.#hash.update(part.bytes);
  };

  /** One line that says what came. @throws Error where it is not what the file holds */
  async compare(): Promise<string> {
    if (this.#path === null || this.#bytes === 0) throw new Error('nothing of the log has come');
    const file = (await readFile(this.#path)).subarray(0, this.#bytes);
    const same =
      file.length === this.#bytes && createHash('sha256').update(file).digest('hex') === this.#hash.digest('hex');
    if (!same) throw new Error(`the ${this.#bytes} bytes that came of the followed log are not those of the file`);
    return `${this.#bytes} bytes of a log were followed over all cuts; the file holds the same`;
  }
}
