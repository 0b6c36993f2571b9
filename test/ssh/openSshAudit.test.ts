/** The whole way over the system's ssh: an audit, its reason in the report, and what a bad day does to it. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { writeFile } from 'node:fs/promises';
import { auditText } from '../../src/core/audit/auditText';
import type { ProblemCode } from '../../src/core/problem';
import { descendants } from '../lab/processes';
import { untilStates } from '../lab/queueState';
import { RemoteHost } from './remoteHost';

describe("an audit by the system's ssh", () => {
  let host: RemoteHost;

  before(async () => {
    host = await RemoteHost.start({ version: '4.0.4' });
    const id = await host.pueue.add('sleep 1000');
    await untilStates(host.pueue, new Map([[id, 'Running']]));
  });

  after(async () => {
    await host.stop();
  });

  it('is whole, goes over one connection, and says by which way it came', async () => {
    const way = await host.way({}, { transport: 'openssh' });
    const reports = await Promise.all([way.audit(), way.audit()]);
    for (const report of reports) {
      assert.deepEqual([report.problem, report.counts.live], [null, 1]);
      assert.deepEqual(report.transport, { transport: 'openssh', reason: null });
      assert.match(auditText(report), /^Reached by {3}the system's ssh, as the settings ask$/mu);
    }
    assert.equal(way.proxy.connectionCount, 1);
    assert.match(way.log.lines.join('\n'), /by the system's ssh, as the settings ask/u);
  });

  it('says why auto has chosen it', async () => {
    const way = await host.way({}, { proxyJump: 'none', identityFile: await certified(host) });
    const report = await way.audit();
    assert.equal(report.problem, null);
    assert.match(
      auditText(report),
      /^Reached by {3}the system's ssh, because a certificate lies beside an identity file$/mu,
    );
  });

  it('calls a link lost that is cut in the middle, and comes back over a fresh one', async () => {
    for (const how of ['fin', 'rst'] as const) {
      const way = await host.way({}, { transport: 'openssh' });
      await way.audit();
      const lost = new Promise<ProblemCode>((resolve) => {
        way.reader.onDidLoseLink(({ code }) => {
          resolve(code);
        });
      });
      way.proxy.cut(how);
      assert.equal(await lost, 'lost');
      assert.deepEqual([(await way.audit()).counts.live, way.proxy.connectionCount], [1, 2]);
    }
  });

  it('is not cut in half, whatever byte of the reply is the last', async () => {
    const way = await host.way({}, { transport: 'openssh' });
    const whole = await way.audit();
    for (const at of [1, 40, 400]) {
      way.proxy.cutAfter('down', at);
      const report = await way.audit();
      assert.deepEqual([report.problem, report.counts], [null, whole.counts], `after ${at} bytes`);
    }
  });

  it('leaves nothing running on the host when it is closed', async () => {
    const way = await host.way({}, { transport: 'openssh' });
    await way.audit();
    const helper = Number(/helper (\d+) is up/u.exec(way.log.lines.join('\n'))![1]!);
    const isUp = (): boolean => descendants(host.sshd.pid).some(({ pid }) => pid === helper);
    assert.equal(isUp(), true);
    way.reader.close();
    await way.proxy.until(({ openCount }) => openCount === 0);
    while (isUp()) await new Promise((resolve) => setImmediate(resolve));
  });
});

/** An identity file with something beside it that ssh looks at as a certificate; the plain key still opens the server. */
async function certified(host: RemoteHost): Promise<string> {
  const path = join(host.pueue.folder, 'certified');
  await writeFile(path, 'no key\n', { mode: 0o600 });
  await writeFile(`${path}-cert.pub`, 'no certificate\n');
  return path;
}

describe("an audit by the system's ssh over an sshd that", () => {
  const report = async (sshd: readonly string[]) => {
    const host = await RemoteHost.start({ version: '4.0.4', sshd });
    try {
      return await (await host.way({}, { transport: 'openssh' })).audit();
    } finally {
      await host.stop();
    }
  };

  it('prints a banner and noise first is whole', async () => {
    const command = `ForceCommand echo "Welcome"; echo warning >&2; eval "$SSH_ORIGINAL_COMMAND"`;
    const { problem, counts } = await report(['Banner /etc/passwd', command]);
    assert.deepEqual([problem, counts.live], [null, 0]);
  });

  it('opens no session says so, and not that the helper did not start', async () => {
    const { problem, counts } = await report(['MaxSessions 0']);
    assert.equal(problem?.code, 'refused', problem?.message);
    assert.equal(counts.live, null);
  });

  it('has a forced command that ignores us says what to look at', async () => {
    const { problem } = await report(['ForceCommand echo "This account is for backups."']);
    assert.equal(problem?.code, 'badReply');
    assert.match(problem.next, /forced command/u);
  });
});
