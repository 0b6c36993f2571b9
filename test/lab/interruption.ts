/** Ctrl-C: whatever is going on, all that this process has registered is taken down, and only then the process exits. */
import { takeDownLeftovers, takeDownOwn } from './registry';

/** Watches for SIGINT, SIGTERM and SIGHUP from its construction on, and for a reader of the output that has gone. */
export class Interruption {
  /** True where an interruption is by now the usual way to end; it decides the exit code. */
  isExpected = false;
  #hasHappened = false;

  constructor(private readonly say: (line: string) => void) {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, this.#begin);
    process.stdout.on('error', this.#begin);
  }

  /** Ends the process, unless an interruption does so already: then what fails while it goes on is no news. */
  exit(code: number, error?: unknown): void {
    if (this.#hasHappened) return;
    if (error !== undefined) console.error(error);
    process.exit(code);
  }

  readonly #begin = (): void => {
    if (this.#hasHappened) return;
    this.#hasHappened = true;
    this.say('\nInterrupted; taking everything down …');
    this.#takeDown().catch((error: unknown) => {
      console.error(error);
      process.exit(1);
    });
  };

  async #takeDown(): Promise<void> {
    await takeDownOwn();
    // A test process that the same Ctrl-C has ended leaves its own things.
    await takeDownLeftovers();
    // Last, because work that was under way may have gone on in between.
    await takeDownOwn();
    process.exit(this.isExpected ? 0 : 130);
  }
}
