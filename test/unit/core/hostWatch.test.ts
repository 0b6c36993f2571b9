import assert from 'node:assert/strict';
import { badReply, daemonDown, linkLost, pueueMissing, silentHost, timedOut } from '../../../src/core/hostProblems';
import { ProblemError, type Problem } from '../../../src/core/problem';
import { retryPauseMs } from '../../../src/core/watch/backOff';
import { HostWatch, type HostWatchOptions } from '../../../src/core/watch/hostWatch';
import { FakeClock } from '../../support/fakeClock';
import { job, running, snapshot } from '../../support/fixtures';
import { ScriptedReader } from '../../support/scriptedReader';

function watched(more: Partial<HostWatchOptions> = {}) {
  const reader = new ScriptedReader();
  const clock = new FakeClock();
  const watch = new HostWatch({
    ...{ name: 'gpu-1', reader, clock, random: () => 0.5, intervalMs: () => 60_000 },
    onUnexpected: (error) => {
      throw error;
    },
    ...more,
  });
  return { reader, clock, watch };
}

/** Lets promises that have settled run on. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const one = snapshot([job(1, running)]);
const two = snapshot([job(1, running), job(2, running)]);
const signal = new AbortController().signal;

describe('the watch of a host', () => {
  it('reads nothing while nobody looks', () => {
    const { reader, clock } = watched();
    clock.advance(3_600_000);
    assert.equal(reader.asked.length, 0);
  });

  it('reads at once when it becomes visible, then each interval after the last answer, and no more when hidden', async () => {
    const { reader, clock, watch } = watched();
    watch.setVisible(true);
    clock.advance(0);
    assert.equal(reader.asked.length, 1);
    clock.advance(120_000);
    assert.equal(reader.asked.length, 1, 'never two polls at once');
    reader.asked[0]!.answer(one);
    await settled();
    assert.equal(watch.state.reading?.scope.live.length, 1);
    clock.advance(59_999);
    assert.equal(reader.asked.length, 1);
    clock.advance(1);
    assert.equal(reader.asked.length, 2);
    reader.asked[1]!.answer(two);
    await settled();
    watch.setVisible(false);
    clock.advance(3_600_000);
    assert.equal(reader.asked.length, 2);
    assert.deepEqual(reader.attention, ['visible', 'idle']);
    watch.setVisible(true);
    clock.advance(0);
    assert.equal(reader.asked.length, 3);
  });

  it('waits longer where a reading is dear: at most 2 % of a core', async () => {
    const { reader, clock, watch } = watched();
    watch.setVisible(true);
    clock.advance(0);
    reader.asked[0]!.answer({ ...one, hostMilliseconds: 3_000 });
    await settled();
    clock.advance(149_999);
    assert.equal(reader.asked.length, 1);
    clock.advance(1);
    assert.equal(reader.asked.length, 2);
  });

  it('keeps the last snapshot when the host drops, with the reason', async () => {
    const { reader, clock, watch } = watched();
    watch.setVisible(true);
    clock.advance(0);
    reader.asked[0]!.answer(one);
    await settled();
    reader.lose(linkLost('gpu-1', 'cut'));
    assert.equal(watch.state.problem?.code, 'lost');
    assert.equal(watch.state.reading?.snapshot, one);
    clock.advance(750);
    assert.equal(reader.asked.length, 2, 'tried again within a second');
    reader.asked[1]!.answer(two);
    await settled();
    assert.equal(watch.state.problem, null);
    assert.equal(watch.state.reading.snapshot, two);
  });

  it('takes the answer of a reading that went on over a fresh link', async () => {
    const { reader, watch } = watched();
    const reading = watch.refresh();
    reader.lose(linkLost('gpu-1', 'cut'));
    assert.equal(watch.state.problem, null);
    reader.asked[0]!.answer(one);
    await reading;
    assert.deepEqual([watch.state.problem, watch.state.reading?.snapshot], [null, one]);
  });

  it('drops an answer that comes after the answer of a later question', async () => {
    const { reader, watch } = watched();
    const early = watch.read(signal, 1000);
    const late = watch.read(signal, 1000);
    reader.asked[1]!.answer(two);
    await late;
    reader.asked[0]!.answer(one);
    assert.equal(await early, one, 'who asked still gets it');
    assert.equal(watch.state.reading?.snapshot, two);
  });

  it('reads for an audit beside a poll that began earlier', async () => {
    const { reader, watch } = watched();
    const poll = watch.refresh();
    const audit = watch.read(signal, 1000);
    assert.equal(reader.asked.length, 2);
    reader.asked[1]!.answer(two);
    await audit;
    assert.equal(watch.state.reading?.snapshot, two);
    reader.asked[0]!.answer(one);
    await poll;
    assert.equal(watch.state.reading.snapshot, two);
  });

  it('joins a refresh to one that is under way, and never to a poll, which may not know what a person has just done', async () => {
    const { reader, clock, watch } = watched();
    watch.setVisible(true);
    clock.advance(0);
    assert.equal(reader.asked.length, 1);
    const both = Promise.all([watch.refresh(), watch.refresh()]);
    assert.equal(reader.asked.length, 2);
    reader.asked[0]!.answer(one);
    reader.asked[1]!.answer(two);
    await both;
    assert.equal(watch.state.reading?.snapshot, two);
  });

  it('lets questions be asked for what a person asks of the host, and not for a poll', () => {
    const { reader, clock, watch } = watched();
    watch.setVisible(true);
    clock.advance(0);
    assert.equal(reader.allowed, 0);
    assert.equal(watch.forPerson(), reader);
    assert.equal(reader.allowed, 1);
  });

  it('tries a host that cannot be reached again, first each second, then ever more rarely', async () => {
    const { reader, clock, watch } = watched();
    watch.setVisible(true);
    clock.advance(0);
    const pauses: number[] = [];
    for (let tries = 0; tries < 400; tries++) {
      reader.asked.at(-1)!.fail(silentHost('gpu-1', 15_000));
      await settled();
      pauses.push(clock.next!);
      clock.advance(clock.next!);
    }
    const total = pauses.reduce((sum, pause) => sum + pause, 0);
    assert.ok(pauses[0]! <= 1000 && pauses[100]! <= 1000);
    assert.ok(Math.max(...pauses) <= 60_000 && pauses.at(-1)! === 30_000, `${total}`);
  });

  it('tries a lost host at once when somebody begins to look', async () => {
    const { reader, clock, watch } = watched();
    watch.setVisible(true);
    clock.advance(0);
    reader.asked[0]!.fail(silentHost('gpu-1', 15_000));
    await settled();
    watch.setVisible(false);
    clock.advance(86_400_000);
    watch.setVisible(true);
    clock.advance(0);
    assert.equal(reader.asked.length, 2);
  });

  it('is eager again at the next outage, however long the last one was', async () => {
    const { reader, clock, watch } = watched();
    watch.setVisible(true);
    clock.advance(0);
    reader.asked[0]!.fail(silentHost('gpu-1', 15_000));
    await settled();
    clock.advance(3_600_000);
    reader.asked[1]!.answer(one);
    await settled();
    reader.lose(linkLost('gpu-1', 'cut'));
    assert.equal(clock.next, 750);
  });

  for (const problem of [daemonDown('gpu-1', ['pueue']), timedOut('gpu-1', 30_000), badReply('gpu-1', 'x')])
    it(`asks a host that answered with ${problem.code} again after an interval, as it may pass by itself`, async () => {
      const { reader, clock, watch } = watched();
      watch.setVisible(true);
      clock.advance(0);
      reader.asked[0]!.fail(problem);
      await settled();
      assert.equal(clock.next, 60_000);
    });

  it('tries a reading that never ends in time ever more rarely, until the host works on it for 2 % of the time', async () => {
    const { reader, clock, watch } = watched({ intervalMs: () => 10_000 });
    watch.setVisible(true);
    const pauses: number[] = [];
    clock.advance(0);
    for (let tries = 0; tries < 12; tries++) {
      clock.advance(30_000);
      reader.asked.at(-1)!.fail(timedOut('gpu-1', 30_000));
      await settled();
      pauses.push(clock.next!);
      clock.advance(clock.next!);
    }
    assert.deepEqual(pauses.slice(0, 4), [10_000, 40_000, 110_000, 250_000]);
    assert.deepEqual(pauses.slice(-2), [1_500_000, 1_500_000]);
  });

  it('tries a reading that was not answered in time soon again, however long the link was lost before', async () => {
    const { reader, clock, watch } = watched({ intervalMs: () => 10_000 });
    watch.setVisible(true);
    clock.advance(0);
    reader.asked.at(-1)!.fail(linkLost('gpu-1', 'cut'));
    await settled();
    clock.advance(3_600_000);
    reader.asked.at(-1)!.fail(timedOut('gpu-1', 30_000));
    await settled();
    assert.equal(clock.next, 10_000);
  });

  it('tries a reading that fails at once, however often, at the interval', async () => {
    const { reader, clock, watch } = watched({ intervalMs: () => 10_000 });
    watch.setVisible(true);
    clock.advance(0);
    for (let tries = 0; tries < 100; tries++) {
      clock.advance(20);
      reader.asked.at(-1)!.fail(daemonDown('gpu-1', ['pueue']));
      await settled();
      assert.equal(clock.next, 10_000);
      clock.advance(10_000);
    }
  });

  it('reads again for who is in doubt, anew and without a question', async () => {
    const { reader, clock, watch } = watched();
    watch.setVisible(true);
    clock.advance(0);
    const doubt = watch.readAgain();
    assert.deepEqual([reader.asked.length, reader.allowed], [2, 0]);
    reader.asked[1]!.fail(badReply('gpu-1', 'x'));
    await doubt;
    assert.equal(watch.state.problem?.code, 'badReply');
  });

  it('does not try again by itself what only a person can change', async () => {
    const { reader, clock, watch } = watched();
    watch.setVisible(true);
    clock.advance(0);
    reader.asked[0]!.fail(pueueMissing('gpu-1', ['PATH']));
    await settled();
    clock.advance(86_400_000);
    assert.equal(reader.asked.length, 1);
    const refresh = watch.refresh();
    reader.asked[1]!.answer(one);
    await refresh;
    assert.equal(watch.state.problem, null);
    clock.advance(60_000);
    assert.equal(reader.asked.length, 3);
  });

  it('shows an error that is no known failure as a problem, and tells it to who asked', async () => {
    const { reader, watch } = watched({ onUnexpected: () => badReply('gpu-1', 'unexpected') });
    const reading = watch.read(signal, 1000);
    reader.asked[0]!.crash(new Error('odd'));
    await assert.rejects(reading, { name: 'ProblemError', cause: new Error('odd') });
    assert.equal(watch.state.problem?.code, 'badReply');
  });

  it('ends what is under way when it is closed, and starts nothing more', async () => {
    const { reader, clock, watch } = watched();
    watch.setVisible(true);
    clock.advance(0);
    watch.close();
    assert.equal(reader.asked[0]!.signal.aborted, true);
    assert.equal(reader.closed, true);
    reader.asked[0]!.fail({ code: 'cancelled', message: '', next: '' });
    await settled();
    clock.advance(86_400_000);
    assert.deepEqual([reader.asked.length, watch.state.problem], [1, null]);
  });
});

describe('the watch of a host that needs an answer of a person', () => {
  const unknown: Problem = { code: 'hostKeyUnknown', message: 'gpu-1', next: 'Refresh' };

  it('lets questions come again by a refresh and by an audit, never by a poll', async () => {
    const { reader, clock, watch } = watched();
    watch.setVisible(true);
    clock.advance(0);
    assert.deepEqual([reader.asked.length, reader.allowed], [1, 0]);
    reader.asked[0]!.fail(unknown);
    await settled();
    clock.advance(86_400_000);
    watch.setVisible(false);
    watch.setVisible(true);
    clock.advance(86_400_000);
    assert.deepEqual([reader.asked.length, reader.allowed], [1, 0], 'nor does the poller read again by itself');
    void watch.refresh();
    assert.equal(reader.allowed, 1);
    void watch.read(signal, 1000).catch(() => undefined);
    assert.equal(reader.allowed, 2);
    void watch.readWithin(signal, 1000).catch(() => undefined);
    assert.equal(reader.allowed, 3);
  });

  for (const [question, code] of [
    ['hostKey', 'hostKeyUnknown'],
    ['passphrase', 'authenticationFailed'],
  ] as const)
    it(`ends a reading among many in time, says that a question waits, and shows its answer later: ${question}`, async () => {
      const { reader, clock, watch } = watched();
      const reading = watch.readWithin(signal, 15_000);
      reader.ask(question);
      clock.advance(15_250);
      await assert.rejects(reading, (error: unknown) => {
        assert.ok(error instanceof ProblemError);
        assert.equal(error.problem.code, code);
        assert.match(error.problem.message, /^gpu-1: not read yet, because a question in VS Code waits for an answer/u);
        return true;
      });
      assert.deepEqual([watch.state.problem, reader.asked[0]!.signal.aborted], [null, false]);
      reader.ask(null);
      reader.asked[0]!.answer(one);
      await settled();
      assert.equal(watch.state.reading?.snapshot, one);
    });

  it('stays while the person looks elsewhere for the answer: only a try that asks nobody is given up with the focus', async () => {
    const { reader, clock, watch } = watched();
    watch.setVisible(true);
    clock.advance(0);
    reader.asked[0]!.fail(silentHost('gpu-1', 5));
    await settled();
    for (const question of ['password', null] as const) {
      clock.advance(1_500);
      const tried = reader.asked.at(-1)!;
      reader.ask(question);
      clock.advance(20_000);
      watch.setFocused(false);
      watch.setFocused(true);
      assert.equal(tried.signal.aborted, question === null);
    }
  });

  it('has something to show as soon as a person is asked, and shows no question when that is over', async () => {
    const { reader, watch } = watched();
    const news = watch.untilFirstNews();
    assert.deepEqual([reader.asked.length, reader.allowed], [1, 0], 'to look is not to act');
    reader.ask('hostKey');
    await news;
    assert.equal(watch.state.question, 'hostKey');
    await watch.untilFirstNews();
    reader.ask(null);
    assert.equal(watch.state.question, null);
    const later = watch.untilFirstNews();
    reader.asked[0]!.answer(one);
    await later;
    await watch.untilFirstNews();
    assert.equal(reader.asked.length, 1);
  });

  it('ends a reading among many in time also where the question was answered shortly before', async () => {
    const { clock, watch } = watched();
    const reading = watch.readWithin(signal, 15_000);
    clock.advance(15_250);
    await assert.rejects(reading, { problem: timedOut('gpu-1', 15_000) });
  });

  it('leaves a reading among many its own words where nobody was asked', async () => {
    const { reader, clock, watch } = watched();
    const reading = watch.readWithin(signal, 15_000);
    clock.advance(15_000);
    reader.asked[0]!.fail(silentHost('gpu-1', 15_000));
    await assert.rejects(reading, { problem: silentHost('gpu-1', 15_000) });
    const answered = watch.readWithin(signal, 15_000);
    reader.asked[1]!.answer(one);
    assert.equal(await answered, one);
    await settled();
    assert.equal(clock.next, null, 'no timer is left');
  });
});

describe('the pause before a retry', () => {
  it('is at most a second for two minutes, and at most a minute ever', () => {
    for (const random of [0, 0.5, 0.999999]) {
      for (const outage of [0, 60_000, 119_999])
        assert.ok(retryPauseMs(outage, random) <= 1000 && retryPauseMs(outage, random) >= 500);
      for (const outage of [120_000, 600_000, 1e12])
        assert.ok(retryPauseMs(outage, random) >= 1000 && retryPauseMs(outage, random) <= 60_000);
    }
    assert.equal(retryPauseMs(1e12, 0.5), 30_000);
  });
});
