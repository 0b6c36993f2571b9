/** Looks at each state of one host and finds what a person may want to be told. The first reading tells nothing. */
import type { Clock } from '../ports';
import { mayRetryUnattended } from '../problem';
import type { HostState, Reading } from '../watch/hostReadings';
import { drainedGroups, newFailures } from './hostNews';
import { isEmpty, type Notice } from './notice';

/** A host is lost for long after this time without a reading. */
export const lostAfterMs = 300_000;

export interface NewsOfHostOptions {
  readonly host: string;
  readonly clock: Clock;
  readonly onNews: (notice: Notice) => void;
}

export class NewsOfHost {
  readonly #options: NewsOfHostOptions;
  #before: Reading | null = null;
  /** Set while the host fails in a way that may pass by itself. */
  #cancelLoss: (() => void) | null = null;
  #isLossTold = false;

  constructor(options: NewsOfHostOptions) {
    this.#options = options;
  }

  /** To be called with each state, in order. */
  take({ reading, problem }: HostState): void {
    const before = this.#before;
    if (reading !== null && reading !== before) {
      this.#before = reading;
      if (before !== null)
        this.#tell({ failed: newFailures(before, reading), drained: drainedGroups(before, reading) });
    }
    if (problem === null) this.#isLossTold = false;
    // What only a person can change stands in the row; that it lasts is no news.
    const mayPass = problem !== null && mayRetryUnattended(problem.code);
    if (!mayPass || reading === null) this.close();
    else if (this.#cancelLoss === null && !this.#isLossTold)
      this.#cancelLoss = this.#options.clock.after(lostAfterMs, () => {
        this.#isLossTold = true;
        this.#tell({ isLost: true });
      });
  }

  close(): void {
    this.#cancelLoss?.();
    this.#cancelLoss = null;
  }

  #tell(more: Partial<Omit<Notice, 'host'>>): void {
    const notice: Notice = { host: this.#options.host, failed: [], drained: [], isLost: false, ...more };
    if (!isEmpty(notice)) this.#options.onNews(notice);
  }
}
