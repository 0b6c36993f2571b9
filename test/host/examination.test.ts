/** The examination of real hosts: what is installed there, which daemon runs, and what it means. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { diagnose } from '../../src/core/doctor/diagnose';
import { examineBeside, type DoctorReport } from '../../src/core/doctor/doctorReport';
import type { HostExamination } from '../../src/core/doctor/hostExamination';
import { systemClock } from '../../src/systemClock';
import { makeLabFolder, removeLabFolder } from '../lab/labFolder';
import { startPueueHost, type PueueHost } from '../lab/pueueHost';
import { registerProcess, unregister } from '../lab/registry';
import { canarySecret, layBusy } from '../lab/scenarios';
import { findPueue } from '../prepare/pueue';
import { localHost, type LocalHost } from '../support/localHost';

const anySignal = new AbortController().signal;
const examine = (local: LocalHost): Promise<HostExamination> => local.reader.examine(anySignal, 15_000);
const levelOf = (found: HostExamination, subject: string, isRead: boolean): string | undefined =>
  diagnose(found, isRead).find((each) => each.subject === subject)?.level;

for (const version of ['4.0.4', '3.4.1'] as const)
  describe(`the examination of a host with pueue ${version}`, () => {
    let host: PueueHost;
    let local: LocalHost;

    before(async () => {
      host = await startPueueHost({ version, clientIn: '.cargo/bin' });
      await layBusy(host);
      local = localHost(host.env, { path: '~/project' });
    });

    after(async () => {
      local.reader.close();
      await host.stop();
    });

    async function beside(): Promise<DoctorReport | null> {
      const reading = local.reader.read(anySignal, 15_000);
      return examineBeside('lab', (signal) => local.reader.examine(signal, 15_000), reading, systemClock);
    }

    it('goes with the reading over one connection, and finds client, daemon and state', async () => {
      const found = (await beside())?.examination;
      assert.ok(found);
      assert.equal(local.tap.connections, 1);
      assert.ok(found.pueue?.path === join(host.home, '.cargo/bin/pueue') && 'origin' in found.pueue);
      assert.deepEqual([found.pueue.version, found.pueue.origin], [`pueue ${version}`, 'usualPlace']);
      assert.equal(found.pueue.leadsTo, host.pueue);
      const [daemon] = found.daemons ?? [];
      assert.deepEqual(
        [daemon?.pid, daemon?.version, daemon?.reach, daemon?.runtime, daemon?.replaced],
        [host.daemonPid(), version, 'here', 'same', false],
      );
      assert.ok(daemon!.ageSeconds >= 0 && daemon!.ageSeconds < 600);
      assert.equal(found.pueueDirectory?.path, join(host.folder, 'pueue'));
      assert.ok(found.pueueDirectory.stateFile !== null && found.pueueDirectory.freeBytes! > 0);
      assert.deepEqual(found.config, {
        ...{ path: join(host.home, '.config/pueue/pueue.yml'), origin: 'default', exists: true },
      });
      assert.deepEqual([found.project?.directory, found.project?.checkout], [true, false]);
      assert.deepEqual([found.journal?.exists, found.journal?.writable], [false, true]);
      assert.equal(levelOf(found, 'daemon', true), 'ok');
    });

    it('finds the clock of its own computer to be right', async () => {
      const { clock } = await examine(local);
      assert.ok(clock !== null && Math.abs(clock.aheadMs) <= clock.plusMinusMs + 50, JSON.stringify(clock));
    });

    it('writes nothing on the host, and sends no environment', async () => {
      await examine(local);
      assert.equal((await examine(local)).journal?.exists, false);
      assert.ok(!(await local.tap.said()).includes(canarySecret));
    });

    it('says that no daemon runs where the client looks, once it is stopped', async () => {
      await host.stopDaemon();
      try {
        const doctor = await beside();
        assert.equal(doctor?.problem, null);
        assert.ok(doctor.examination.daemons!.every(({ reach }) => reach === null));
        assert.equal(doctor.findings.find(({ subject }) => subject === 'daemon')?.level, 'problem');
      } finally {
        await host.startDaemon();
      }
    });
  });

describe('a daemon whose login had another runtime directory than ours', () => {
  let folder: string;
  let daemon: ChildProcess | null = null;

  beforeEach(async () => {
    folder = await makeLabFolder();
    await mkdir(join(folder, 'run'));
    await mkdir(join(folder, 'home/.config/pueue'), { recursive: true });
    // Nothing that says where the socket is: then it lies in the runtime directory, or beside the state.
    await writeFile(join(folder, 'home/.config/pueue/pueue.yml'), 'client: {}\ndaemon: {}\nshared: {}\n');
  });

  afterEach(async () => {
    if (daemon !== null && daemon.exitCode === null) {
      daemon.kill('SIGKILL');
      await once(daemon, 'exit');
    }
    unregister(null);
    await removeLabFolder(folder);
  });

  async function start(runtime: Record<string, string>): Promise<LocalHost> {
    const programs = await findPueue('4.0.4');
    assert.ok(programs);
    const env = { HOME: join(folder, 'home'), PATH: '/usr/bin:/bin', SHELL: '/bin/sh', USER: 'root', LOGNAME: 'root' };
    daemon = spawn(programs.daemon, [], { env: { ...env, ...runtime }, stdio: ['ignore', 'ignore', 'pipe'] });
    registerProcess(daemon.pid!);
    const ours: Record<string, string> = runtime['XDG_RUNTIME_DIR'] ? {} : { XDG_RUNTIME_DIR: join(folder, 'run') };
    const local = localHost({ ...env, ...ours }, { pueue: programs.client });
    // Its pid file is written once it listens.
    while (!(await examine(local)).daemons?.some(({ pid, reach }) => pid === daemon?.pid && reach !== null))
      assert.equal(daemon.exitCode, null, 'the daemon ended');
    return local;
  }

  it('is found where it was started with one and a login has none', async () => {
    const local = await start({ XDG_RUNTIME_DIR: join(folder, 'run') });
    const found = await examine(local);
    const ours = found.daemons!.find(({ pid }) => pid === daemon?.pid)!;
    assert.deepEqual([ours.reach, ours.runtime, ours.version], ['otherRuntime', 'other', '4.0.4']);
    assert.match(
      diagnose(found, false).find(({ subject }) => subject === 'runtime directory')!.text,
      /another XDG_RUNTIME_DIR/u,
    );
    // Where it is stays there.
    assert.ok(!(await local.tap.said()).includes(join(folder, 'run')));
    local.reader.close();
  });

  it('is found, and read, where it was started without one and a login has one', async () => {
    const local = await start({});
    const found = await examine(local);
    const ours = found.daemons!.find(({ pid }) => pid === daemon?.pid)!;
    assert.deepEqual([ours.reach, ours.runtime], ['otherRuntime', 'unset']);
    const report = await local.audit();
    assert.deepEqual([report.problem, report.counts.live], [null, 0]);
    // And looked for there.
    const { daemonStart } = await local.reader.read(anySignal, 15_000);
    assert.equal(daemonStart?.split('/')[1], String(daemon?.pid));
    local.reader.close();
  });
});
