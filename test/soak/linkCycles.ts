/**
 * A link that is cut again and again, in every way and at every moment that a seed picks, and what is left of it: after each
 * cycle the host must have been read anew, the job that is followed must go on with the next byte, and nothing may pile up
 * in this process, on the line or on the host. Now and then the host must tell a change by itself.
 */
import { getEventListeners } from 'node:events';
import { readFileSync } from 'node:fs';
import type { Clock, HostReader } from '../../src/core/ports';
import { unexpectedReading } from '../../src/core/hostProblems';
import { isProblemError, type Problem, type ProblemCode } from '../../src/core/problem';
import type { FollowedHost } from '../../src/core/follow/followedHost';
import { HostWatch, type HostState } from '../../src/core/watch/hostWatch';
import { createHostReader } from '../../src/host/main';
import { descendants } from '../lab/processes';
import { untilStates } from '../lab/queueState';
import type { LabProxy } from '../lab/proxy';
import type { RemoteHost } from '../ssh/remoteHost';
import { hostSettings } from '../support/hostSettings';
import { NumbersFollow, numbersCommand } from './numbersFollow';
import { SkippingClock } from './skippingClock';

/** How the link breaks. */
export const cuts = [
  /** As a program that closes. */
  'fin',
  /** As a firewall or a dead peer. */
  'rst',
  /** In the middle of what the host says. */
  'midReply',
  /** In the middle of what we say. */
  'midRequest',
  /** Again, while it is being made anew. */
  'whileConnecting',
  /** Nothing goes through for a moment, and then everything does. */
  'pause',
  /** Nothing goes through until we have given up. */
  'freeze',
] as const;

export type Cut = (typeof cuts)[number];

/** Something that goes on over the link while it is cut; it ends with its answer, a problem, or by the signal. */
export type UnderWay = (reader: HostReader, signal: AbortSignal) => Promise<unknown>;

export interface CyclesOptions {
  readonly host: RemoteHost;
  readonly transport: 'ssh2' | 'openssh';
  readonly cycles: number;
  readonly random: () => number;
  readonly underWay: readonly UnderWay[];
  /** How many cycles there are between two looks. */
  readonly cyclesALook: number;
  readonly collectGarbage: () => void;
  readonly onLook?: (look: Look) => void;
}

/** What is there after so many cycles, the link being up and nothing being asked. */
export interface Look {
  readonly cycles: number;
  readonly heapBytes: number;
  /** Sockets, pipes and child processes that Node holds. */
  readonly resources: number;
  /** Timers of ours; Node counts none that lets the process end. */
  readonly timers: number;
  /** Listeners on the process and on the signals that last for all cycles. */
  readonly listeners: number;
  /** Connections that the client has not closed. */
  readonly connections: number;
  readonly helpers: number;
  /** Of the helper: one for each request that it is at, and its own. */
  readonly threads: number;
  readonly sshProcesses: number;
}

export interface CyclesOutcome {
  readonly looks: readonly Look[];
  readonly count: Readonly<Record<Cut, number>>;
  readonly warnings: readonly string[];
}

/** Longer than a link may be silent. */
const silenceMs = 21_000;
const momentMs = 30;
/** In real time. What takes longer has hung. */
const returnTimeoutMs = 60_000;
/** How many cycles there are between two changes that the host is to tell by itself. */
const cyclesAChange = 10;
/** Its state is changed, and nothing depends on it. */
const group = 'soak';
/** The helper's own thread, and the one that waits for a change. */
const restingThreads = 2;
/** What may be said of a link that is cut. Anything else is a wrong answer. */
const honest: ReadonlySet<ProblemCode> = new Set<ProblemCode>(['lost', 'unreachable', 'timedOut', 'cancelled']);

/** @throws Error where the link does not come back, or where anything but its loss is told of it */
export async function cutAgainAndAgain(options: CyclesOptions): Promise<CyclesOutcome> {
  const { host, transport, cycles, random, cyclesALook } = options;
  const line = await host.line();
  const clock = new SkippingClock();
  const log = { debug: nothing, info: nothing, warn: nothing };
  const settings = { transport };
  const connector = host.connector(line, settings, clock, log);
  const reader = createHostReader({ settings: hostSettings(line.alias, settings), connector, clock, log });
  const watch = new HonestWatch(line.alias, reader, clock, random);
  const job = await startNumbers(host);
  const warnings: string[] = [];
  const onWarning = ({ name, message }: Error): void => void warnings.push(`${name}: ${message}`);
  process.on('warning', onWarning);
  const count = Object.fromEntries(cuts.map((cut) => [cut, 0])) as Record<Cut, number>;
  const looks: Look[] = [];
  const ending = new AbortController();
  const signals = new Set([ending.signal]);
  const seen = new WeakSet<AbortSignal>();
  const read = reader.read.bind(reader);
  reader.read = (signal, timeoutMs) => {
    // One that is given for a single reading is gone with it, unless it were kept here.
    if (seen.has(signal)) signals.add(signal);
    seen.add(signal);
    return read(signal, timeoutMs);
  };
  try {
    await watch.untilRead('the first connection');
    let follow = new NumbersFollow(watch.followed, clock, job);
    await follow.untilMore(returnTimeoutMs);
    for (let cycle = 1; cycle <= cycles; cycle++) {
      const cut = pick(random);
      count[cut] += 1;
      const running = options.underWay.map((start) => endOf(start(reader, ending.signal)));
      await cutBy(cut, { proxy: line.proxy, watch, clock, random });
      await watch.untilRead(`cycle ${cycle}, after ${cut}`);
      const ends = await Promise.all(running);
      const wrong = ends.find((end) => end !== null && !honest.has(end));
      if (wrong !== undefined)
        throw new Error(`cycle ${cycle}, after ${cut}: what was under way ended as ${String(wrong)}`);
      try {
        await follow.untilMore(returnTimeoutMs);
      } catch (error) {
        throw new Error(`cycle ${cycle}, after ${cut}`, { cause: error });
      }
      if (cycle % cyclesAChange === 0) await changeAndBeTold(host, watch, cycle);
      if (cycle % cyclesALook !== 0) continue;
      await follow.stop();
      const look = await lookAround(options, { proxy: line.proxy, clock, signals }, cycle);
      looks.push(look);
      options.onLook?.(look);
      follow = new NumbersFollow(watch.followed, clock, job);
      await follow.untilMore(returnTimeoutMs);
    }
    await follow.stop();
  } finally {
    ending.abort();
    watch.close();
    process.off('warning', onWarning);
    await endNumbers(host, job);
  }
  await givenUp(line.proxy);
  return { looks, count, warnings };
}

const nothing = (): void => undefined;

/** @returns the id of a job that prints numbers */
async function startNumbers({ pueue }: RemoteHost): Promise<number> {
  const id = await pueue.add(numbersCommand);
  await untilStates(pueue, new Map([[id, 'Running']]));
  await pueue.must(['group', 'add', group]);
  return id;
}

async function endNumbers({ pueue }: RemoteHost, id: number): Promise<void> {
  await pueue.must(['kill', String(id)]);
  await untilStates(pueue, new Map([[id, 'Killed']]));
  await pueue.must(['remove', String(id)]);
  await pueue.must(['group', 'remove', group]);
}

/** Changes the queue, and nobody asks for a reading. */
async function changeAndBeTold({ pueue }: RemoteHost, watch: HonestWatch, cycle: number): Promise<void> {
  const isPaused = (): boolean => watch.statusOf(group) === 'paused';
  const was = isPaused();
  await pueue.must([was ? 'start' : 'pause', '--group', group]);
  await watch.until(() => isPaused() !== was, `cycle ${cycle}: a change of the queue was not told`);
}

function pick(random: () => number): Cut {
  return cuts[Math.floor(random() * cuts.length)]!;
}

/** The watch of a host, held to telling of a cut link nothing but that. */
class HonestWatch {
  readonly #watch: HostWatch;
  readonly #listeners = new Set<() => void>();
  /** The host as following sees it. */
  readonly followed: FollowedHost;
  #wrong: unknown = null;

  constructor(name: string, reader: HostReader, clock: Clock, random: () => number) {
    const onUnexpected = (error: unknown): Problem => {
      this.#wrong = error;
      return unexpectedReading(name);
    };
    // A reading that nobody asked for would not know of the cut.
    const intervalMs = (): number => 24 * 3_600_000;
    this.#watch = new HostWatch({ name, reader, clock, random, intervalMs, onUnexpected });
    this.#watch.onDidChange(() => {
      const { problem } = this.#watch.state;
      if (problem !== null && !honest.has(problem.code))
        this.#wrong ??= new Error(`${problem.code}: ${problem.message}`);
      for (const listener of [...this.#listeners]) listener();
    });
    this.#watch.setVisible(true);
    const state = (): HostState => this.#watch.state;
    this.followed = {
      name,
      get state() {
        return state();
      },
      onDidChange: (listener) => this.#onDidChange(listener),
      refresh: () => this.refresh(),
      followLog: (request, signal) => reader.followLog(request, signal),
    };
  }

  /** In the last reading; `null` where there is no such group. */
  statusOf(group: string): string | null {
    const groups = this.#watch.state.reading?.snapshot.queue.groups;
    return groups?.find(({ name }) => name === group)?.status ?? null;
  }

  /** Resolves when a condition holds, looked at after each change. @throws Error where it does not in time */
  async until(condition: () => boolean, otherwise: string): Promise<void> {
    let stop = nothing;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve, reject) => {
      const look = (): void => {
        if (condition()) resolve();
      };
      timer = setTimeout(() => {
        reject(new Error(otherwise));
      }, returnTimeoutMs);
      stop = this.#onDidChange(look);
      look();
    }).finally(() => {
      stop();
      clearTimeout(timer);
    });
  }

  #onDidChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  refresh(): Promise<void> {
    return this.#watch.refresh();
  }

  /** Resolves when the host has been read again, by itself or because it is asked to. */
  async untilRead(when: string): Promise<void> {
    const began = performance.now();
    do {
      await this.refresh();
      if (this.#wrong !== null) throw new Error(when, { cause: this.#wrong });
      if (performance.now() - began > returnTimeoutMs)
        throw new Error(`${when}: ${this.#watch.state.problem?.message ?? 'nothing'}`);
    } while (this.#watch.state.problem !== null);
    if (this.#watch.state.reading === null) throw new Error(`${when}: there is neither a problem nor a reading`);
  }

  close(): void {
    this.#watch.close();
  }
}

/** Its code where it ended in a problem, `null` where it ended well. */
async function endOf(work: Promise<unknown>): Promise<ProblemCode | null> {
  try {
    await work;
    return null;
  } catch (error) {
    if (!isProblemError(error)) throw error;
    return error.problem.code;
  }
}

async function cutBy(
  cut: Cut,
  { proxy, watch, clock, random }: { proxy: LabProxy; watch: HonestWatch; clock: SkippingClock; random: () => number },
): Promise<void> {
  const bytes = Math.floor(random() * 3_000);
  switch (cut) {
    case 'fin':
    case 'rst':
      proxy.cut(cut);
      return;
    case 'midReply':
    case 'midRequest':
      proxy.cutAfter(cut === 'midReply' ? 'down' : 'up', Math.floor(bytes / 10));
      await watch.refresh();
      // It may have fitted into what was let through.
      proxy.cut('rst');
      return;
    case 'whileConnecting':
      proxy.cutAfter(random() < 0.5 ? 'down' : 'up', bytes);
      proxy.cut('fin');
      await watch.refresh();
      return;
    case 'pause': {
      proxy.freeze();
      const asked = watch.refresh();
      await moment(random);
      proxy.unfreeze();
      await asked;
      return;
    }
    case 'freeze':
      proxy.freeze();
      clock.skip(silenceMs);
      await givenUp(proxy);
      proxy.unfreeze();
  }
}

/** Resolves when the client has closed what is dead. @throws Error where it does not */
async function givenUp(proxy: LabProxy): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const never = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(
        new Error(`${proxy.openCount} connections of a dead link are still open after ${returnTimeoutMs / 1000} s`),
      );
    }, returnTimeoutMs);
  });
  await Promise.race([proxy.until(({ openCount }) => openCount === 0), never]).finally(() => {
    clearTimeout(timer);
  });
}

/** A link is bad for as long as it is bad: this is the one wait that stands for no event. */
async function moment(random: () => number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, random() * momentMs));
}

async function lookAround(
  { host, collectGarbage }: CyclesOptions,
  { proxy, clock, signals }: { proxy: LabProxy; clock: SkippingClock; signals: ReadonlySet<AbortSignal> },
  cycles: number,
): Promise<Look> {
  // The host's side of the cuts ends on its own time.
  for (let tries = 0; tries < 200 && (helpersOf(host).length > 1 || threadsOf(host) > restingThreads); tries++)
    await new Promise((resolve) => setTimeout(resolve, 10));
  collectGarbage();
  const onProcess = process.eventNames().map((name) => process.listenerCount(name));
  const onSignals = [...signals].map((signal) => getEventListeners(signal, 'abort').length);
  return {
    cycles,
    heapBytes: process.memoryUsage().heapUsed,
    // Those of the harness itself come and go.
    resources: process.getActiveResourcesInfo().filter((kind) => kind !== 'Timeout' && kind !== 'Immediate').length,
    timers: clock.pending,
    listeners: [...onProcess, ...onSignals].reduce((sum, each) => sum + each, 0),
    connections: proxy.openCount,
    helpers: helpersOf(host).length,
    threads: threadsOf(host),
    sshProcesses: descendants(process.pid).filter(({ pid }) => nameOf(pid) === 'ssh').length,
  };
}

function helpersOf({ sshd }: RemoteHost): readonly number[] {
  return descendants(sshd.pid)
    .map(({ pid }) => pid)
    .filter((pid) => nameOf(pid).startsWith('python'));
}

/** Of all helpers together. */
function threadsOf(host: RemoteHost): number {
  const counts = helpersOf(host).map((pid) => Number(/^Threads:\s+(\d+)/mu.exec(ofProcess(pid, 'status'))?.[1] ?? 0));
  return counts.reduce((sum, each) => sum + each, 0);
}

/** As the system names it; empty where the process has ended meanwhile. */
function nameOf(pid: number): string {
  return ofProcess(pid, 'comm').trim();
}

/** Empty where the process has ended meanwhile. */
function ofProcess(pid: number, file: 'comm' | 'status'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH')) return '';
    throw error;
  }
}
