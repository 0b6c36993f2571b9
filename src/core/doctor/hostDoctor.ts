/**
 * What an examination says of a host whose queue cannot be read: made once when that begins, and again when a person asks
 * or after a while, never with each try to read.
 */
import type { Clock, HostReader } from '../ports';
import { isProblemError, type Problem, type ProblemCode } from '../problem';
import type { HostWatch } from '../watch/hostWatch';
import { diagnose } from './diagnose';
import { isExplained, saidBy } from './explained';
import { isTelling, type Finding } from './finding';
import type { HostExamination } from './hostExamination';

export interface HostDoctorOptions {
  readonly watch: Pick<HostWatch, 'name' | 'state' | 'onDidChange'>;
  readonly reader: Pick<HostReader, 'examine'>;
  readonly clock: Clock;
  /** For an error that is no known failure. */
  readonly onUnexpected: (error: unknown, host: string) => Problem;
}

/** Longest time that an examination by itself may take. */
const timeoutMs = 15_000;
/** After this long a host that still cannot be read is examined again. */
const renewAfterMs = 10 * 60_000;

export class HostDoctor {
  readonly #options: HostDoctorOptions;
  readonly #listeners: (() => void)[] = [];
  readonly #closing = new AbortController();
  #telling: readonly Finding[] = [];
  /** The failure that the host was examined for, and when. */
  #examined: { readonly code: ProblemCode; readonly at: number } | null = null;

  constructor(options: HostDoctorOptions) {
    this.#options = options;
    options.watch.onDidChange(() => {
      this.#follow();
    });
  }

  /** Findings that may explain why the host cannot be read. The same list until it changes. */
  get telling(): readonly Finding[] {
    return this.#telling;
  }

  onDidChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** A person has perhaps changed something on the host: the next reading that fails is examined anew. */
  lookAgain(): void {
    this.#examined = null;
  }

  /**
   * Examines now, for an audit or for diagnostics.
   *
   * @throws ProblemError
   */
  examine(signal: AbortSignal, limitMs: number): Promise<HostExamination> {
    return this.#options.reader.examine(signal, limitMs);
  }

  close(): void {
    this.#closing.abort();
  }

  #follow(): void {
    const { watch, clock } = this.#options;
    const code = watch.state.problem?.code ?? null;
    if (code === null || !isExplained(code)) {
      this.#examined = null;
      this.#tell([]);
      return;
    }
    const now = clock.monotonic();
    if (this.#examined?.code === code && now - this.#examined.at < renewAfterMs) return;
    this.#examined = { code, at: now };
    // Cannot reject: every failure leaves the host without findings.
    void this.#explain(code);
  }

  async #explain(code: ProblemCode): Promise<void> {
    const { watch, reader, onUnexpected } = this.#options;
    try {
      const examination = await reader.examine(this.#closing.signal, timeoutMs);
      // The host may be well again by now, or fail in another way, which has an examination of its own.
      if (watch.state.problem?.code !== code) return;
      const said = saidBy(code);
      this.#tell(diagnose(examination, false).filter((each) => isTelling(each) && !said.includes(each.subject)));
    } catch (error) {
      // A known failure says nothing beyond what the host's row says already.
      if (!isProblemError(error)) onUnexpected(error, watch.name);
    }
  }

  #tell(findings: readonly Finding[]): void {
    if (findings.length === 0 && this.#telling.length === 0) return;
    this.#telling = findings;
    for (const listener of this.#listeners) listener();
  }
}
