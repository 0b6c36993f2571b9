/** What a host can do wrong, by a fake pueue or a fake login shell where a real one cannot be made to fail on purpose. */
import assert from 'node:assert/strict';
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { auditText } from '../../src/core/audit/auditText';
import { isProblemError } from '../../src/core/problem';
import { identify, isAlive, type ProcessIdentity } from '../lab/processes';
import { recordedSecret, recordedStatus } from '../support/fixtures';
import { FakeHosts } from '../support/fakePueue';

describe('a host that misbehaves', () => {
  const fake = new FakeHosts();
  const { host } = fake;
  const whole = recordedStatus('4.0.4');
  const documents: [string, string, RegExp][] = [
    ['nothing', '', /empty, cut off, or no JSON/u],
    ['half of a status', whole.slice(0, whole.length / 2), /empty, cut off, or no JSON/u],
    ['a status without its last bracket', whole.trimEnd().slice(0, -1), /empty, cut off, or no JSON/u],
    ['no JSON', 'There are no tasks.', /empty, cut off, or no JSON/u],
    ['a list', '[]', /empty, cut off, or no JSON/u],
    ['an object that is no status', '{"hello":1}', /shape that is not known/u],
    ['tasks that are none', '{"tasks":[],"groups":{}}', /shape that is not known/u],
    ['JSON nested a million deep', `{"tasks":${'['.repeat(1_000_000)}`, /empty, cut off, or no JSON/u],
    [
      'a key that is no id',
      '{"tasks":{"x":{}},"groups":{"default":{"status":"Running","parallel_tasks":1}}}',
      /shape that is not known/u,
    ],
  ];
  for (const [what, status, message] of documents)
    it(`whose pueue prints ${what} has no counts and is blocked`, async () => {
      await fake.pueue.prints(status);
      const report = await host().audit();
      assert.equal(report.problem?.code, 'badReply');
      assert.match(report.problem.message, message);
      assert.equal(report.counts.running, null);
      assert.equal(report.decision.verdict, 'block');
    });

  it('whose pueue prints a notice before the status is read', async () => {
    await fake.pueue.prints(`Different daemon version detected '3.3.1'. Consider restarting the daemon.\n${whole}`);
    const report = await host().audit();
    assert.deepEqual([report.problem, report.counts.running], [null, 1]);
  });

  it('whose status has a job in a state of a later version is blocked, and what the state holds stays there', async () => {
    await fake.pueue.prints(whole.replace('"Running": {', `"Dreaming": {"envs":{"A":"${recordedSecret}"},`));
    const local = host();
    const report = await local.audit();
    assert.deepEqual([report.counts.unknown, report.decision.row], [1, 'cannot-tell']);
    assert.ok(!(await local.tap.said()).includes(recordedSecret));
  });

  const versions: [string, string | undefined][] = [
    ['pueue 5.0.0', undefined],
    ['Pueue client 3.0.0', undefined],
    ['Pueue client 2.1.0', 'versionUnsupported'],
    ['pueue', 'badReply'],
    ['', 'badReply'],
  ];
  for (const [version, code] of versions)
    it(`whose pueue calls itself "${version}" is ${code ?? 'read'}`, async () => {
      await fake.pueue.prints(whole, version);
      const report = await host().audit();
      assert.equal(report.problem?.code, code);
      if (version.includes('5')) assert.equal(report.decision.row, 'cannot-tell');
    });

  it('whose pueue fails with text that holds environments sends none of it', async () => {
    await fake.pueue.runs(`echo 'Got something odd: {"envs":{"A":"${recordedSecret}"}}' >&2; exit 1`);
    const local = host();
    const report = await local.audit();
    assert.equal(report.problem?.code, 'badReply');
    assert.match(report.problem.message, /exited with code 1/u);
    assert.ok(!(await local.tap.said()).includes(recordedSecret) && !auditText(report).includes(recordedSecret));
  });

  it('whose pueue is killed is said to have been ended by a signal', async () => {
    await fake.pueue.runs('kill -9 $$');
    assert.match((await host().problem()).message, /ended by signal 9/u);
  });

  it('whose pueue hangs is timed out, and its pueue is ended', async () => {
    await fake.pueue.runs(`echo $$ > '${join(fake.pueue.home, 'pid')}'; exec sleep 1000`);
    const local = host();
    const reading = local.problem(1500);
    const hung = await pidIn('pid');
    assert.equal((await reading).code, 'timedOut');
    await untilGone(hung);
  });

  it('whose reading is cancelled answers at once, ends its pueue, and goes on answering', async () => {
    await fake.pueue.runs(`echo $$ > '${join(fake.pueue.home, 'pid')}'; exec sleep 1000`);
    const local = host();
    const abort = new AbortController();
    const reading = local.reader.read(abort.signal, 30_000);
    const hung = await pidIn('pid');
    abort.abort();
    await assert.rejects(reading, (error) => isProblemError(error) && error.problem.code === 'cancelled');
    await untilGone(hung);
    await fake.pueue.prints(whole);
    assert.equal((await local.audit()).counts.running, 1);
    assert.equal(local.tap.connections, 1);
  });

  it('leaves no process behind when the link is cut, the pueue that it had started included', async () => {
    await fake.pueue.runs(
      `echo $PPID > '${join(fake.pueue.home, 'helper')}'; echo $$ > '${join(fake.pueue.home, 'pid')}'; exec sleep 1000`,
    );
    const local = host();
    const reading = local.problem();
    const [hung, helper] = [await pidIn('pid'), await pidIn('helper')];
    local.tap.cut();
    // The reading began on a fresh link, so it is not asked again.
    assert.equal((await reading).code, 'lost');
    await untilGone(hung);
    await untilGone(helper);
  });

  it('that cuts the link inside a frame is asked again, and half an answer is never taken, at any of its bytes', async () => {
    await fake.pueue.prints(whole);
    const local = host();
    await local.audit();
    const before = local.tap.bytesReceived;
    const expected = await local.audit();
    const length = local.tap.bytesReceived - before;
    assert.ok(length > 50);
    // Its times make a reply a few bytes longer or shorter than the next.
    for (const at of [1, 8, 9, 10, Math.floor(length / 2), Math.floor(length * 0.9)]) {
      const fresh = host();
      await fresh.audit();
      fresh.tap.cutAfter(at);
      const report = await fresh.audit();
      // A warm link that dies is replaced once, and the whole question asked again.
      assert.deepEqual(
        [report.problem, report.counts, fresh.tap.connections],
        [null, expected.counts, 2],
        `cut after ${at} bytes`,
      );
    }
  });

  it('that has a json.py and a pueue_preflight in the home directory does not run them', async () => {
    await fake.pueue.prints(whole);
    for (const name of ['json.py', 'os.py', 'wire.py', 'sitecustomize.py'])
      await writeFile(
        join(fake.pueue.home, name),
        `open('${join(fake.pueue.home, 'ran')}', 'w')\nraise SystemExit(3)\n`,
      );
    const report = await host().audit();
    assert.equal(report.problem, null);
    await assert.rejects(rm(join(fake.pueue.home, 'ran')), { code: 'ENOENT' });
  });

  it('whose login shell prints 5 MB first is read', async () => {
    await fake.pueue.prints(whole);
    const local = host({}, (command) => `head -c 5000000 /dev/zero | tr '\\0' 'x'; echo noise >&2; ${command}`);
    assert.equal((await local.audit()).counts.running, 1);
  });

  it('whose login shell prints without end is refused', async () => {
    const problem = await host(
      {},
      () => 'cat >/dev/null & while :; do echo yyyyyyyyyyyyyyyyyyyyyyyyyyyy; done',
    ).problem();
    assert.equal(problem.code, 'badReply');
    assert.match(problem.message, /8 MiB/u);
  });

  const shells: [string, (command: string) => string][] = [
    ['exits', () => 'exit 3'],
    ['reads the input', (command) => `read -r line; ${command}`],
    ['echoes the input', () => 'cat'],
  ];
  for (const [what, change] of shells)
    it(`whose login shell ${what} names the startup file as the cause`, async () => {
      await fake.pueue.prints(whole);
      const problem = await host({}, change).problem();
      assert.equal(problem.code, 'badReply');
      assert.match(problem.next, /startup file or a forced command/u);
    });

  it('without python3 says pythonMissing', async () => {
    // The known absolute places exist on this machine, so they are taken out of the search.
    fake.pueue.env['PATH'] = await emptyBin();
    const problem = await host({}, (command) => command.replaceAll(/ \/\S*python3(?=[ ;])/gu, '')).problem();
    assert.equal(problem.code, 'pythonMissing');
    assert.match(problem.message, /no python3 was found/u);
  });

  it('with a python3 that is too old says which', async () => {
    const bin = await emptyBin();
    fake.pueue.env['PATH'] = bin;
    const old = `#!/bin/sh\ncase "$5" in *sys.exit*) exit 1;; esac\nexec /usr/bin/python3 "$1" "$2" "$3" "$4" "import sys;sys.version_info=(3,6,9);$5"\n`;
    await writeFile(join(bin, 'python3'), old);
    await chmod(join(bin, 'python3'), 0o755);
    const problem = await host({}, (command) => command.replaceAll(/ \/\S*python3(?=[ ;])/gu, '')).problem();
    assert.equal(problem.code, 'pythonMissing');
    assert.match(problem.message, /3\.6\.9/u);
  });

  it('whose interpreter of the settings is not there says so, and takes no other', async () => {
    await fake.pueue.prints(whole);
    for (const python of ['/nowhere/python3', '~/nowhere', 'python3-of-nowhere']) {
      const problem = await host({ python }).problem();
      assert.equal(problem.code, 'pythonMissing');
      assert.ok(problem.message.includes(python), problem.message);
    }
  });

  it('uses the interpreter of the settings', async () => {
    await fake.pueue.prints(whole);
    const path = join(fake.pueue.home, 'my python');
    await writeFile(
      path,
      `#!/bin/sh\n[ "$5" = x ] || echo used > '${join(fake.pueue.home, 'used')}'\nexec /usr/bin/python3 "$@"\n`,
    );
    await chmod(path, 0o755);
    assert.equal((await host({ python: path }).audit()).problem, null);
    await rm(join(fake.pueue.home, 'used'));
  });

  it('shows names that are no UTF-8 escaped, and keeps their bytes', async () => {
    await fake.pueue.prints(whole);
    const directory = Buffer.from(`${fake.pueue.home}/c`);
    await mkdir(directory);
    await writeFile(Buffer.concat([directory, Buffer.from('/bad\xff\nname', 'latin1')]), 'x');
    const report = await host({ checkpoints: ['~/c'] }).audit();
    assert.equal(report.checkpoints![0]!.path, `${fake.pueue.home}/c/bad\udcff\nname`);
    assert.match(auditText(report), /bad\\xff\\nname/u);
  });

  it('says of a checkpoint directory that it cannot read that it could not, and lists nothing', async () => {
    await fake.pueue.prints('{"tasks":{},"groups":{"default":{"status":"Running","parallel_tasks":1}}}');
    await writeFile(join(fake.pueue.home, 'file'), '');
    const report = await host({ checkpoints: ['~/file'] }).audit();
    assert.equal(report.checkpoints, null);
    assert.deepEqual(
      report.checkpointDirectories!.map(({ state, error }) => [state, error]),
      [['unreadable', 'ENOTDIR']],
    );
    assert.equal(report.decision.verdict, 'review', 'an empty queue alone would pass');
  });

  it('reads ten thousand jobs, at most 0.45 KB each and far less when deflated', async () => {
    const { tasks, groups } = JSON.parse(whole) as { tasks: Record<string, { envs: object }>; groups: object };
    const many: Record<string, object> = {};
    for (let id = 0; id < 10_000; id++) many[id] = { ...tasks['3'], id };
    await fake.pueue.prints(JSON.stringify({ tasks: many, groups }));
    const local = host();
    const report = await local.audit();
    assert.equal(report.counts.succeeded, 10_000);
    assert.ok(local.tap.bytesReceived < 1_000_000, `${local.tap.bytesReceived} bytes`);
  });

  /** A bin folder with the few programs that the bootstrap needs, and no Python. */
  async function emptyBin(): Promise<string> {
    const bin = join(fake.pueue.home, 'bin');
    await mkdir(bin, { recursive: true });
    return bin;
  }

  /** The process whose number stands in a file of the home directory, once it stands there. */
  async function pidIn(name: string): Promise<ProcessIdentity> {
    const { readFile } = await import('node:fs/promises');
    for (;;) {
      const text = await readFile(join(fake.pueue.home, name), 'utf8').catch(() => '');
      const identity = text.endsWith('\n') ? identify(Number(text)) : null;
      if (identity !== null) return identity;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async function untilGone(process: ProcessIdentity): Promise<void> {
    while (isAlive(process)) await new Promise((resolve) => setImmediate(resolve));
  }
});
