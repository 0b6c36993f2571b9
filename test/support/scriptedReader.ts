/** A reader whose answers the test gives when it likes. */
import { cancelled } from '../../src/core/hostProblems';
import type { HostReader, PendingQuestion } from '../../src/core/ports';
import { ProblemError, type Problem } from '../../src/core/problem';
import type { HostSnapshot } from '../../src/core/snapshot';
import type { WatchAnswer, WatchRequest } from '../../src/core/watch/watchRequest';

export class ScriptedReader implements HostReader {
  readonly asked: {
    answer(snapshot: HostSnapshot): void;
    fail(problem: Problem): void;
    crash(error: Error): void;
    signal: AbortSignal;
  }[] = [];
  readonly waits: {
    readonly request: WatchRequest;
    readonly signal: AbortSignal;
    /** Whether the host still waits. */
    isOpen: boolean;
    answer(sign: string, blind?: string | null): void;
    fail(problem: Problem): void;
  }[] = [];
  readonly attention: string[] = [];
  lose: (problem: Problem) => void = () => undefined;
  closed = false;
  ask: (question: PendingQuestion | null) => void = () => undefined;
  allowed = 0;

  onDidChangeQuestion(listener: (question: PendingQuestion | null) => void): void {
    this.ask = listener;
  }

  allowQuestions(): void {
    this.allowed += 1;
  }

  watch(request: WatchRequest, signal: AbortSignal): Promise<WatchAnswer> {
    return new Promise((resolve, reject) => {
      const wait = {
        request,
        signal,
        isOpen: true,
        answer: (sign: string, blind: string | null = null) => {
          wait.isOpen = false;
          resolve({ sign, blind });
        },
        fail: (problem: Problem) => {
          wait.isOpen = false;
          reject(new ProblemError(problem));
        },
      };
      signal.addEventListener('abort', () => {
        if (wait.isOpen) wait.fail(cancelled('gpu-1'));
      });
      this.waits.push(wait);
    });
  }

  followLog(): Promise<never> {
    return Promise.reject(new Error('a watch follows no log'));
  }

  examine(): Promise<never> {
    return Promise.reject(new Error('a watch examines nothing'));
  }

  readonly readLog = (): Promise<never> => Promise.reject(new Error('a watch reads no log'));

  readonly readLastLines = (): Promise<never> => Promise.reject(new Error('a watch reads no log'));
  readonly readCheckpoint = (): Promise<never> => Promise.reject(new Error('a watch reads no checkpoint'));

  read(signal: AbortSignal): Promise<HostSnapshot> {
    return new Promise((resolve, reject) => {
      this.asked.push({
        signal,
        answer: resolve,
        fail: (problem) => {
          reject(new ProblemError(problem));
        },
        crash: reject,
      });
    });
  }

  proposeCheckpoints(): Promise<never> {
    return Promise.reject(new Error('nobody asks for proposals here'));
  }

  releaseProcess(): Promise<never> {
    return Promise.reject(new Error('a watch changes nothing'));
  }

  act(): Promise<never> {
    return Promise.reject(new Error('a watch changes nothing'));
  }

  compareEnvironment(): Promise<never> {
    return Promise.reject(new Error('a watch compares no environments'));
  }

  readSnapshots(): Promise<never> {
    return Promise.reject(new Error('a watch reads no snapshots'));
  }

  readSnapshotJobs(): Promise<never> {
    return Promise.reject(new Error('a watch reads no snapshots'));
  }

  setAttention(attention: 'visible' | 'watched' | 'idle'): void {
    this.attention.push(attention);
  }

  onDidLoseLink(listener: (problem: Problem) => void): void {
    this.lose = listener;
  }

  close(): void {
    this.closed = true;
  }
}
