/** The loop over a scripted host: outages, files written anew, runs, pace, and the end. */
import assert from 'node:assert/strict';
import type { FollowedHost } from '../../../../src/core/follow/followedHost';
import type { FollowedPart, FollowRequest, ReadPart } from '../../../../src/core/follow/followedPart';
import type { FollowedScreen } from '../../../../src/core/follow/followScreen';
import { JobFollow } from '../../../../src/core/follow/jobFollow';
import { scopeOf } from '../../../../src/core/audit/decide';
import { badReply, cancelled, daemonDown, linkLost } from '../../../../src/core/hostProblems';
import type { JobRun } from '../../../../src/core/log/logOfRun';
import { ProblemError, type Problem } from '../../../../src/core/problem';
import type { Job, JobState } from '../../../../src/core/pueue/job';
import type { HostState } from '../../../../src/core/watch/hostWatch';
import { FakeClock } from '../../../support/fakeClock';
import { failed, job, queued, running, snapshot, succeeded } from '../../../support/fixtures';

interface Asked {
  readonly request: FollowRequest;
  answer(part: FollowedPart): void;
  fail(problem: Problem): void;
  readonly signal: AbortSignal;
}

const later: JobState = { kind: 'running', start: '2026-11-24T07:30:00Z' };
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
};

class Scripted implements FollowedHost, FollowedScreen {
  readonly name = 'gpu-1';
  readonly clock = new FakeClock();
  /** What was shown and said, in order. */
  readonly shown: string[] = [];
  readonly asked: Asked[] = [];
  readonly updates: number[] = [];
  state: HostState | null = null;
  refreshed = 0;
  onRefresh: () => void = () => undefined;
  #listener: () => void = () => undefined;

  onDidChange(listener: () => void): () => void {
    this.#listener = listener;
    return () => {
      this.#listener = () => undefined;
    };
  }

  refresh(): Promise<void> {
    this.refreshed += 1;
    this.onRefresh();
    return Promise.resolve();
  }

  followLog(request: FollowRequest, signal: AbortSignal): Promise<FollowedPart> {
    return new Promise((resolve, reject) => {
      const fail = (problem: Problem): void => {
        reject(new ProblemError(problem));
      };
      this.asked.push({ request, answer: resolve, fail, signal });
      signal.addEventListener('abort', () => {
        fail(cancelled(this.name));
      });
    });
  }

  output(bytes: Uint8Array): void {
    this.updates.push(this.clock.monotonic());
    this.shown.push(Buffer.from(bytes).toString());
  }

  breakOff(): void {
    // Only the terminal's own text knows of it.
  }

  say(line: string): void {
    this.shown.push(`> ${line}`);
  }

  set(jobs: readonly Job[], problem: Problem | null = null): void {
    const read = snapshot(jobs);
    this.state = {
      reading: { snapshot: read, scope: scopeOf(read), readAt: 0, readAtWall: 0 },
      problem,
      question: null,
    };
    this.#listener();
  }

  lose(problem: Problem): void {
    this.state = { ...this.state!, problem };
    this.#listener();
  }

  remove(): void {
    this.state = null;
    this.#listener();
  }

  get last(): Asked {
    return this.asked.at(-1)!;
  }
}

const part = (text: string, offset: number, more: Partial<ReadPart> = {}): ReadPart => ({
  ...{
    state: 'whole',
    position: { offset, mark: `mark-${offset}` },
    skipped: 0,
    bytes: Buffer.from(text),
    size: offset,
  },
  ...{ modified: Date.parse('2026-11-24T07:40:00Z') / 1000, path: '/logs/1.log', ...more },
});

function following(state: JobState, run: Partial<JobRun> = {}) {
  const host = new Scripted();
  host.set([job(1, state)]);
  const stop = new AbortController();
  const follow = new JobFollow({
    ...{ host, clock: host.clock, screen: host, lines: 200 },
    run: { id: 1, createdAt: job(1, state).createdAt, start: null, ...run },
  });
  const end = follow.run(stop.signal);
  /** Answers the request that is under way, and lets its update be shown. */
  const give = async (given: FollowedPart): Promise<void> => {
    host.last.answer(given);
    await settle();
    host.clock.advance(100);
    await settle();
  };
  return { host, end, stop, give };
}

describe('following a job', () => {
  it('asks for the last lines, and then for what is behind each part', async () => {
    const { host, give } = following(running);
    await settle();
    assert.deepEqual(host.last.request, { job: 1, position: null, lines: 200, forMs: 60_000 });
    await give(part('a\n', 2));
    assert.deepEqual(host.last.request.position, { offset: 2, mark: 'mark-2' });
    await give(part('b\n', 4));
    assert.deepEqual(host.shown.slice(1), ['a\n', 'b\n']);
  });

  it('has one request under way, and shows at most ten updates a second', async () => {
    const { host } = following(running);
    await settle();
    for (let turn = 0; turn < 200; turn += 1) {
      const before = host.asked.length;
      host.last.answer(part('x', turn + 1));
      await settle();
      assert.ok(host.asked.length <= before + 1);
      // The host answers faster than anybody reads.
      while (host.asked.length === before) {
        host.clock.advance(10);
        await settle();
      }
    }
    assert.equal(host.updates.length, 200);
    const gaps = host.updates.slice(1).map((at, index) => at - host.updates[index]!);
    assert.ok(Math.min(...gaps) >= 100, String(Math.min(...gaps)));
  });

  it('says once that the link was lost, asks nothing meanwhile, and goes on where it stopped', async () => {
    const { host, give } = following(running);
    await settle();
    await give(part('a\n', 2));
    const { signal } = host.last;
    host.lose(linkLost('gpu-1', 'reset'));
    await settle();
    assert.ok(signal.aborted);
    const asked = host.asked.length;
    host.lose({ ...linkLost('gpu-1', 'x'), code: 'unreachable' });
    host.clock.advance(12_000);
    await settle();
    assert.equal(host.asked.length, asked);
    host.set([job(1, running)]);
    await settle();
    assert.deepEqual(host.last.request.position, { offset: 2, mark: 'mark-2' });
    await give(part('b\n', 4));
    assert.equal(host.shown.length, 5, host.shown.join('\n'));
    assert.match(
      host.shown[2]!,
      /^> \d{4}-.* UTC: gpu-1: the link was lost \(reset\)\. .* following goes on by itself then\.$/u,
    );
    assert.equal(host.shown[3], '> The host is back after 12 s; following goes on.');
    assert.equal(host.shown[4], 'b\n');
  });

  it('hurries no update where the run ends meanwhile, and shows none where it is told to stop', async () => {
    for (const isStopped of [false, true]) {
      const { host, stop, end } = following(running);
      await settle();
      host.last.answer(part('a\n', 2));
      await settle();
      host.last.answer(part('b\n', 4));
      await settle();
      host.clock.advance(40);
      if (isStopped) stop.abort();
      else host.set([job(1, failed)]);
      await settle();
      assert.equal(host.updates.length, 1);
      host.clock.advance(60);
      await settle();
      assert.deepEqual(host.updates.length, isStopped ? 1 : 2);
      stop.abort();
      await end;
    }
  });

  it('counts no part that came while the link was lost, or the run ended, as shown', async () => {
    const { host } = following(running);
    await settle();
    host.last.answer(part('a\n', 2));
    await settle();
    host.last.answer(part('b\n', 4));
    await settle();
    // The update has to wait for its turn; meanwhile the host is lost.
    host.lose(linkLost('gpu-1', 'reset'));
    host.clock.advance(1000);
    await settle();
    assert.deepEqual(
      host.shown.filter((text) => !text.startsWith('>')),
      ['a\n'],
    );
    host.set([job(1, running)]);
    await settle();
    assert.deepEqual(host.last.request.position, { offset: 2, mark: 'mark-2' });
  });

  it('says anew where another kind of problem keeps the host away', async () => {
    const { host } = following(running);
    host.lose(linkLost('gpu-1', 'reset'));
    await settle();
    host.lose({ code: 'hostKeyChanged', message: 'gpu-1: another key.', next: 'Compare it.' });
    await settle();
    assert.match(host.shown.at(-1)!, /another key\. Compare it\.$/u);
    host.lose(daemonDown('gpu-1', ['pueue']));
    await settle();
    assert.equal(host.shown.length, 4);
    // It is said once that nothing is known of the jobs.
    assert.match(
      host.shown.at(-1)!,
      /jobs are doing is not known\. Following goes on by itself once it answers again\.$/u,
    );
  });

  it('begins with the first byte of a run that it saw begin, and says that it was restarted', async () => {
    const { host, give } = following(running);
    await settle();
    await give(part('a\n', 2));
    host.set([job(1, later)]);
    await settle();
    assert.deepEqual(host.last.request, { job: 1, position: null, lines: null, forMs: 60_000 });
    assert.equal(
      host.shown.at(-1),
      '> Restarted in place: what follows is of the run that began 2026-11-24 07:30:00 UTC.',
    );
  });

  it('waits while it is queued, says why it waits as that changes, and reads no file', async () => {
    const { host } = following(queued);
    await settle();
    host.set([job(1, queued), job(2, running), job(3, running)]);
    await settle();
    host.set([job(1, queued), job(2, running), job(3, running)]);
    await settle();
    assert.equal(host.asked.length, 0);
    assert.deepEqual(host.shown.slice(1), [
      '> Not started yet: about to start.',
      '> Not started yet: no free slot (2 of 2 slots used).',
    ]);
    host.set([job(1, running)]);
    await settle();
    assert.equal(host.shown.at(-1), '> Started 2026-11-24 07:10:00 UTC.');
    assert.equal(host.last.request.lines, null);
  });

  it('asks the queue before it believes a log that was written anew', async () => {
    const { host, give } = following(running);
    await settle();
    await give(part('a\n', 2));
    await give(part('NEW', 3, { state: 'rewritten' }));
    assert.equal(host.refreshed, 1);
    assert.equal(
      host.shown.at(-1),
      '> The log was emptied or replaced while the job ran: what follows begins with its first byte.',
    );
    assert.deepEqual([host.last.request.position, host.last.request.lines], [null, null]);
  });

  it('takes a log that was written anew for the next run where the queue says so', async () => {
    const { host, give } = following(running);
    await settle();
    await give(part('a\n', 2));
    host.onRefresh = () => {
      host.set([job(1, later)]);
    };
    await give(part('NEW', 3, { state: 'rewritten' }));
    assert.ok(!host.shown.some((text) => text.includes('emptied') || text.includes('NEW')));
    assert.match(host.shown.at(-1)!, /^> Restarted in place/u);
    assert.equal(host.last.request.position, null);
  });

  it('goes on silently where a log was only touched', async () => {
    const { host, give } = following(running);
    await settle();
    await give(part('a\n', 2));
    await give(part('', 2, { state: 'touched', position: { offset: 2, mark: 'touched' } }));
    assert.equal(host.refreshed, 1);
    assert.equal(host.shown.length, 2);
    assert.equal(host.last.request.position?.mark, 'touched');
  });

  it('reads the queue at most once a second, however often a log is written anew', async () => {
    const { host } = following(running);
    await settle();
    for (let turn = 0; turn < 100; turn += 1) {
      host.last.answer(part('x', 1, { state: 'rewritten' }));
      await settle();
      host.clock.advance(100);
      await settle();
    }
    assert.ok(host.refreshed <= 11, String(host.refreshed));
  });

  it('asks a host that is dear to read no oftener than its cost allows, and stops waiting where the run is another one', async () => {
    const { host } = following(running);
    const read = snapshot([job(1, running)], { hostMilliseconds: 1_500 });
    host.state = { ...host.state!, reading: { ...host.state!.reading!, snapshot: read } };
    const doubt = async (): Promise<void> => {
      await settle();
      host.last.answer(part('x', 1, { state: 'rewritten' }));
      await settle();
    };
    await doubt();
    assert.equal(host.refreshed, 1, 'the first time at once');
    await doubt();
    host.clock.advance(74_999);
    await settle();
    assert.equal(host.refreshed, 1);
    host.clock.advance(1);
    await settle();
    assert.equal(host.refreshed, 2);
    await doubt();
    host.set([job(1, later)]);
    await settle();
    assert.equal(host.refreshed, 2);
    assert.match(host.shown.at(-1)!, /Restarted in place/u);
  });

  it('shows a log to its end after it is told that the run is over', async () => {
    const { host, give, end } = following(running);
    await settle();
    await give(part('a\n', 2));
    host.set([job(1, failed)]);
    await settle();
    assert.deepEqual(host.last.request, { job: 1, position: { offset: 2, mark: 'mark-2' }, lines: 200, forMs: 0 });
    // What a process that outlived it writes behind the size that it had is not waited for.
    await give(part('b\n', 4, { size: 6 }));
    await give(part('c\nd\n', 8, { size: 100 }));
    assert.deepEqual(await end, { hasLog: true });
    assert.deepEqual(host.shown.slice(1), ['a\n', 'b\n', 'c\nd\n', '> Job 1 failed with exit code 3 after 1 min.']);
  });

  it('says what was left out, before the part and on the way', async () => {
    const { host, give } = following(running);
    await settle();
    await give(part('a\n', 1_000_002, { skipped: 1_000_000 }));
    await give(part('b\n', 21_000_004, { skipped: 20_000_000 }));
    assert.deepEqual(host.shown.slice(1), [
      '> 1 MB before this are not shown here: Open Log.',
      'a\n',
      '> 20 MB (20000000 bytes) are left out here, because the output comes faster than it can be shown: Open Log.',
      'b\n',
    ]);
  });

  it('says once why a log cannot be read, and still how the run ended', async () => {
    const { host, end } = following(running);
    await settle();
    host.last.fail(badReply('gpu-1', 'x'));
    await settle();
    host.set([job(1, running)]);
    await settle();
    assert.equal(host.asked.length, 1);
    host.set([job(1, succeeded)]);
    assert.deepEqual(await end, { hasLog: true });
    assert.equal(host.shown.length, 3);
  });

  it('tries again after a second where there was no answer though the host is well', async () => {
    const { host } = following(running);
    await settle();
    host.last.fail({ ...linkLost('gpu-1', 'x'), code: 'timedOut' });
    await settle();
    assert.equal(host.asked.length, 1);
    host.clock.advance(1000);
    await settle();
    assert.equal(host.asked.length, 2);
  });

  it('ends where the host is removed from the settings, and where the job is', async () => {
    const one = following(running);
    await settle();
    one.host.remove();
    assert.deepEqual(await one.end, { hasLog: false });
    assert.match(one.host.shown.at(-1)!, /gpu-1: the host is not configured any more/u);
    const other = following(running);
    await settle();
    other.host.set([]);
    assert.deepEqual(await other.end, { hasLog: false });
    assert.match(other.host.shown.at(-1)!, /job 1 is no longer in the queue/u);
  });

  it('stops when it is told to, whatever it waits for, and takes its request back', async () => {
    for (const state of [running, queued]) {
      const { host, stop, end } = following(state);
      await settle();
      stop.abort();
      assert.equal(await end, null);
      assert.ok(host.asked.every(({ signal }) => signal.aborted));
      assert.equal(host.clock.next, null);
    }
  });

  it('knows of a run that was seen before it is followed', async () => {
    const { host } = following(later, { start: '2026-11-24T07:10:00Z' });
    await settle();
    assert.match(host.shown.at(-1)!, /^> Restarted in place/u);
    assert.equal(host.last.request.lines, null);
  });
});
