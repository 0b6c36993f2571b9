/** The limits of the helper: time, silence, sizes; and what it must not follow, believe or leave behind. */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { copyFile, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { identify, isAlive } from '../lab/processes';
import { recordedStatus } from '../support/fixtures';
import program from 'helper:program';
import { isProblemError } from '../../src/core/problem';
import { bootstrapCommand } from '../../src/host/bootstrap';
import type { HostRequest } from '../../src/host/hostRequest';
import { HostSession } from '../../src/host/hostSession';
import { createLocalConnector } from '../../src/host/localConnector';
import { systemClock } from '../../src/systemClock';
import { FakeHosts } from '../support/fakePueue';
import { KeptLog, type LocalHost } from '../support/localHost';

/** Lets the clock of the helper run forty times as fast: its limits are up to a minute long. */
const fast = `import time,select\nm=time.monotonic\ntime.monotonic=lambda: m()*40\ns=select.select\nselect.select=lambda r,w,x,t: s(r,w,x,t/40)`;

describe('the limits of the helper', () => {
  const fake = new FakeHosts();
  const { host } = fake;

  it('ends by itself after a minute without a byte from us', async () => {
    // Our heartbeat comes each 5 s, which is more than 3 minutes of its clock.
    const local = host({ python: await fake.pueue.python(fast) });
    const lost = new Promise<string>((resolve) => {
      local.reader.onDidLoseLink(({ message }) => {
        resolve(message);
      });
    });
    await local.audit();
    assert.match(await lost, /exit code 0/u);
  });

  it('does not believe a pueue that printed a whole status and then did not end within a minute', async () => {
    await fake.pueue.runs(`cat '${fake.pueue.home}/status'; trap 'exit 0' TERM; while :; do sleep 0.01; done`);
    const problem = await host({ python: await fake.pueue.python(fast) }).problem();
    assert.equal(problem.code, 'timedOut');
  });

  it('kills a pueue that does not end when it is asked to', async () => {
    await fake.pueue.runs(`trap '' TERM; echo $$ > '${fake.pueue.home}/pid'; while :; do sleep 0.01; done`);
    await host({ python: await fake.pueue.python(fast) }).problem();
    const stubborn = identify(Number(await readFile(join(fake.pueue.home, 'pid'), 'utf8')));
    while (stubborn !== null && isAlive(stubborn)) await new Promise((resolve) => setImmediate(resolve));
  });

  it('ends the programs that pueue started along with it', async () => {
    await fake.pueue.runs(`sleep 1000 & echo $! > '${fake.pueue.home}/pid'; wait`);
    await host({ python: await fake.pueue.python(fast) }).problem();
    const child = identify(Number(await readFile(join(fake.pueue.home, 'pid'), 'utf8')));
    while (child !== null && isAlive(child)) await new Promise((resolve) => setImmediate(resolve));
  });

  it('reads on while pueue floods its standard error', async () => {
    await fake.pueue.runs(`head -c 5000000 /dev/zero >&2; cat '${fake.pueue.home}/status'`);
    assert.equal((await host().audit()).counts.running, 1);
  });

  it('says of a queue that is too large to be sent that it is', async () => {
    const { tasks, groups } = JSON.parse(recordedStatus('4.0.4')) as { tasks: Record<string, object>; groups: object };
    const label = 'x'.repeat(8000);
    const many = Object.fromEntries(Array.from({ length: 8300 }, (_, id) => [id, { ...tasks['3'], id, label }]));
    await fake.pueue.prints(JSON.stringify({ tasks: many, groups }));
    const { message, next } = await host().problem();
    assert.match(message, /larger than is read/u);
    assert.match(next, /Remove finished jobs/u);
  });

  it('cuts a long text, and different texts stay different', async () => {
    const { tasks, groups } = JSON.parse(recordedStatus('4.0.4')) as { tasks: Record<string, object>; groups: object };
    const long = 'x'.repeat(100_000);
    const jobs = { 0: { ...tasks['0'], label: `${long}a` }, 1: { ...tasks['1'], label: `${long}b` } };
    await fake.pueue.prints(JSON.stringify({ tasks: jobs, groups }));
    const [one, other] = (await host().audit()).active!.map(({ label }) => label!);
    assert.ok(one!.length < 9000 && /100001 characters, SHA-256 [0-9a-f]{16}/u.test(one!));
    assert.notEqual(one, other);
  });

  it('lists ten thousand entries of a directory and says that there are more', async () => {
    const directory = join(fake.pueue.home, 'c');
    await mkdir(directory);
    await promisify(execFile)('/bin/sh', ['-c', `cd '${directory}' && seq 10001 | xargs touch`]);
    const report = await host({ checkpoints: ['~/c'] }).audit();
    const [found] = report.checkpointDirectories!;
    assert.deepEqual([found!.state, found!.entries, report.checkpoints], ['truncated', 10_000, null]);
  });

  it('follows no link, and names every kind of entry', async () => {
    const directory = join(fake.pueue.home, 'c');
    await mkdir(join(directory, 'folder'), { recursive: true });
    await writeFile(join(directory, 'file'), 'abc');
    await symlink('/etc/passwd', join(directory, 'link'));
    await symlink('/nowhere', join(directory, 'dangling'));
    await promisify(execFile)('mkfifo', [join(directory, 'pipe')]);
    const local = host({ checkpoints: ['~/c'] });
    const { checkpoints } = await local.reader.read(new AbortController().signal, 15_000);
    assert.deepEqual(
      checkpoints[0]!.entries.map(({ path, kind, bytes }) => [path.split('/').at(-1), kind, bytes]).sort(),
      [
        ['dangling', 'link', null],
        ['file', 'file', 3],
        ['folder', 'directory', null],
        ['link', 'link', null],
        ['pipe', 'other', null],
      ],
    );
  });

  it('asks a csh, which knows no -l beside -c, as a csh is asked', async () => {
    await rm(fake.pueue.path);
    const path = await fake.pueue.executable(
      'tools/pueue',
      `[ "$1" = --version ] && { echo 'pueue 4.0.4'; exit; }\ncat '${fake.pueue.home}/status'`,
    );
    fake.pueue.env['SHELL'] = await fake.pueue.executable('bin/tcsh', `[ "$1" = -c ] && echo '${path}'`);
    assert.equal((await host().audit()).commands![0]!.argv[0], path);
  });

  it('lists the rest where an entry goes between the listing and the look at it', async () => {
    await mkdir(join(fake.pueue.home, 'c'));
    await writeFile(join(fake.pueue.home, 'c/stays'), '');
    const going = `import os\nreal=os.scandir\nclass Gone:\n name='gone'\n def stat(self,follow_symlinks): raise FileNotFoundError(2,'x')\nclass Both:\n def __init__(self,p): self.r=real(p)\n def __enter__(self): return iter([Gone()]+list(self.r))\n def __exit__(self,*a): self.r.close()\nos.scandir=Both`;
    const { checkpoints } = await host({ python: await fake.pueue.python(going), checkpoints: ['~/c'] }).audit();
    assert.deepEqual(
      checkpoints!.map(({ path }) => path),
      [join(fake.pueue.home, 'c/stays')],
    );
  });

  it('ends a pueue that prints without end where a version is asked for, long before the time is over', async () => {
    await fake.pueue.executable(
      '.local/bin/pueue',
      `[ "$1" = --version ] && exec yes\ncat '${fake.pueue.home}/status'`,
    );
    const began = performance.now();
    assert.equal((await host().problem()).code, 'badReply');
    assert.ok(performance.now() - began < 8000);
  });

  it('forgets a request once it is answered', async () => {
    await fake.pueue.runs(`echo $$ > '${fake.pueue.home}/pid'; exec sleep 1000`);
    const stream = await createLocalConnector('lab', fake.pueue.env).connect(
      bootstrapCommand,
      new AbortController().signal,
    );
    const session = new HostSession(stream, {
      ...{ host: 'lab', python: null, program, clock: systemClock, log: new KeptLog() },
    });
    const ask = (message: HostRequest<unknown>['message']): Promise<unknown> =>
      session.request({ message, parse: (answer) => answer }, new AbortController().signal, 10_000);
    try {
      const reading = ask({ op: 'snapshot', checkpoints: [] });
      assert.deepEqual(await ask({ op: 'cancel', id: 1 }), { known: true });
      await assert.rejects(reading, /cancelled/u);
      assert.deepEqual(await ask({ op: 'cancel', id: 1 }), { known: false });
      for (const message of [{ op: 'run' }, { op: 'snapshot' }, { op: 'snapshot', checkpoints: [], pueue: 'x' }])
        await assert.rejects(ask(message), /badRequest/u);
    } finally {
      session.close();
    }
  });

  it('finds the directory of pueue where its configuration, or the user’s, says, and none that is relative', async () => {
    const cases: [config: string, environment: Record<string, string>, expected: string | null][] = [
      ['shared:\n  pueue_directory: ~/x', {}, '/h/x'],
      ['shared:\n  pueue_directory: "/a b"', {}, '/a b'],
      ['shared:\n  pueue_directory: null', {}, '/h/.local/share/pueue'],
      ['client:\n  pueue_directory: /x', { XDG_DATA_HOME: '/d' }, '/d/pueue'],
      ['', { XDG_DATA_HOME: 'd' }, '/h/.local/share/pueue'],
      ['shared:\n  pueue_directory: x', {}, null],
    ];
    const script = `import json,sys
sys.path.insert(0,'src/host/helper')
sys.dont_write_bytecode=True
import daemon
print(json.dumps(daemon.pueue_directory(sys.argv[1],json.loads(sys.argv[2]))))`;
    for (const [config, environment, expected] of cases) {
      const path = join(fake.pueue.home, 'c.yml');
      await writeFile(path, config);
      const argv = ['-B', '-c', script, path, JSON.stringify({ HOME: '/h', ...environment })];
      assert.equal(JSON.parse((await promisify(execFile)('python3', argv)).stdout), expected, config);
    }
  });

  it('takes no other process for the daemon whose number stands in its file', async () => {
    const config = join(fake.pueue.home, 'p.yml');
    await writeFile(config, 'client:\n  pid_path: /no\nshared: # ours\n  pid_path: "~/d.pid"\n');
    const local = host({ pueueConfig: config });
    const startOf = async (pid: string): Promise<string | null> => {
      await writeFile(join(fake.pueue.home, 'd.pid'), pid);
      return (await local.reader.read(new AbortController().signal, 15_000)).daemonStart;
    };
    await copyFile('/bin/sleep', join(fake.pueue.home, 'pueued'));
    const daemon = spawn(join(fake.pueue.home, 'pueued'), ['1000']);
    try {
      await new Promise((resolve) => daemon.once('spawn', resolve));
      assert.match((await startOf(`${daemon.pid!}\n`))!, new RegExp(`^[0-9a-f-]{36}/${daemon.pid!}/\\d+$`, 'u'));
      for (const stale of [`${process.pid}`, '999999999', 'x', '']) assert.equal(await startOf(stale), null, stale);
    } finally {
      daemon.kill('SIGKILL');
    }
  });

  /** How many threads the helper of this reader has. */
  async function threadsOf(local: LocalHost): Promise<number> {
    const [, pid] = /helper (\d+) is up/u.exec(local.log.lines.join('\n'))!;
    return (await readdir(`/proc/${pid!}/task`)).length;
  }

  /** How many threads are left once those that have answered have ended, a moment later, or after two seconds. */
  async function threadsLeft(local: LocalHost, most: number): Promise<number> {
    const until = performance.now() + 2000;
    let threads = await threadsOf(local);
    while (threads > most && performance.now() < until) threads = await threadsOf(local);
    return threads;
  }

  /** Asks for something and takes it back at once. @returns the code of what was answered */
  async function giveUp(ask: (signal: AbortSignal) => Promise<unknown>): Promise<string> {
    const abort = new AbortController();
    const asked = ask(abort.signal);
    await new Promise((resolve) => setImmediate(resolve));
    abort.abort();
    const error: unknown = await asked.catch((failure: unknown) => failure);
    assert.ok(isProblemError(error), String(error));
    return error.problem.code;
  }

  it('begins no more requests beside fifty that hang, says so, and goes on with what does not hang', async () => {
    const hanging = `import os,time\nreal=os.stat\ndef hang(p,*a,**k):\n if str(p).endswith('state.json'): time.sleep(1000)\n return real(p,*a,**k)\nos.stat=hang`;
    const local = host({ python: await fake.pueue.python(hanging) });
    const watch = (signal: AbortSignal): Promise<unknown> =>
      local.reader.watch({ sign: null, everyMs: 100, forMs: 0 }, signal);
    await local.reader.examine(new AbortController().signal, 15_000);
    const before = await threadsOf(local);
    for (let count = 0; count < 60; count++) assert.equal(await giveUp(watch), 'cancelled');
    await assert.rejects(watch(new AbortController().signal), /50 requests hang/u);
    assert.ok((await threadsLeft(local, before + 50)) <= before + 50);
  });

  it('does not look again where a look at the host hangs, though nobody waited for it to the end', async () => {
    const hanging = `import os,time\nos.statvfs=lambda p: time.sleep(1000)`;
    const local = host({ python: await fake.pueue.python(hanging) });
    const examine = (signal: AbortSignal): Promise<unknown> => local.reader.examine(signal, 15_000);
    await local.audit();
    await giveUp(examine);
    await local.reader.examine(new AbortController().signal, 15_000);
    const threads = await threadsOf(local);
    for (let count = 0; count < 5; count++) await giveUp(examine);
    const again = await local.reader.examine(new AbortController().signal, 15_000);
    assert.deepEqual(
      again.unanswered,
      ['journal', 'pueueDirectory'].map((look) => ({ look, why: 'it still hangs' })),
    );
    assert.ok((await threadsLeft(local, threads)) <= threads, 'no thread more');
  });

  it('lets a short reply overtake what is left of a long one, and cuts no frame in two', async () => {
    const script = `import os,sys
sys.path.insert(0,'src/host/helper')
sys.dont_write_bytecode=True
import wire
reader,writer=os.pipe()
box=wire.Outbox(writer,b'')
box.put_encoded(1,(b'x'*(3*wire.CHUNK),wire.LAST))
box.put(2,{'ok':2})
seen=b''
while box.pending():
  box.flush()
  seen+=os.read(reader,1<<20)
at,ids=0,[]
while at<len(seen):
  length,number,flags=wire.HEADER.unpack_from(seen,at)
  ids.append((number,flags))
  at+=wire.HEADER.size+length
print(ids,at==len(seen))`;
    const { stdout } = await promisify(execFile)('python3', ['-B', '-c', script]);
    assert.equal(stdout.trim(), '[(2, 1), (1, 0), (1, 0), (1, 1)] True');
  });
});
