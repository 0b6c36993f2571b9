import assert from 'node:assert/strict';
import { auditSnapshot } from '../../../src/core/audit/auditReport';
import { auditText } from '../../../src/core/audit/auditText';
import { runMilliseconds } from '../../../src/core/pueue/runTime';
import { job, queued, running, snapshot, succeeded } from '../../support/fixtures';

describe('how long a run goes on', () => {
  it('is counted by the clock of the boot where its process was found, else by the clock on the wall', () => {
    const jobs = [
      job(1, running),
      job(2, running),
      job(3, { kind: 'paused', start: null }),
      job(4, queued),
      job(5, succeeded),
    ];
    const read = snapshot(jobs, { runSeconds: new Map([[1, 42.5], [5, 7]]) }); // prettier-ignore
    const minutes = 60_000;
    assert.deepEqual(
      jobs.map((each) => runMilliseconds(each, read)),
      [42_500, 10 * minutes, null, null, null],
    );
  });

  it('stands in an audit right although the clock of the host was set three days ahead', () => {
    const ahead = snapshot([job(1, running)], { runSeconds: new Map([[1, 125]]) });
    const report = auditSnapshot('lab', { ...ahead, takenAt: ahead.takenAt + 3 * 86_400 }, (text) => text);
    assert.equal(report.active![0]!.seconds, 125);
    assert.match(auditText(report), / running {2}started 2 min 5 s ago\n/u);
  });
});
