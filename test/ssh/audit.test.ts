/** Audits over real SSH: right where the checklist is wrong, in one round trip, and honest on a bad link. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { auditText } from '../../src/core/audit/auditText';
import { HostWatch } from '../../src/core/watch/hostWatch';
import { systemClock } from '../../src/systemClock';
import { descendants } from '../lab/processes';
import { untilStates } from '../lab/queueState';
import { canarySecret, canaryVariable, checkpointDirectory, layCheckpoints } from '../lab/scenarios';
import { fastClock } from '../support/fastClock';
import { RemoteHost, type Way } from './remoteHost';

const execute = promisify(execFile);

/** Counts as the deployment checklist does: only statuses that are objects, by their one key. */
const checklistCount = `
import json, sys
states = {'Running': 0, 'Queued': 0}
for task in json.load(sys.stdin).get('tasks', {}).values():
    status = task.get('status', '')
    if isinstance(status, dict):
        key = list(status)[0]
        states[key] = states.get(key, 0) + 1
print(json.dumps(states))
`;

describe('an audit over ssh', () => {
  let host: RemoteHost;
  let way: Way;

  before(async () => {
    host = await RemoteHost.start({ version: '3.4.1' });
    const env = { [canaryVariable]: canarySecret };
    await layCheckpoints(host.pueue);
    const running = await host.pueue.add('sleep 1000', { label: 'DOGEUSDT@250', env });
    const queued = await host.pueue.add('sleep 1000', { label: 'DOGEUSDT@500', env });
    await untilStates(
      host.pueue,
      new Map([
        [running, 'Running'],
        [queued, 'Queued'],
      ]),
    );
    way = await host.way({}, { checkpoints: [checkpointDirectory] });
  });

  after(async () => {
    await host.stop();
  });

  it('finds a busy pueue 3.4.1 busy, which the checklist counts as idle', async () => {
    const ssh = ['-F', way.configFile, '-o', 'BatchMode=yes', way.alias, '~/.cargo/bin/pueue status --json'];
    const { stdout: status } = await execute('ssh', ssh);
    const script = join(host.pueue.folder, 'count.py');
    const input = join(host.pueue.folder, 'status.json');
    await writeFile(script, checklistCount);
    await writeFile(input, status);
    const { stdout: counted } = await execute('sh', ['-c', `python3 '${script}' < '${input}'`]);
    assert.deepEqual(JSON.parse(counted), { Running: 0, Queued: 0 });

    const report = await way.audit();
    assert.equal(report.problem, null);
    assert.deepEqual([report.counts.running, report.counts.queued, report.counts.live], [1, 1, 1]);
    assert.deepEqual([report.decision.verdict, report.decision.row], ['review', 'live-only']);
    assert.equal(report.checkpoints!.length, 4);
  });

  it('sends no environment: the secret of a job is nowhere on the decrypted wire, in the report or in the log', async () => {
    const report = await way.audit();
    const said = await way.tap.said();
    assert.match(said, /DOGEUSDT@250/u);
    for (const text of [said, JSON.stringify(report), auditText(report), way.log.lines.join('\n')])
      assert.ok(!text.includes(canarySecret));
  });

  it('is one request on one connection, and takes at most 1.1 round trips and the work of the host', async () => {
    const rttMs = 200;
    const slow = await host.way(
      { delayMs: { up: rttMs / 2, down: rttMs / 2 } },
      { checkpoints: [checkpointDirectory] },
    );
    await slow.audit();
    const trips: number[] = [];
    for (let tries = 0; tries < 5; tries++) {
      const { writes } = slow.tap;
      const began = performance.now();
      const read = await slow.reader.read(new AbortController().signal, 15_000);
      trips.push((performance.now() - began - read.hostMilliseconds) / rttMs);
      assert.equal(slow.tap.writes - writes, 1);
    }
    assert.equal(slow.proxy.connectionCount, 1);
    assert.ok(Math.min(...trips) <= 1.1, `${trips.map((trip) => trip.toFixed(2)).join(', ')} round trips`);
  });

  it('is whole over a slow line of 500 ms and 64 KB/s, the connecting included', async () => {
    const slow = await host.way({ delayMs: { up: 250, down: 250 }, bandwidth: { up: 64_000, down: 64_000 } });
    const report = await slow.audit();
    assert.deepEqual([report.problem, report.counts.live], [null, 1]);
  });

  for (const how of ['fin', 'rst'] as const)
    it(`comes back by itself after the link was cut by ${how}, and keeps the last snapshot meanwhile`, async () => {
      const bad = await host.way();
      const watch = new HostWatch({
        ...{
          name: bad.alias,
          reader: bad.reader,
          clock: systemClock,
          random: Math.random,
          intervalMs: () => 3_600_000,
        },
        onUnexpected: (error) => {
          throw error;
        },
      });
      try {
        const states: (string | null)[] = [];
        const reached = (condition: () => boolean): Promise<void> =>
          new Promise((resolve) => {
            watch.onDidChange(() => {
              states.push(watch.state.problem?.code ?? null);
              if (condition()) resolve();
            });
          });
        const first = reached(() => watch.state.reading !== null);
        watch.setVisible(true);
        await first;
        const before = watch.state.reading;
        const lost = reached(() => watch.state.problem !== null);
        bad.proxy.cut(how);
        await lost;
        assert.equal(watch.state.problem?.code, 'lost');
        assert.equal(watch.state.reading, before, 'the snapshot is kept');
        await reached(() => watch.state.problem === null && watch.state.reading !== before);
        assert.equal(bad.proxy.connectionCount, 2);
      } finally {
        watch.close();
      }
    });

  it('gives no answer while the link is frozen, and notices that it is dead', async () => {
    // Twenty times as fast; that it takes 20 s of the clock is held exactly by the unit test of the session.
    const frozen = await host.way({}, {}, fastClock(20));
    frozen.reader.setAttention('visible');
    await frozen.audit(300_000);
    const lost = new Promise<string>((resolve) => {
      frozen.reader.onDidLoseLink(({ message }) => {
        resolve(message);
      });
    });
    frozen.proxy.freeze();
    const reading = frozen.audit(60_000);
    assert.match(await lost, /silent for 20 s/u);
    const report = await reading;
    assert.notEqual(report.problem, null);
    assert.deepEqual([report.counts.live, report.decision.verdict], [null, 'block']);
  });

  it('is not cut in half: whatever byte of the reply is the last, the answer is whole or none', async () => {
    const probe = await host.way();
    await probe.audit();
    const before = probe.proxy.bytes('down');
    const whole = await probe.audit();
    const length = probe.proxy.bytes('down') - before;
    for (const at of [1, 4, 17, Math.floor(length / 2), length - 1]) {
      const short = await host.way();
      await short.audit();
      short.proxy.cutAfter('down', at);
      const report = await short.audit();
      assert.deepEqual([report.problem, report.counts], [null, whole.counts], `after ${at} of ${length} bytes`);
      assert.equal(short.proxy.connectionCount, 2, 'asked again over a fresh link');
    }
  });

  it('leaves nothing running on the host when it is closed', async () => {
    const brief = await host.way();
    await brief.audit();
    const helper = /helper (\d+) is up/u.exec(brief.log.lines.join('\n'))![1]!;
    const isUp = (): boolean => descendants(host.sshd.pid).some(({ pid }) => pid === Number(helper));
    assert.equal(isUp(), true);
    brief.reader.close();
    await brief.proxy.until(({ openCount }) => openCount === 0);
    while (isUp()) await new Promise((resolve) => setImmediate(resolve));
  });
});

describe('an audit over an sshd that', () => {
  const shell = (program: string): string => `ForceCommand ${program} -c "$SSH_ORIGINAL_COMMAND"`;
  const servers: [string, string[]][] = [
    ['allows one session (MaxSessions 1)', ['MaxSessions 1']],
    ['gives fish as login shell', [shell('/usr/bin/fish')]],
    ['gives tcsh as login shell', [shell('/usr/bin/tcsh')]],
    ['gives csh as login shell', [shell('/bin/csh')]],
    ['gives dash as login shell', [shell('/bin/dash')]],
    [
      'prints a banner and noise first',
      [`ForceCommand echo "Welcome to gpu-1"; echo warning >&2; eval "$SSH_ORIGINAL_COMMAND"`],
    ],
  ];
  for (const [what, sshd] of servers)
    it(`${what} is whole`, async () => {
      const host = await RemoteHost.start({ version: '4.0.4', sshd });
      try {
        const id = await host.pueue.add('sleep 1000');
        await untilStates(host.pueue, new Map([[id, 'Running']]));
        const way = await host.way();
        const reports = await Promise.all([way.audit(), way.audit(), way.audit()]);
        assert.deepEqual(
          reports.map(({ problem, counts }) => [problem, counts.live]),
          [
            [null, 1],
            [null, 1],
            [null, 1],
          ],
        );
        assert.equal(way.proxy.connectionCount, 1);
      } finally {
        await host.stop();
      }
    });

  it('has a forced command that ignores us says what to look at', async () => {
    const host = await RemoteHost.start({
      version: '4.0.4',
      sshd: ['ForceCommand echo "This account is for backups."'],
    });
    try {
      const { problem, decision } = await (await host.way()).audit();
      assert.equal(problem?.code, 'badReply');
      assert.match(problem.next, /forced command/u);
      assert.equal(decision.verdict, 'block');
    } finally {
      await host.stop();
    }
  });
});
