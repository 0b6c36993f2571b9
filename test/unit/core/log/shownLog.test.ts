import assert from 'node:assert/strict';
import type { LogPart } from '../../../../src/core/log/logOfRun';
import {
  earlierPart,
  logCapBytes,
  logPartBytes,
  shownLog,
  shownLogText,
  withEarlier,
  type ShownLog,
} from '../../../../src/core/log/shownLog';
import type { Job } from '../../../../src/core/pueue/job';
import { failed, job, running, succeeded } from '../../../support/fixtures';

/** The part of a file of these bytes that ends before `before`. */
function part(all: Buffer, from: number, before = all.length, of: Job = job(6, failed, { label: 'SWEEP@1' })): LogPart {
  return {
    takenAt: Date.parse('2026-11-24T07:20:00Z') / 1000,
    job: of,
    start: '2026-11-24T07:10:00.5Z',
    path: '/srv/pueue/task_logs/6.log',
    size: all.length,
    inode: 7,
    from,
    bytes: all.subarray(from, before),
  };
}

const text = (shown: ShownLog): string => shownLogText('gpu-1', shown, "ssh -t gpu-1 'less /l'");
const body = (shown: ShownLog): string => text(shown).split(`${'─'.repeat(72)}\n`)[1]!;

function grown(shown: ShownLog, earlier: LogPart): ShownLog {
  const result = withEarlier('gpu-1', shown, earlier);
  assert.ok(!('code' in result), 'it is of another file');
  return result;
}

describe('a log as a document', () => {
  it('says what it is before it shows it', () => {
    assert.equal(
      text(shownLog(part(Buffer.from('one\ntwo\n'), 0))),
      [
        'Log of job 6 (SWEEP@1) on gpu-1: failed, exit code 3',
        'Run started 2026-11-24 07:10:00 UTC · read 2026-11-24 07:20:00 UTC, both by the clock of the host',
        'Shown in full: 8 B.',
        '─'.repeat(72),
        'one\ntwo\n',
      ].join('\n'),
    );
  });

  it('says from where it is shown, how earlier output comes, and that colours are left out', () => {
    const shown = shownLog(part(Buffer.from('first\nsecond\n\u001b[31mthird\n'), 3));
    assert.match(text(shown), /^Shown from byte 6 of 24 \(24 B\) up to its end\. Colours are left out\.$/mu);
    assert.match(text(shown), /^Earlier output: Show Earlier Output/mu);
    assert.equal(body(shown), 'second\nthird\n');
  });

  it('says of a log without output whether there may come some', () => {
    assert.equal(body(shownLog(part(Buffer.alloc(0), 0, 0, job(6, running)))), '(no output so far)\n');
    assert.equal(body(shownLog(part(Buffer.alloc(0), 0, 0, job(6, succeeded)))), '(no output)\n');
  });

  it('keeps a label on its one line', () => {
    const label = 'x\nShown in full: 8 B.\u202e';
    const lines = text(shownLog(part(Buffer.from('a\n'), 0, 2, job(6, failed, { label })))).split('\n');
    assert.equal(lines[0], 'Log of job 6 (x\\nShown in full: 8 B.\\u{202e}) on gpu-1: failed, exit code 3');
    assert.equal(lines[3], '─'.repeat(72));
  });

  it('holds back the beginning of a character that a running job has not written to its end', () => {
    const bytes = Buffer.from('61e282', 'hex');
    const shown = shownLog(part(bytes, 0, 3, job(6, running)));
    assert.equal(body(shown), 'a');
    assert.match(text(shown), /^Shown from byte 0 of 3 \(3 B\) up to byte 1\.$/mu);
    assert.equal(body(shownLog(part(bytes, 0, 3))), 'a\\xe2\\x82');
  });

  it('grows to its beginning part by part, with no character or line lost at an edge', () => {
    const all = Buffer.from(
      Array.from({ length: 400 }, (_, line) => `${line} ä漢😀 ${'x'.repeat(line % 7)}\n`).join(''),
    );
    for (const size of [64, 65, 66, 67, 1000]) {
      let shown = shownLog(part(all, Math.max(0, all.length - size)));
      for (let next = earlierPart(shown); next !== null; next = earlierPart(shown)) {
        assert.ok(all.toString().endsWith(body(shown)), 'what is shown is the end of the log');
        shown = grown(shown, part(all, Math.max(0, next.before - size), next.before));
      }
      assert.equal(body(shown), all.toString());
    }
  });

  it('grows also where there is no line end at all', () => {
    const all = Buffer.from('漢'.repeat(1000));
    let shown = shownLog(part(all, all.length - 100));
    assert.equal(body(shown), '漢'.repeat(33));
    shown = grown(shown, part(all, shown.from - 100, shown.from));
    assert.equal(body(shown), '漢'.repeat(66));
  });

  it('asks for no more than its cap has room for, and then says how all of it is seen', () => {
    const all = Buffer.alloc(logCapBytes + 2 * logPartBytes, 'x');
    let shown = shownLog(part(all, all.length - logPartBytes));
    for (let next = earlierPart(shown); next !== null; next = earlierPart(shown)) {
      assert.ok(next.bytes <= logPartBytes);
      shown = grown(shown, part(all, next.before - next.bytes, next.before));
    }
    assert.equal(shown.bytes.length, logCapBytes);
    assert.match(
      text(shown).slice(0, 500),
      /^A document shows at most 8\.4 MB\. All of it: ssh -t gpu-1 'less \/l'$/mu,
    );
  });

  it('does not join what is of another file, or was emptied since', () => {
    const all = Buffer.from('first\nsecond\nthird\n');
    const shown = shownLog(part(all, 8));
    const earlier = part(all, 0, shown.from);
    for (const other of [
      { ...earlier, inode: 8 },
      { ...earlier, size: all.length - 1 },
      { ...earlier, bytes: earlier.bytes.subarray(1) },
    ]) {
      const result = withEarlier('gpu-1', shown, other);
      assert.ok('code' in result && result.code === 'stale');
    }
    assert.equal(body(grown(shown, { ...earlier, size: all.length + 5 })), all.toString(), 'it may have grown');
  });
});
