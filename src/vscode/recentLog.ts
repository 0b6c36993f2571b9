/** Passes lines on to the log, and keeps the last of them for diagnostics. */
import type { Log } from '../core/ports';

/** Lines that are kept: an afternoon of a host that comes and goes. */
const kept = 500;
const longestLine = 500;

export class RecentLog implements Log {
  readonly #log: Log;
  readonly #now: () => number;
  readonly #lines: { readonly message: string; readonly shown: string }[] = [];

  /** @param now wall clock, in milliseconds since the epoch */
  constructor(log: Log, now: () => number) {
    this.#log = log;
    this.#now = now;
  }

  readonly debug = (message: string): void => {
    this.#keep('debug', message);
    this.#log.debug(message);
  };

  readonly info = (message: string): void => {
    this.#keep('info', message);
    this.#log.info(message);
  };

  readonly warn = (message: string): void => {
    this.#keep('warn', message);
    this.#log.warn(message);
  };

  /** All lines, the newest last, with the time and the level in front. */
  get lines(): readonly string[] {
    return this.#lines.map(({ shown }) => shown);
  }

  /** Those about one host: they begin with its name. */
  about(host: string): readonly string[] {
    return this.#lines.filter(({ message }) => message.startsWith(`${host}: `)).map(({ shown }) => shown);
  }

  #keep(level: string, message: string): void {
    const time = new Date(this.#now()).toISOString().slice(11, 19);
    const head = message.slice(0, longestLine);
    this.#lines.push({ message: head, shown: `${time} ${level} ${head}` });
    if (this.#lines.length > kept) this.#lines.shift();
  }
}
