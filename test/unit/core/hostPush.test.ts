/** The watch of a host that tells its changes: when it is waited for, when it is read, and what falls back to polling. */
import assert from 'node:assert/strict';
import { badReply, cancelled, daemonDown, linkLost, silentHost } from '../../../src/core/hostProblems';
import type { Problem } from '../../../src/core/problem';
import type { HostSnapshot } from '../../../src/core/snapshot';
import { HostWatch, type HostWatchOptions } from '../../../src/core/watch/hostWatch';
import { FakeClock } from '../../support/fakeClock';
import { job, running, snapshot } from '../../support/fixtures';
import { ScriptedReader } from '../../support/scriptedReader';

/** Lets promises that have settled run on. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const one = snapshot([job(1, running)], { hostMilliseconds: 8 });

function watched(more: Partial<HostWatchOptions> = {}) {
  const reader = new ScriptedReader();
  const clock = new FakeClock();
  const told = { isTold: false };
  const lines: string[] = [];
  const write = (line: string): void => void lines.push(line);
  const watch = new HostWatch({
    ...{ name: 'gpu-1', reader, clock, random: () => 0.5, intervalMs: () => 60_000, isTold: () => told.isTold },
    log: { debug: write, info: write, warn: write },
    onUnexpected: (error) => {
      throw error;
    },
    ...more,
  });
  const pass = async (ms: number): Promise<void> => {
    clock.advance(ms);
    await settled();
  };
  const answer = async (reading: HostSnapshot = one): Promise<void> => {
    reader.asked.at(-1)!.answer(reading);
    await settled();
  };
  const fail = async (problem: Problem): Promise<void> => {
    reader.asked.at(-1)!.fail(problem);
    await settled();
  };
  const sign = async (text: string, blind: string | null = null): Promise<void> => {
    reader.waits.at(-1)!.answer(text, blind);
    await settled();
  };
  /** How often the host looks at the moment; `null` where nothing waits. */
  const pace = (): number | null => {
    const open = reader.waits.filter(({ isOpen }) => isOpen);
    assert.ok(open.length <= 1, 'never two waits at once');
    return open[0]?.request.everyMs ?? null;
  };
  return { reader, clock, watch, told, lines, pass, answer, fail, sign, pace };
}

/** Visible, read, its first sign known and the reading behind that done. */
async function upToDate(more: Partial<HostWatchOptions> = {}) {
  const parts = watched(more);
  parts.watch.setVisible(true);
  await parts.pass(0);
  await parts.answer();
  await parts.sign('a');
  await parts.pass(500);
  await parts.answer();
  await parts.pass(250);
  assert.deepEqual([parts.reader.asked.length, parts.pace()], [2, 250]);
  return parts;
}

describe('a host that tells its changes', () => {
  it('is waited for after its first reading, and read once more when its first sign came, as it may have changed between', async () => {
    const { reader, watch, pass, answer, sign, pace } = watched();
    watch.setVisible(true);
    await pass(0);
    assert.equal(reader.waits.length, 0);
    await answer();
    assert.deepEqual(reader.waits[0]!.request, { sign: null, everyMs: 250, forMs: 60_000 });
    await sign('a');
    await pass(499);
    assert.equal(reader.asked.length, 1);
    await pass(1);
    assert.equal(reader.asked.length, 2);
    await answer();
    assert.deepEqual([reader.waits.at(-1)!.request.sign, pace()], ['a', 250]);
    await pass(59_999);
    assert.equal(reader.asked.length, 2, 'an unchanged host is read at the interval only');
    await pass(1);
    assert.equal(reader.asked.length, 3);
  });

  it('is waited for from how it looked before its first reading, and not read twice for nothing', async () => {
    const { reader, watch, pass, answer, sign, pace } = watched();
    watch.setVisible(true);
    await pass(0);
    await answer({ ...one, sign: 'a' });
    assert.deepEqual([reader.waits[0]!.request.sign, pace()], ['a', 250]);
    await pass(30_000);
    assert.equal(reader.asked.length, 1);
    await sign('b');
    await pass(100);
    assert.equal(reader.asked.length, 2, 'what has changed since that look is read');
    // The sign of a later reading is none to wait with: what the wait has answered last is.
    await answer({ ...one, sign: 'z' });
    assert.equal(reader.waits.at(-1)!.request.sign, 'b');
  });

  it('is read 0.1 s after a change, and once more after the last one', async () => {
    const { reader, pass, answer, sign } = await upToDate();
    await pass(10_000);
    await sign('b');
    await pass(99);
    assert.equal(reader.asked.length, 2);
    await pass(1);
    assert.equal(reader.asked.length, 3);
    await answer();
    await pass(499);
    assert.equal(reader.asked.length, 3);
    await pass(1);
    assert.equal(reader.asked.length, 4);
    await answer();
    await pass(30_000);
    assert.equal(reader.asked.length, 4);
  });

  it('is read a handful of times while a hundred changes come within two seconds', async () => {
    const { reader, pass, answer, sign } = await upToDate();
    await pass(10_000);
    for (let look = 0; look < 8; look++) {
      await sign(`burst ${look}`);
      await pass(250);
      if (reader.asked.length > 2) await answer();
    }
    for (let more = 0; more < 4; more++) {
      await pass(500);
      await answer();
    }
    const count = reader.asked.length - 2;
    assert.ok(count >= 2 && count <= 6, `${count} readings`);
  });

  it('is read again for a change that comes while it is being read', async () => {
    const { reader, pass, answer, sign } = await upToDate();
    await pass(10_000);
    await sign('b');
    await pass(100);
    assert.equal(reader.asked.length, 3);
    await pass(200);
    await sign('c');
    await pass(5_000);
    assert.equal(reader.asked.length, 3, 'never two polls at once');
    await answer();
    await pass(500);
    assert.equal(reader.asked.length, 4);
  });

  it('is read for changes at most as often as costs 2 % of a core', async () => {
    const { reader, pass, answer, sign } = await upToDate();
    await pass(10_000);
    await sign('b');
    await pass(100);
    await answer({ ...one, hostMilliseconds: 1_500 });
    await sign('c');
    await pass(74_000);
    assert.equal(reader.asked.length, 3);
    await pass(1_000);
    assert.equal(reader.asked.length, 4);
  });

  it('is asked at the pace of its looks only, also where each answer is another one or none changes', async () => {
    const { reader, pass, sign } = await upToDate();
    await sign('a');
    const before = reader.waits.length;
    for (let count = 0; count < 6; count++) {
      await sign(count % 2 === 0 ? 'a' : `flicker ${count}`);
      await pass(249);
      assert.equal(reader.waits.length, before + count);
      await pass(1);
      assert.equal(reader.waits.length, before + count + 1);
    }
  });

  it('is looked at more rarely while the window has no focus', async () => {
    const { watch, pace, reader } = await upToDate();
    watch.setFocused(false);
    await settled();
    assert.equal(pace(), 1_000);
    watch.setFocused(true);
    await settled();
    assert.deepEqual([pace(), reader.waits.at(-1)!.request.sign], [250, 'a'], 'nothing is forgotten');
  });

  it('is left alone while nobody looks and nobody wants to be told', async () => {
    const { watch, pass, pace, reader, clock } = await upToDate();
    watch.setVisible(false);
    await settled();
    assert.deepEqual([pace(), clock.next, reader.attention.at(-1)], [null, null, 'idle']);
    await pass(86_400_000);
    assert.equal(reader.asked.length, 2);
    watch.setVisible(true);
    await pass(0);
    assert.equal(reader.asked.length, 3);
    assert.equal(reader.waits.at(-1)!.request.sign, 'a', 'what changed meanwhile is told at once');
  });

  it('is looked at each 10 s and read after changes only while nobody looks and somebody wants to be told', async () => {
    const { told, watch, pass, pace, reader, sign, answer } = await upToDate();
    told.isTold = true;
    watch.setVisible(false);
    await settled();
    assert.deepEqual([pace(), reader.attention.at(-1)], [10_000, 'watched']);
    await pass(3_600_000);
    assert.equal(reader.asked.length, 2);
    await sign('b');
    await pass(100);
    assert.equal(reader.asked.length, 3);
    await answer();
    told.isTold = false;
    watch.settingsChanged();
    await settled();
    assert.deepEqual([pace(), reader.attention.at(-1)], [null, 'idle']);
    told.isTold = true;
    watch.settingsChanged();
    await settled();
    assert.deepEqual([pace(), reader.attention.at(-1)], [10_000, 'watched']);
  });

  it('is not touched before the view or a command has used it, whoever wants to be told', async () => {
    const { told, watch, pass, reader, clock, answer, pace } = watched();
    told.isTold = true;
    watch.settingsChanged();
    watch.setFocused(false);
    watch.setFocused(true);
    watch.wake();
    await pass(3_600_000);
    assert.deepEqual([reader.asked.length, reader.waits.length, reader.attention, clock.next], [0, 0, [], null]);
    void watch.read(new AbortController().signal, 1000);
    await answer();
    assert.equal(pace(), 10_000);
  });

  it('is watched for what holds it as for somebody who looks, until that lets go', async () => {
    const { watch, pass, reader, pace, answer } = watched();
    const first = watch.hold();
    const second = watch.hold();
    watch.setFocused(false);
    await pass(0);
    await answer();
    assert.deepEqual([pace(), reader.attention.at(-1)], [250, 'visible']);
    first();
    first();
    assert.equal(pace(), 250);
    second();
    await settled();
    assert.deepEqual([pace(), reader.attention.at(-1)], [null, 'idle']);
  });

  it('is read at once and once more after an act of ours, whatever a reading costs', async () => {
    const { watch, pass, reader, answer } = await upToDate();
    await pass(10_000);
    const act = watch.afterAct();
    assert.equal(reader.asked.length, 3);
    await answer({ ...one, hostMilliseconds: 3_000 });
    await act;
    await pass(499);
    assert.equal(reader.asked.length, 3);
    await pass(1);
    assert.equal(reader.asked.length, 4);
    await answer({ ...one, hostMilliseconds: 3_000 });
    await pass(100_000);
    assert.equal(reader.asked.length, 4);
  });

  it('is waited for without its daemon too, and read as soon as that is back', async () => {
    const { told, watch, pass, sign, fail, pace, answer } = await upToDate();
    told.isTold = true;
    watch.setVisible(false);
    await pass(10_000);
    await sign('dead');
    await pass(100);
    await fail(daemonDown('gpu-1', ['pueue']));
    await pass(10_000);
    assert.deepEqual([watch.state.problem?.code, pace()], ['daemonDown', 10_000]);
    await sign('alive');
    await pass(100);
    await answer();
    assert.equal(watch.state.problem, null);
  });

  it('is read at the interval too while its daemon does not answer, though nobody looks: it may come back without a sign', async () => {
    const { told, watch, pass, sign, fail, reader, answer } = await upToDate();
    told.isTold = true;
    watch.setVisible(false);
    await pass(10_000);
    await sign('another');
    await pass(100);
    await fail(daemonDown('gpu-1', ['pueue']));
    await pass(500);
    await fail(daemonDown('gpu-1', ['pueue']));
    const asked = reader.asked.length;
    await pass(59_999);
    assert.equal(reader.asked.length, asked);
    await pass(1);
    assert.equal(reader.asked.length, asked + 1);
    await answer();
    assert.equal(watch.state.problem, null);
    await pass(600_000);
    assert.equal(reader.asked.length, asked + 1, 'and then after changes only');
  });

  it('is not waited for over a link that is lost, and told anew from the last sign when it is back', async () => {
    const { reader, pass, answer, pace } = await upToDate();
    reader.lose(linkLost('gpu-1', 'cut'));
    await settled();
    assert.equal(pace(), null);
    await pass(750);
    await answer();
    assert.deepEqual([pace(), reader.waits.at(-1)!.request.sign], [250, 'a']);
  });

  it('is lost where the wait finds no connection any more', async () => {
    const { reader, watch, clock } = await upToDate();
    reader.waits.at(-1)!.fail(silentHost('gpu-1', 15_000));
    await settled();
    assert.deepEqual([watch.state.problem?.code, clock.next], ['unreachable', 750]);
  });
});

describe('a host that does not tell its changes', () => {
  it('is polled at the interval where its waits fail, says so, and is tried again after each reading', async () => {
    const { reader, watch, pass, answer, lines, pace, sign } = await upToDate();
    reader.waits.at(-1)!.fail(badReply('gpu-1', 'unknownOp'));
    await settled();
    assert.equal(watch.state.blind, 'badReply');
    assert.equal(watch.state.problem, null);
    assert.match(lines.join('\n'), /gpu-1: the host does not tell its changes \(badReply\)/u);
    await pass(30_000);
    assert.equal(pace(), null);
    await pass(30_000);
    assert.equal(reader.asked.length, 3);
    await answer();
    assert.equal(pace(), 250);
    await sign('a');
    assert.equal(watch.state.blind, null);
    assert.equal(lines.length, 2);
  });

  it('is polled for who wants to be told, also while nobody looks', async () => {
    const { reader, told, watch, pass, sign, answer } = await upToDate();
    await sign('a', 'noState');
    assert.equal(watch.state.blind, 'noState');
    told.isTold = true;
    watch.setVisible(false);
    await pass(60_000);
    assert.equal(reader.asked.length, 3);
    await answer();
    await pass(59_999);
    assert.equal(reader.asked.length, 3);
    await pass(1);
    assert.equal(reader.asked.length, 4);
  });

  it('keeps its own words where a wait was cancelled by closing', async () => {
    const { reader, watch, lines } = await upToDate();
    watch.close();
    await settled();
    assert.deepEqual([reader.waits.at(-1)!.signal.aborted, lines, watch.state.blind ?? null], [true, [], null]);
  });
});

describe('a link that may be back, or dead', () => {
  it('is asked for a sign of life, and a lost host is tried at once, on wake, on focus and on Refresh', async () => {
    for (const act of [
      (watch: HostWatch) => {
        watch.wake();
      },
      (watch: HostWatch) => {
        watch.setFocused(false);
        watch.setFocused(true);
      },
      (watch: HostWatch) => void watch.refresh(),
    ]) {
      const { reader, watch, pass, fail, answer } = await upToDate();
      const asked = reader.attention.length;
      act(watch);
      assert.deepEqual(reader.attention.slice(asked), ['visible']);
      await answer();
      reader.lose(linkLost('gpu-1', 'cut'));
      await pass(3_600_000);
      await fail(silentHost('gpu-1', 15_000));
      const before = reader.asked.length;
      act(watch);
      await pass(0);
      assert.ok(reader.asked.length > before);
    }
  });

  it('gives up a try that hangs for a new one, and lets a young one go on', async () => {
    const { reader, watch, pass } = await upToDate();
    reader.lose(linkLost('gpu-1', 'cut'));
    await pass(750);
    const hanging = reader.asked.at(-1)!;
    await pass(4_000);
    watch.wake();
    await pass(0);
    assert.deepEqual([hanging.signal.aborted, reader.asked.at(-1)], [false, hanging]);
    await pass(1_000);
    watch.wake();
    await pass(0);
    assert.equal(hanging.signal.aborted, true);
    assert.notEqual(reader.asked.at(-1), hanging);
    hanging.fail(cancelled('gpu-1'));
    await settled();
    assert.equal(watch.state.problem?.code, 'lost');
  });

  it('lets others go first where many hosts begin at once', async () => {
    const { reader, watch, pass } = watched({ startDelayMs: 300 });
    watch.setVisible(true);
    void watch.untilFirstNews();
    await pass(299);
    assert.equal(reader.asked.length, 0);
    await pass(1);
    assert.equal(reader.asked.length, 1);
  });
});
