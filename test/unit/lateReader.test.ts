import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HostSettings } from '../../src/core/hostSettings';
import { isProblemError } from '../../src/core/problem';
import { createLateReader, listAliases } from '../../src/lateReader';
import { systemClock } from '../../src/systemClock';
import { AnsweredQuestions } from '../support/answeredQuestions';
import { FakePueue } from '../support/fakePueue';
import { hostSettings } from '../support/hostSettings';
import { KeptLog } from '../support/localHost';

const signal = new AbortController().signal;

describe('the late reader', () => {
  const options = (settings: HostSettings) => ({
    ...{ settings, project: () => null, sshConfigFile: '', clock: systemClock, log: new KeptLog() },
    ...{ questions: new AnsweredQuestions(), unlockedKeys: new Map() },
  });

  it('reads a local host, once its parts are loaded, for all who asked meanwhile', async () => {
    const pueue = await FakePueue.make();
    const settings = hostSettings('here', { transport: 'local', pueue: pueue.path });
    const reader = createLateReader(options(settings));
    try {
      reader.setAttention('visible');
      const read = await Promise.all([reader.read(signal, 10_000), reader.read(signal, 10_000)]);
      assert.deepEqual(
        read.map(({ queue }) => queue.jobs.length),
        [13, 13],
      );
      const { complete } = await reader.proposeCheckpoints(null, signal, 10_000);
      assert.equal(complete, true);
    } finally {
      reader.close();
      await pueue.remove();
    }
  });

  it('connects no more when it was closed, before it was loaded or meanwhile', async () => {
    const cancelled = (error: unknown): boolean => isProblemError(error) && error.problem.code === 'cancelled';
    const early = createLateReader(options(hostSettings('here', { transport: 'local' })));
    early.close();
    await assert.rejects(early.read(signal, 1000), cancelled);
    const late = createLateReader(options(hostSettings('here', { transport: 'local' })));
    const reading = late.read(signal, 1000);
    late.close();
    await assert.rejects(reading, cancelled);
  });

  it('loads again at the next reading where a part could not be loaded, and tells each time', async () => {
    let loads = 0;
    const broken = {
      ...options(hostSettings('here', { transport: 'local' })),
      get settings(): HostSettings {
        loads += 1;
        throw new Error('the file is gone');
      },
    };
    const reader = createLateReader(broken);
    reader.setAttention('visible');
    await assert.rejects(reader.read(signal, 1000), /the file is gone/u);
    await assert.rejects(reader.read(signal, 1000), /the file is gone/u);
    reader.setAttention('idle');
    reader.close();
    assert.equal(loads, 2);
  });
});

describe('the late list of aliases', () => {
  it('names the hosts of a configuration, and tells the log what could not be read', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'aliases-'));
    const file = join(folder, 'config');
    await writeFile(file, `Include ${folder}\nHost depot\n  HostName depot-1\nHost *\n`);
    const log = new KeptLog();
    assert.deepEqual(await listAliases(file, log), {
      aliases: [{ alias: 'depot', hostName: 'depot-1' }],
      complete: false,
    });
    assert.equal(log.lines.length, 1);
    assert.match(log.lines[0]!, /^ssh configuration: .*not read/u);
    await rm(folder, { recursive: true });
  });
});
