/** Shows notices one message at a time over all hosts; what comes meanwhile is joined into the next one. */
import type { Clock } from '../ports';
import { isEmpty, joined, type Notice } from './notice';

/** What comes this close together is one message: a failure is often seen by two readings, and hosts behind one link are lost together. */
const joinMs = 1_000;
/** A message without an answer holds up the next one for this long: then VS Code has put it away behind its bell. */
const holdMs = 60_000;

export interface NoticeDeskOptions {
  readonly clock: Clock;
  /** What of a notice is still worth telling when its turn comes. */
  readonly current: (notice: Notice) => Notice;
  /** Shows a message, never empty. Resolves when it is gone; never rejects. */
  readonly show: (notices: readonly Notice[]) => Promise<void>;
}

export class NoticeDesk {
  readonly #options: NoticeDeskOptions;
  #waiting: readonly Notice[] = [];
  /** Set while nothing is shown: what comes is being joined, or a message is open. */
  #busy: object | null = null;
  #cancelTimer: () => void = () => undefined;

  constructor(options: NoticeDeskOptions) {
    this.#options = options;
  }

  tell(notice: Notice): void {
    this.#waiting = joined(this.#waiting, notice);
    if (this.#busy === null) this.#hold(joinMs);
  }

  /** Forgets what waits to be told. */
  clear(): void {
    this.#waiting = [];
  }

  close(): void {
    this.clear();
    this.#cancelTimer();
  }

  #hold(ms: number): object {
    const turn = {};
    this.#busy = turn;
    this.#cancelTimer = this.#options.clock.after(ms, () => {
      this.#release(turn);
    });
    return turn;
  }

  #release(turn: object): void {
    if (this.#busy !== turn) return;
    this.#cancelTimer();
    this.#busy = null;
    const notices = this.#waiting.map(this.#options.current).filter((notice) => !isEmpty(notice));
    this.#waiting = [];
    if (notices.length === 0) return;
    const open = this.#hold(holdMs);
    // Cannot reject.
    void this.#options.show(notices).then(() => {
      this.#release(open);
    });
  }
}
