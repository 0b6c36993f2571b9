/** The helper on hosts that are out of the ordinary: what it must survive, and what it must not claim. */
import assert from 'node:assert/strict';
import { mkdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { auditText } from '../../src/core/audit/auditText';
import { descendants, identify, untilGone } from '../lab/processes';
import { recordedSecret, recordedStatus } from '../support/fixtures';
import { FakeHosts } from '../support/fakePueue';
import type { LocalHost } from '../support/localHost';

describe('the helper', () => {
  const fake = new FakeHosts();
  const { host } = fake;

  const idle = '{"tasks":{},"groups":{"default":{"status":"Running","parallel_tasks":1}}}';

  it('reads the queue although a checkpoint directory hangs, says so, and does not ask that one again', async () => {
    await fake.pueue.prints(idle);
    const hang = `import os,threading;real=os.scandir;os.scandir=lambda p: threading.Event().wait() if p.endswith('dead') else real(p)`;
    const checkpoints = ['~/dead', '~/alive'];
    for (const name of ['dead', 'alive']) await mkdir(join(fake.pueue.home, name));
    const local = host({ python: await fake.pueue.python(hang), checkpoints });
    const first = await local.audit();
    assert.deepEqual([first.problem, first.counts.live, first.checkpoints], [null, 0, null]);
    assert.deepEqual(
      first.checkpointDirectories!.map(({ state, error }) => [state, error]),
      [
        ['unreadable', 'no answer within 5 s'],
        ['listed', null],
      ],
    );
    assert.equal(first.decision.verdict, 'review', 'an idle queue alone would pass');
    const threads = await threadsOf(local);
    const began = performance.now();
    await Promise.all([local.audit(), local.audit(), local.audit()]);
    assert.ok(performance.now() - began < 4000, 'it is known to hang');
    // No thread is left for each reading; that of the last one ends right after its reply.
    while ((await threadsOf(local)) !== threads) await new Promise((resolve) => setImmediate(resolve));
  });

  it('comes up behind noise that fills the pipe to the last byte', async () => {
    const [pipe, go] = [join(fake.pueue.home, 'pipe'), join(fake.pueue.home, 'go')];
    await fake.pueue.runs(`echo > '${go}'; cat '${fake.pueue.home}/status'`);
    // 64 KiB is what a pipe holds on Linux; nobody reads it before pueue was started.
    const before = `mkfifo ${pipe} ${go}; exec 3<>${pipe}; head -c 65536 /dev/zero >&3; { read -r _ <${go}; exec cat <${pipe}; } 3>&- & exec 1>&3 3>&-;`;
    assert.equal((await host({}, (command) => `${before} ${command}`).audit()).counts.running, 1);
  });

  it('answers with a problem, and goes on, where a status cannot be sent as JSON', async () => {
    const local = host();
    for (const number of ['NaN', 'Infinity', '-Infinity', '1e999']) {
      await fake.pueue.prints(recordedStatus('4.0.4').replace('"priority": 0', `"priority": ${number}`));
      assert.equal((await local.problem()).code, 'badReply');
    }
    await fake.pueue.prints(recordedStatus('4.0.4'));
    assert.equal((await local.audit()).counts.running, 1);
    assert.equal(local.tap.connections, 1);
  });

  it('keeps a state that is no word on the host', async () => {
    await fake.pueue.prints(recordedStatus('3.4.1').replace('"Running"', `"API_KEY=${recordedSecret}"`));
    const local = host();
    assert.deepEqual((await local.audit()).decision.row, 'cannot-tell');
    assert.ok(!(await local.tap.said()).includes(recordedSecret));
  });

  it('keeps a group that is called like a field of a job', async () => {
    await fake.pueue.prints(idle.replace('"groups":{', '"groups":{"envs":{"status":"Paused","parallel_tasks":2},'));
    assert.deepEqual(
      (await host().audit()).groups!.map(({ name, status }) => [name, status]),
      [
        ['envs', 'paused'],
        ['default', 'running'],
      ],
    );
  });

  it('asks the version each time: behind a shim it changes while the file stays', async () => {
    const version = join(fake.pueue.home, 'version');
    await writeFile(version, 'pueue 4.0.4');
    await fake.pueue.executable(
      '.local/bin/pueue',
      `[ "$1" = --version ] && exec cat '${version}'\ncat '${fake.pueue.home}/status'`,
    );
    const local = host();
    assert.equal((await local.audit()).decision.row, 'live-and-failed');
    await writeFile(version, 'pueue 5.0.0');
    assert.equal((await local.audit()).decision.row, 'cannot-tell');
  });

  it('does not take a pueue that cannot be started for one that is not there', async () => {
    await writeFile(fake.pueue.path, Buffer.from('7f454c46ffffffff', 'hex'));
    const problem = await host({ pueue: fake.pueue.path }).problem();
    assert.equal(problem.code, 'badReply');
    assert.match(problem.message, /it cannot be run \(ENOEXEC\)/u);
    assert.equal((await host({ pueue: '/nowhere/pueue' }).problem()).code, 'pueueMissing');
  });

  it('says of a login shell that hangs that it did not answer, and ends it', async () => {
    fake.pueue.env['SHELL'] = await fake.pueue.executable(
      'shell',
      `echo $$ > '${fake.pueue.home}/pid'; exec sleep 1000`,
    );
    const local = host({ python: await fake.pueue.python(`import os;os.access=lambda *a: False`) });
    assert.match((await local.problem()).message, /a login shell \(it did not answer in 5 s\)/u);
    const shell = identify(Number(await readFile(join(fake.pueue.home, 'pid'), 'utf8')));
    if (shell !== null) await untilGone([shell]);
  });

  it('shows the command with the runtime directory that it needed', async () => {
    const runtime = `import os;real=os.path.isdir;os.path.isdir=lambda p: p.startswith('/run/user/') or real(p)`;
    await fake.pueue.runs(
      `[ -n "$XDG_RUNTIME_DIR" ] || { echo 'Did you start the daemon yet?' >&2; exit 1; }; cat '${fake.pueue.home}/status'`,
    );
    const local = host({ python: await fake.pueue.python(runtime) });
    const argv = [fake.pueue.path, '--color', 'never', 'status', '--json'];
    for (const reading of ['first', 'second'])
      assert.deepEqual(
        (await local.audit()).commands![1]!.argv,
        ['env', `XDG_RUNTIME_DIR=/run/user/${process.getuid!()}`, ...argv],
        reading,
      );
  });

  it('finds a daemon that is started anew where the login looks, after one that was elsewhere, in one session', async () => {
    const { home, env } = fake.pueue;
    env['XDG_RUNTIME_DIR'] = `${home}/run`;
    await fake.pueue.runs(
      `[ "$XDG_RUNTIME_DIR" = "$(cat '${home}/where')" ] || { echo 'Did you start the daemon yet?' >&2; exit 1; }; cat '${home}/status'`,
    );
    const local = host();
    for (const where of ['', `${home}/run`, '', `${home}/run`]) {
      await writeFile(join(home, 'where'), where);
      assert.equal((await local.audit()).problem, null, where);
    }
    await writeFile(join(home, 'where'), '/nowhere');
    assert.equal((await local.problem()).code, 'daemonDown');
    assert.equal(local.tap.connections, 1);
  });

  it('reads where the user has no account, as in a container', async () => {
    const noAccount = `import pwd\ndef none(uid): raise KeyError(uid)\npwd.getpwuid=none`;
    assert.equal((await host({ python: await fake.pueue.python(noAccount) }).audit()).counts.running, 1);
  });

  it('reads where there is neither /proc nor a clock of the boot, as on macOS, and counts every killed job', async () => {
    const { tasks, groups } = JSON.parse(recordedStatus('4.0.4')) as { tasks: Record<string, object>; groups: object };
    await fake.pueue.prints(JSON.stringify({ tasks: { 5: tasks['5'] }, groups }));
    const mac = `import builtins,time;del time.CLOCK_BOOTTIME;real=open\ndef missing(p,*a,**k):\n if str(p).startswith('/proc'): raise FileNotFoundError(2,'no',p)\n return real(p,*a,**k)\nbuiltins.open=missing`;
    const local = host({ python: await fake.pueue.python(mac) });
    const read = await local.reader.read(new AbortController().signal, 15_000);
    assert.deepEqual([read.bootedAt, read.daemonStart], [null, null]);
    assert.deepEqual(read.processes, { kind: 'untraced', why: 'noProc' });
    assert.ok((await local.audit()).decision.reasons.some((reason) => /killed or errored since/u.test(reason)));
  });

  const untraceable: [string, string, string][] = [
    ['has no /proc', 'noProc', `import os,builtins;real=open;listed=os.path.exists\ndef missing(p,*a,**k):\n if str(p).startswith('/proc'): raise FileNotFoundError(2,'no',p)\n return real(p,*a,**k)\nbuiltins.open=missing;os.path.exists=lambda p: not str(p).startswith('/proc') and listed(p)`],
    ['has no clock of the boot', 'noProc', `import time;del time.CLOCK_BOOTTIME`],
    ['hides the processes of others', 'hidden', `import builtins;real=open\ndef missing(p,*a,**k):\n if p=='/proc/1/stat': raise FileNotFoundError(2,'no',p)\n return real(p,*a,**k)\nbuiltins.open=missing`],
    ['refuses to show the processes of others', 'hidden', `import builtins;real=open\ndef refused(p,*a,**k):\n if p=='/proc/1/stat': raise PermissionError(13,'no',p)\n return real(p,*a,**k)\nbuiltins.open=refused`],
    ['fails to list processes in an unknown way', 'ValueError in odd:3', `import os;real=os.listdir\ndef odd(p='.'):\n if p=='/proc': raise ValueError('odd')\n return real(p)\nos.listdir=odd`],
  ]; // prettier-ignore
  for (const [what, why, python] of untraceable)
    it(`passes no idle queue on a host that ${what}, because a process may outlive its job there`, async () => {
      await fake.pueue.prints(idle);
      const local = host({ python: await fake.pueue.python(python) });
      const { processes } = await local.reader.read(new AbortController().signal, 15_000);
      assert.deepEqual(processes, { kind: 'untraced', why });
      const { decision, survivors, scope } = await local.audit();
      assert.deepEqual([decision.verdict, decision.row, survivors, scope.survivors], ['review', 'idle', null, null]);
      assert.equal((await host().audit()).decision.verdict, 'pass');
    });

  it('passes no idle queue whose logs it does not find: a process may write to one', async () => {
    await fake.pueue.prints(idle);
    await rm(fake.pueue.data, { recursive: true });
    const { decision, survivors } = await host().audit();
    assert.deepEqual([decision.verdict, survivors], ['review', null]);
    assert.ok(decision.reasons.some((reason) => /the directory in which pueue keeps logs was not found/u.test(reason)));
  });

  it('reads the queue although a process hangs when it is looked at, says so, and looks no more while it hangs', async () => {
    await fake.pueue.prints(idle);
    const hang = `import os,threading;real=os.listdir;os.listdir=lambda p='.': threading.Event().wait() if str(p).endswith('/fd') else real(p)`;
    const local = host({ python: await fake.pueue.python(hang) });
    const [first, second] = await Promise.all([local.audit(), local.audit()]);
    for (const { problem, survivors, decision } of [first, second]) {
      assert.deepEqual([problem, survivors, decision.verdict], [null, null, 'review']);
      assert.ok(decision.reasons.some((reason) => /did not let itself be looked at in time/u.test(reason)));
    }
    const threads = await threadsOf(local);
    const began = performance.now();
    await Promise.all([local.audit(), local.audit(), local.audit()]);
    assert.ok(performance.now() - began < 4000, 'it is known to hang');
    // No thread is left for each reading; that of the last one ends right after its reply.
    while ((await threadsOf(local)) !== threads) await new Promise((resolve) => setImmediate(resolve));
  });

  it('counts processes that were released again where the journal cannot be read, and says so', async () => {
    await mkdir(join(fake.pueue.home, '.local/state/pueue-preflight/journal.jsonl'), { recursive: true });
    assert.match(
      auditText(await host().audit()),
      /The journal could not be read \(EISDIR\): released processes count/u,
    );
  });

  it('finds no file of the state where there is none, and the newer one where pueue left both', async () => {
    assert.equal((await host().audit()).stateFile, null);
    const [plain, packed] = ['state.json', 'state.json.gz'].map((name) => join(fake.pueue.data, name));
    await writeFile(packed!, 'abc');
    assert.deepEqual((await host().audit()).stateFile, { path: packed, bytes: 3 });
    await writeFile(plain!, 'abcd');
    await utimes(plain!, 1, 1);
    assert.deepEqual((await host().audit()).stateFile, { path: packed, bytes: 3 });
    await utimes(packed!, 0, 0);
    assert.deepEqual((await host().audit()).stateFile, { path: plain, bytes: 4 });
  });

  it('takes the boot rather too early than too late: a machine that was suspended counts too little', async () => {
    const local = host({ python: await fake.pueue.python(`import time;time.clock_gettime=lambda clock: 1.0`) });
    const { bootedAt } = await local.reader.read(new AbortController().signal, 15_000);
    assert.ok(bootedAt! <= (await stat('/proc')).ctimeMs / 1000 + 1, `${bootedAt}`);
  });

  it('takes the interpreter of the settings from the home directory', async () => {
    await fake.pueue.executable('my bin/python', `echo used > '${fake.pueue.home}/used'\nexec /usr/bin/python3 "$@"`);
    assert.equal((await host({ python: '~/my bin/python' }).audit()).problem, null);
    assert.equal(await readFile(join(fake.pueue.home, 'used'), 'utf8'), 'used\n');
  });

  it('lists a file whose time is beyond all calendars', async () => {
    // Not every file system keeps such a time; the one of the test may draw it nearer.
    const file = join(fake.pueue.home, 'far');
    await writeFile(file, '');
    await utimes(file, 9e9, 9e9);
    const report = await host({ checkpoints: ['~/'] }).audit();
    assert.equal(report.problem, null);
    assert.match(auditText(report), / far .* dated in the future/u);
  });

  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT'] as const)
    it(`ends on ${signal}, however often it comes, and takes the pueue that it started along`, async () => {
      await fake.pueue.runs(`echo $$ > '${fake.pueue.home}/pid'; exec sleep 1000`);
      const local = host();
      const reading = local.problem();
      const [helper, child] = [await helperOf(local), identify(await pidIn('pid'))!];
      for (let count = 0; count < 5; count++) process.kill(helper, signal);
      assert.equal((await reading).code, 'lost');
      await untilGone([child]);
      assert.deepEqual(
        local.log.lines.filter((line) => /Traceback/u.test(line)),
        [],
      );
    });

  /** The process of the helper, once it is up. */
  async function helperOf({ log }: LocalHost): Promise<number> {
    for (;;) {
      const found = /helper (\d+) is up/u.exec(log.lines.join('\n'));
      if (found !== null) return Number(found[1]);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async function threadsOf(local: LocalHost): Promise<string> {
    const status = await readFile(`/proc/${await helperOf(local)}/status`, 'utf8');
    return /^Threads:.*$/mu.exec(status)![0];
  }

  async function pidIn(name: string): Promise<number> {
    for (;;) {
      const text = await readFile(join(fake.pueue.home, name), 'utf8').catch(() => '');
      if (text.endsWith('\n')) return Number(text);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  it('is the only process of a session that stands still', async () => {
    const local = host();
    await local.audit();
    const helper = await helperOf(local);
    assert.deepEqual(descendants(helper), []);
  });
});
