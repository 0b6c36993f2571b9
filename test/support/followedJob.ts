/** A job that is followed by the real loop over a real reader, and what its terminal was given. */
import type { FollowedHost } from '../../src/core/follow/followedHost';
import type { FollowedPart, FollowRequest } from '../../src/core/follow/followedPart';
import type { FollowedScreen } from '../../src/core/follow/followScreen';
import { JobFollow, type FollowEnd } from '../../src/core/follow/jobFollow';
import type { JobRun } from '../../src/core/log/logOfRun';
import type { HostReader } from '../../src/core/ports';
import type { Problem } from '../../src/core/problem';
import { HostWatch, type HostState } from '../../src/core/watch/hostWatch';
import { systemClock } from '../../src/systemClock';

/** Keeps what a terminal would show, told apart. */
export class KeptScreen implements FollowedScreen {
  readonly said: string[] = [];
  readonly #bytes: Uint8Array[] = [];
  readonly #watchers = new Set<() => void>();
  /** When each update came, in milliseconds of a monotonic clock. */
  readonly updates: number[] = [];
  #size = 0;

  output(bytes: Uint8Array): void {
    this.updates.push(performance.now());
    this.#bytes.push(bytes);
    this.#size += bytes.length;
    this.#look();
  }

  breakOff(): void {
    // The bytes are kept as they came.
  }

  say(line: string): void {
    this.said.push(line);
    this.#look();
  }

  get size(): number {
    return this.#size;
  }

  /** The output so far, whatever was said in between. */
  get bytes(): Buffer {
    return Buffer.concat(this.#bytes);
  }

  get text(): string {
    return this.bytes.toString();
  }

  has(said: RegExp): boolean {
    return this.said.some((line) => said.test(line));
  }

  /** Resolves when the condition holds; looked at after every change. */
  until(condition: (screen: this) => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!condition(this)) return;
        this.#watchers.delete(look);
        resolve();
      };
      this.#watchers.add(look);
      look();
    });
  }

  #look(): void {
    for (const watcher of [...this.#watchers]) watcher();
  }
}

/** A host as following sees it, read by the real watch. */
export class WatchedHost implements FollowedHost {
  readonly name = 'lab';
  readonly watch: HostWatch;
  readonly reader: HostReader;
  /** Requests for parts, as they were made. */
  readonly requests: FollowRequest[] = [];
  readonly #listeners = new Set<() => void>();
  #outage: Problem | null = null;

  constructor(reader: HostReader, intervalMs = 100) {
    this.reader = reader;
    this.watch = new HostWatch({
      ...{ name: this.name, reader, clock: systemClock, random: Math.random, intervalMs: () => intervalMs },
      onUnexpected: (error) => {
        throw error;
      },
    });
    this.watch.onDidChange(() => {
      for (const listener of [...this.#listeners]) listener();
    });
    this.watch.hold();
  }

  get state(): HostState {
    return { ...this.watch.state, problem: this.#outage ?? this.watch.state.problem };
  }

  /** Makes the host look lost, or as it is. */
  setOutage(problem: Problem | null): void {
    this.#outage = problem;
    for (const listener of [...this.#listeners]) listener();
  }

  onDidChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  refresh(): Promise<void> {
    return this.watch.refresh();
  }

  followLog(request: FollowRequest, signal: AbortSignal): Promise<FollowedPart> {
    this.requests.push(request);
    return this.reader.followLog(request, signal);
  }
}

export interface FollowedJob {
  readonly screen: KeptScreen;
  readonly end: Promise<FollowEnd | null>;
  readonly stop: () => void;
}

/** Begins to follow. */
export function followJob(host: FollowedHost, run: Partial<JobRun> & { id: number }, lines = 200): FollowedJob {
  const screen = new KeptScreen();
  const abort = new AbortController();
  const follow = new JobFollow({
    ...{ host, lines, screen, clock: systemClock },
    run: { createdAt: null, start: null, ...run },
  });
  const stop = (): void => {
    abort.abort();
  };
  return { screen, end: follow.run(abort.signal), stop };
}
