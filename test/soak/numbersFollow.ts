/** A job that prints one number after the other, and one that follows it and misses none. */
import type { FollowedHost } from '../../src/core/follow/followedHost';
import { JobFollow } from '../../src/core/follow/jobFollow';
import type { Clock } from '../../src/core/ports';

const digits = 15;
const whole = new RegExp(`^\\d{${digits}}$`, 'u');

/** A hundred numbers a second. */
export const numbersCommand = `exec python3 -c "
import time
n = 0
while True:
    print('%0${digits}d' % n, flush=True)
    n += 1
    time.sleep(0.01)
"`;

/** Nothing of what it was shown is kept but the last number. */
export class NumbersFollow {
  readonly #abort = new AbortController();
  readonly #end: Promise<unknown>;
  readonly #watchers = new Set<() => void>();
  #last: number | null = null;
  #rest = '';
  #wrong: string | null = null;

  constructor(host: FollowedHost, clock: Clock, id: number) {
    const screen = {
      output: (bytes: Uint8Array): void => {
        this.#take(Buffer.from(bytes).toString('latin1'));
      },
      breakOff: (): void => undefined,
      say: (): void => undefined,
    };
    const run = { id, createdAt: null, start: null };
    this.#end = new JobFollow({ host, run, lines: 1, clock, screen }).run(this.#abort.signal).then((end) => {
      if (!this.#abort.signal.aborted) this.#fail(`following ended by itself: ${JSON.stringify(end)}`);
    });
  }

  /** Resolves when a further number was shown. @throws Error where one is missing or comes twice, or none comes in time */
  async untilMore(timeoutMs: number): Promise<void> {
    const before = this.#last;
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#watchers.delete(look);
        reject(new Error(`nothing was shown in ${timeoutMs / 1000} s after ${String(before)}`));
      }, timeoutMs);
      const look = (): void => {
        if (this.#wrong === null && this.#last === before) return;
        this.#watchers.delete(look);
        clearTimeout(timer);
        if (this.#wrong === null) resolve();
        else reject(new Error(this.#wrong));
      };
      this.#watchers.add(look);
      look();
    });
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    await this.#end;
  }

  #take(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      const isNext = whole.test(line) && (this.#last === null || Number(line) === this.#last + 1);
      if (!isNext) this.#fail(`${JSON.stringify(line)} was shown after ${String(this.#last)}`);
      this.#last = Number(line);
    }
    this.#tell();
  }

  #fail(what: string): void {
    this.#wrong ??= what;
    this.#tell();
  }

  #tell(): void {
    for (const watcher of [...this.#watchers]) watcher();
  }
}
