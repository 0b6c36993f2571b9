/** The examination beside a reading: what the audit waits for, and what it says where there is none. */
import assert from 'node:assert/strict';
import { auditProblem, auditSnapshot } from '../../../../src/core/audit/auditReport';
import { auditText } from '../../../../src/core/audit/auditText';
import { doctorLines, examineBeside, type DoctorReport } from '../../../../src/core/doctor/doctorReport';
import type { HostExamination } from '../../../../src/core/doctor/hostExamination';
import { badReply, cancelled, daemonDown, linkLost } from '../../../../src/core/hostProblems';
import { ProblemError } from '../../../../src/core/problem';
import { examination, room } from '../../../support/examination';
import { FakeClock } from '../../../support/fakeClock';
import { snapshot } from '../../../support/fixtures';

const down = new ProblemError(daemonDown('gpu-1', ['pueue', 'status', '--json']));
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** An examination that ends only where it is cancelled. */
const silent = (signal: AbortSignal): Promise<HostExamination> =>
  new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => {
      reject(new ProblemError(cancelled('gpu-1')));
    });
  });

describe('an examination beside a reading', () => {
  const clock = new FakeClock();
  const beside = (
    examine: (signal: AbortSignal) => Promise<HostExamination>,
    reading: Promise<unknown>,
  ): Promise<DoctorReport | null> => examineBeside('gpu-1', examine, reading, clock);

  it('is judged by whether the queue could be read', async () => {
    const facts = examination({ daemons: [] });
    const level = async (reading: Promise<unknown>): Promise<string | undefined> =>
      (await beside(() => Promise.resolve(facts), reading))?.findings?.find(({ subject }) => subject === 'daemon')
        ?.level;
    assert.equal(await level(Promise.resolve()), 'note');
    assert.equal(await level(Promise.reject(down)), 'problem');
  });

  it('that fails never spoils the reading, and says that nothing is known', async () => {
    const failed = new ProblemError(badReply('gpu-1', 'odd'));
    const report = await beside(() => Promise.reject(failed), Promise.resolve());
    assert.deepEqual(report, { problem: failed.problem, examination: null, findings: null });
    assert.deepEqual(doctorLines(report), ['Host         not known: gpu-1: the reply could not be understood: odd.']);
  });

  it('that does not come is waited for five seconds more than the reading, and no longer', async () => {
    const report = beside(silent, Promise.resolve());
    let ended = false;
    void report.then(() => (ended = true));
    await turn();
    clock.advance(4_999);
    await turn();
    assert.equal(ended, false);
    clock.advance(1);
    assert.equal((await report)?.problem?.code, 'timedOut');
    assert.equal(clock.next, null, 'no timer is left');
  });

  it('is given up at once where the host was not reached, and then says nothing', async () => {
    const report = beside(silent, Promise.reject(new ProblemError(linkLost('gpu-1', 'cut'))));
    await turn();
    clock.advance(0);
    assert.equal(await report, null);
  });

  it('that fails as the reading does is not told twice', async () => {
    assert.equal(await beside(() => Promise.reject(down), Promise.reject(down)), null);
  });

  it('passes on an error that nobody expected', async () => {
    await assert.rejects(
      beside(() => Promise.reject(new TypeError('ours')), Promise.resolve()),
      TypeError,
    );
  });
});

describe('the section of an audit about its host', () => {
  const facts = examination({ linger: false, pueueDirectory: { ...room('/d', { freeBytes: 5 }), stateFile: null } });

  it('marks what is wrong, with the next step below it', async () => {
    const doctor = await examineBeside('gpu-1', () => Promise.resolve(facts), Promise.resolve(), new FakeClock());
    const report = { ...auditSnapshot('gpu-1', snapshot([]), (text) => text), doctor };
    assert.deepEqual(JSON.parse(JSON.stringify(report)), report, 'plain JSON');
    const text = auditText(report);
    assert.match(text, /^Host {9}system {11}Linux 6\.1\.0/mu);
    assert.match(
      text,
      /^ {2}warning {4}logout {11}The daemon is a service.*\n {30}Next: Run "loginctl enable-linger"/mu,
    );
    assert.match(text, /^ {2}problem {4}state directory {2}\/d: 5 B are free\./mu);
    assert.match(text, /^ {13}git {14}git version 2\.39\.5 {2}\/usr\/bin\/git$/mu);
  });

  it('stands in a blocked audit as well, above the verdict', async () => {
    const doctor = await examineBeside('gpu-1', () => Promise.resolve(facts), Promise.reject(down), new FakeClock());
    const text = auditText({ ...auditProblem('gpu-1', down.problem, 0), doctor });
    assert.match(text, /^Problem {6}daemonDown\n.*\nHost .*[\s\S]*^ {2}problem .*[\s\S]*^Verdict {6}BLOCK/mu);
  });
});
