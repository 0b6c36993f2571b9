/** One direction of a bad link: bytes leave in order, each when its time has come. */
import type { Socket } from 'node:net';

/** Which way bytes travel: up is from the client to the server. */
export type Direction = 'up' | 'down';

/** How bad the link is. */
export interface LineQuality {
  /** One way, in milliseconds; half a round trip where both are equal. */
  readonly delayMs?: Partial<Record<Direction, number>>;
  /** Bytes per second. */
  readonly bandwidth?: Partial<Record<Direction, number>>;
  /** How long the line stands still before the next piece, in milliseconds; asked for each. */
  readonly stallMs?: () => number;
}

/** A line that stands still for `ms` before so many of its pieces. @param random from 0 up to 1 */
export function stalls(part: number, ms: number, random: () => number): () => number {
  return () => (random() < part ? ms : 0);
}

/** How much of a narrow line's time is one piece. A whole read at once would come after a pause that no line makes. */
const pieceSeconds = 0.02;
/** How much of its time a narrow line holds of what it has taken, before its sender has to wait. */
const heldSeconds = 0.5;
const leastPiece = 256;

/** One direction of one connection: bytes leave in order, each chunk when its time has come. */
export class Line {
  readonly #source: Socket;
  readonly #target: Socket;
  readonly #delayMs: number;
  readonly #bandwidth: number;
  readonly #stallMs: () => number;
  readonly #queue: { bytes: Buffer | null; due: number }[] = [];
  #timer: NodeJS.Timeout | null = null;
  #freeAt = 0;
  #frozen = false;
  #held = 0;

  constructor(source: Socket, target: Socket, direction: Direction, quality: LineQuality) {
    this.#source = source;
    this.#target = target;
    this.#delayMs = quality.delayMs?.[direction] ?? 0;
    this.#bandwidth = quality.bandwidth?.[direction] ?? 0;
    this.#stallMs = quality.stallMs ?? (() => 0);
  }

  /** `null` is the end of the sender's half. */
  push(bytes: Buffer | null): void {
    const now = performance.now();
    for (const piece of this.#piecesOf(bytes)) {
      const sendMs = piece === null || this.#bandwidth === 0 ? 0 : (piece.length / this.#bandwidth) * 1000;
      this.#freeAt = Math.max(now, this.#freeAt) + sendMs + this.#stallMs();
      this.#queue.push({ bytes: piece, due: this.#freeAt + this.#delayMs });
      this.#held += piece?.length ?? 0;
    }
    // In a freeze nobody waits: that the sender hangs up is to be seen.
    if (this.#bandwidth > 0 && !this.#frozen && this.#held > this.#bandwidth * heldSeconds) this.#source.pause();
    this.#schedule();
  }

  #piecesOf(bytes: Buffer | null): readonly (Buffer | null)[] {
    if (bytes === null || this.#bandwidth === 0) return [bytes];
    const length = Math.max(leastPiece, Math.floor(this.#bandwidth * pieceSeconds));
    const starts = Array.from({ length: Math.ceil(bytes.length / length) }, (_, index) => index * length);
    return starts.map((start) => bytes.subarray(start, start + length));
  }

  freeze(frozen: boolean): void {
    this.#frozen = frozen;
    if (frozen) this.#source.resume();
    this.#schedule();
  }

  drop(): void {
    this.#queue.length = 0;
    this.#held = 0;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #schedule(): void {
    const head = this.#queue[0];
    if (this.#timer !== null || this.#frozen || head === undefined) return;
    const wait = head.due - performance.now();
    if (wait <= 0) {
      this.#flush();
      return;
    }
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#flush();
    }, wait);
  }

  #flush(): void {
    const now = performance.now();
    // Timers are early by up to a millisecond.
    while (!this.#frozen && this.#queue[0] !== undefined && this.#queue[0].due <= now + 0.5) {
      const bytes = this.#queue.shift()!.bytes;
      this.#held -= bytes?.length ?? 0;
      if (bytes === null) this.#target.end();
      else if (this.#target.writable) this.#target.write(bytes);
    }
    if (this.#source.isPaused() && this.#held <= (this.#bandwidth * heldSeconds) / 2) this.#source.resume();
    this.#schedule();
  }
}
