/** Audits of real daemons of both versions through the real helper. */
import assert from 'node:assert/strict';
import { chmod, mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { auditText } from '../../src/core/audit/auditText';
import { startPueueHost, type PueueHost } from '../lab/pueueHost';
import { canarySecret, checkpointDirectory, layBusy, layIdle, type BusyJobs } from '../lab/scenarios';
import { localHost, type LocalHost } from '../support/localHost';

for (const version of ['4.0.4', '3.4.1'] as const)
  describe(`a host with pueue ${version}`, () => {
    let host: PueueHost;
    let jobs: BusyJobs;
    let local: LocalHost;

    before(async () => {
      host = await startPueueHost({ version, clientIn: '.cargo/bin' });
      jobs = await layBusy(host);
      local = localHost(host.env, { checkpoints: [checkpointDirectory, '~/nowhere'] });
    });

    after(async () => {
      local.reader.close();
      await host.stop();
    });

    it('is audited as busy, with every job counted in its state', async () => {
      const report = await local.audit();
      assert.equal(report.problem, null);
      assert.equal(report.pueueVersion, version);
      assert.deepEqual(report.counts, {
        ...{ running: 1, paused: 1, queued: 3, scheduled: 1, locked: 0, stashed: 1, succeeded: 1 },
        ...{ failed: 2, killed: 1, failedToSpawn: 1, dependencyFailed: 1, errored: 0, unknown: 0 },
        ...{ live: 2, waiting: 4, notSucceeded: 5 },
      });
      assert.deepEqual(
        report.active!.map(({ id, label, state }) => [id, label, state]).sort(),
        [
          [jobs.running, 'DOGEUSDT@250', 'running'],
          [jobs.paused, 'BTCUSDT@100', 'paused'],
        ].sort(),
      );
      assert.deepEqual([report.decision.verdict, report.decision.row], ['review', 'live-and-failed']);
      assert.ok(report.decision.reasons.some((reason) => reason.includes(`(${jobs.killed} (ADAUSDT@250))`)));
      assert.deepEqual(report.scope, {
        ...{
          groups: report.groups!.map(({ name }) => name),
          live: 2,
          failed: 5,
          waiting: 4,
          unknown: 0,
          survivors: 0,
        },
      });
      assert.deepEqual(report.survivors, []);
      const state = join(host.folder, 'pueue/state.json');
      assert.deepEqual(report.stateFile, { path: state, bytes: (await stat(state)).size });
      assert.deepEqual(report.groups!.map(({ name, status, parallel }) => [name, status, parallel]).sort(), [
        ['default', 'running', 1],
        ['maintenance', 'paused', 1],
        ['sweep', 'running', 8],
      ]);
    });

    it('finds pueue although PATH does not show it, and shows the exact command', async () => {
      const { commands } = await local.audit();
      const client = join(host.home, '.cargo/bin/pueue');
      assert.deepEqual(
        commands!.map(({ argv }) => argv),
        [
          [client, '--version'],
          [client, '--color', 'never', 'status', '--json'],
        ],
      );
    });

    it('lists the files of the configured directories, and says of a missing one that it is missing', async () => {
      const { checkpoints, checkpointDirectories } = await local.audit();
      assert.equal(checkpoints!.length, 4);
      const [oldest] = [...checkpoints!].sort((a, b) => (a.modifiedAt < b.modifiedAt ? -1 : 1));
      assert.equal(oldest!.path, join(host.home, '.cache/myapp/checkpoints/SHIBUSDT_1000_20230101_20231231.json'));
      assert.equal(oldest!.bytes, 30);
      assert.deepEqual(
        checkpointDirectories!.map(({ state }) => state),
        ['listed', 'missing'],
      );
    });

    it('asks one request for a whole audit', async () => {
      await local.audit();
      const { writes } = local.tap;
      await local.audit();
      assert.equal(local.tap.writes - writes, 1);
      assert.equal(local.tap.connections, 1);
    });

    it('sends no environment: the secret of a job is nowhere on the wire, in the report, its text or the log', async () => {
      assert.match(
        (await host.run(['status', '--json'])).stdout,
        new RegExp(canarySecret, 'u'),
        'pueue itself prints it',
      );
      const report = await local.audit();
      const said = await local.tap.said();
      assert.match(said, /DOGEUSDT@250/u, 'the tap reads what is sent');
      for (const text of [said, JSON.stringify(report), auditText(report), local.log.lines.join('\n')]) {
        assert.ok(!text.includes(canarySecret));
        assert.doesNotMatch(text, /"envs"|PUEUE_WORKER_ID/u);
      }
    });

    it('keeps the fingerprint while nothing changes, and changes it when a job comes', async () => {
      const one = await local.audit();
      assert.equal((await local.audit()).fingerprint, one.fingerprint);
      const added = await host.add('true', { stashed: true });
      assert.notEqual((await local.audit()).fingerprint, one.fingerprint);
      await host.must(['remove', String(added)]);
      assert.equal((await local.audit()).fingerprint, one.fingerprint);
    });

    it('answers several requests at once', async () => {
      const reports = await Promise.all([local.audit(), local.audit(), local.audit()]);
      assert.deepEqual(
        reports.map(({ problem, counts }) => [problem, counts.live]),
        [
          [null, 2],
          [null, 2],
          [null, 2],
        ],
      );
    });

    it('says that its daemon is down, never that it is idle; and knows the next daemon from the last', async () => {
      const other = await startPueueHost({ version, clientIn: '.local/bin' });
      const reader = localHost(other.env);
      try {
        await layIdle(other);
        const before = await reader.audit();
        assert.deepEqual([before.decision.verdict, before.decision.row], ['pass', 'idle']);
        const { daemonStart } = await reader.reader.read(new AbortController().signal, 15_000);
        assert.match(daemonStart ?? '', new RegExp(`^[0-9a-f-]{36}/${other.daemonPid() ?? 0}/[0-9]+$`, 'u'));
        await other.stopDaemon();
        const down = await reader.audit();
        assert.equal(down.problem?.code, 'daemonDown');
        assert.deepEqual([down.decision.verdict, down.decision.row, down.counts.live], ['block', 'cannot-tell', null]);
        assert.match(down.problem.message, /^lab: /u);
        await other.startDaemon();
        const again = await reader.audit();
        assert.equal(again.problem, null);
        assert.notEqual(again.fingerprint, before.fingerprint);
      } finally {
        reader.reader.close();
        await other.stop();
      }
    });

    it('reads a daemon that is named by its configuration file only', async () => {
      const elsewhere = join(host.folder, 'elsewhere');
      await mkdir(elsewhere, { recursive: true });
      const named = localHost({ ...host.env, HOME: elsewhere }, { pueue: host.pueue, pueueConfig: host.config });
      try {
        assert.equal((await named.audit()).counts.live, 2);
      } finally {
        named.reader.close();
      }
    });
  });

describe('a client and a daemon of different major versions', () => {
  for (const [client, daemon] of [
    ['4.0.4', '3.4.1'],
    ['3.4.1', '4.0.4'],
  ] as const)
    it(`client ${client}, daemon ${daemon}: says so, and nothing of what the client prints leaves the host`, async () => {
      const host = await startPueueHost({ version: daemon });
      const other = await startPueueHost({ version: client });
      const local = localHost(host.env, { pueue: other.pueue, pueueConfig: host.config });
      try {
        await host.add('sleep 1000', { env: { PP_CANARY_SECRET: canarySecret } });
        const report = await local.audit();
        assert.equal(report.problem?.code, 'versionMismatch');
        assert.equal(report.decision.verdict, 'block');
        assert.ok(!(await local.tap.said()).includes(canarySecret));
      } finally {
        local.reader.close();
        await Promise.all([host.stop(), other.stop()]);
      }
    });
});

describe('a host where pueue is not in any known place', () => {
  it('asks a login shell, whatever it prints', async () => {
    const host = await startPueueHost({ version: '4.0.4' });
    const tools = join(host.home, 'tools');
    await mkdir(tools);
    await writeFile(join(tools, 'pueue'), `#!/bin/sh\nexec ${host.pueue} "$@"\n`);
    await chmod(join(tools, 'pueue'), 0o755);
    await writeFile(join(host.home, '.profile'), `echo "Welcome, $USER"\nPATH=${tools}:$PATH\n`);
    const local = localHost(host.env);
    try {
      const { commands, problem } = await local.audit();
      assert.equal(problem, null);
      assert.equal(commands![0]!.argv[0], join(tools, 'pueue'));
    } finally {
      local.reader.close();
      await host.stop();
    }
  });

  it('says where it looked', async () => {
    const host = await startPueueHost({ version: '4.0.4' });
    const local = localHost(host.env);
    try {
      const problem = await local.problem();
      assert.equal(problem.code, 'pueueMissing');
      assert.match(problem.message, /PATH, .*\.cargo\/bin.* and a login shell/u);
      assert.match(problem.next, /pueuePreflight\.hosts/u);
    } finally {
      local.reader.close();
      await host.stop();
    }
  });
});
