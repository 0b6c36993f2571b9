import assert from 'node:assert/strict';
import { RecentLog } from '../../../src/vscode/recentLog';

describe('the lines that are kept of the log', () => {
  const passed: string[] = [];
  const to =
    (level: string) =>
    (message: string): void =>
      void passed.push(`${level} ${message}`);
  const log = new RecentLog({ debug: to('debug'), info: to('info'), warn: to('warn') }, () => 1_795_503_600_000);

  it('are passed on, and told apart by the host that they are about', () => {
    log.debug('gpu-1: one');
    log.info('gpu-10: two');
    log.warn('gpu-1: three');
    assert.deepEqual(passed, ['debug gpu-1: one', 'info gpu-10: two', 'warn gpu-1: three']);
    assert.deepEqual(log.about('gpu-1'), ['07:00:00 debug gpu-1: one', '07:00:00 warn gpu-1: three']);
    assert.equal(log.lines.length, 3);
  });

  it('are the newest five hundred', () => {
    for (let index = 0; index < 600; index++) log.info(`gpu-1: line ${index}`);
    assert.equal(log.lines.length, 500);
    assert.match(log.lines[0]!, /line 100$/u);
    assert.match(log.lines.at(-1)!, /line 599$/u);
  });
});
