/** Bare, odd and hostile hosts: what is missing there, what lies elsewhere, what hangs, and clocks that are wrong. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { chmod, copyFile, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { auditText } from '../../src/core/audit/auditText';
import { diagnose } from '../../src/core/doctor/diagnose';
import type { Finding } from '../../src/core/doctor/finding';
import type { HostExamination } from '../../src/core/doctor/hostExamination';
import { isProblemError } from '../../src/core/problem';
import { identify, isAlive } from '../lab/processes';
import { actingCharacters } from '../support/hostileTexts';
import { FakeHosts } from '../support/fakePueue';
import type { LocalHost } from '../support/localHost';

const anySignal = new AbortController().signal;
const examine = (local: LocalHost): Promise<HostExamination> => local.reader.examine(anySignal, 15_000);
const about = (found: HostExamination, subject: string): Finding | undefined =>
  diagnose(found, true).find((each) => each.subject === subject);

/** Interpreters of this machine by version: what pyenv holds, and what is in PATH. */
async function interpreters(): Promise<Map<string, string>> {
  const roots = await readdir(join(homedir(), '.pyenv/versions')).catch(() => []);
  const folders = [
    ...roots.map((name) => join(homedir(), '.pyenv/versions', name, 'bin')),
    '/usr/bin',
    '/usr/local/bin',
  ];
  const found = new Map<string, string>();
  for (const version of ['3.7', '3.8', '3.9', '3.10', '3.11', '3.12', '3.13'])
    for (const folder of folders) {
      const path = join(folder, `python${version}`);
      if (!found.has(version) && runs(path)) found.set(version, path);
    }
  return found;
}

function runs(path: string): boolean {
  try {
    execFileSync(path, ['-c', ''], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Whether this user may have a mount of its own, which a container may forbid even to root. */
function mayMount(): boolean {
  try {
    execFileSync('unshare', ['-m', 'mount', '-t', 'tmpfs', '-o', 'size=64k', 'none', '/mnt'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

describe('an odd host', () => {
  const fake = new FakeHosts();
  const { host } = fake;

  it('is served by each Python from 3.7 on that is here', async function () {
    this.timeout(120_000);
    const found = await interpreters();
    const missing = ['3.7', '3.8', '3.9', '3.10', '3.11', '3.12', '3.13'].filter((version) => !found.has(version));
    if (missing.length > 0) console.log(`      Not run, because they are not installed: Python ${missing.join(', ')}`);
    found.set('the one of the system', '/usr/bin/python3');
    for (const [version, python] of found) {
      const local = host({ python });
      const [report, facts] = await Promise.all([local.audit(), examine(local)]);
      assert.deepEqual([report.problem, report.counts.running], [null, 1], version);
      assert.deepEqual(facts.unanswered, [], version);
      if (version.startsWith('3.')) assert.ok(facts.system.python.version.startsWith(`${version}.`), version);
    }
  });

  it('without any program in PATH but pueue’s own places is read', async () => {
    const bin = join(fake.pueue.home, 'empty');
    await mkdir(bin);
    fake.pueue.env['PATH'] = bin;
    // Builtins of the shell alone: as with busybox, or less.
    await fake.pueue.runs(
      `while IFS= read -r line || [ -n "$line" ]; do printf '%s\\n' "$line"; done < '${fake.pueue.status}'`,
    );
    const local = host({ python: '/usr/bin/python3' });
    const [report, facts] = await Promise.all([local.audit(), examine(local)]);
    assert.deepEqual([report.problem, report.counts.running, report.survivors !== null], [null, 1, true]);
    assert.equal(facts.pueue?.path, fake.pueue.path);
  });

  const places: [string, string, string][] = [
    ['cargo', '.cargo/bin', 'usualPlace'],
    ['pipx or uv', '.local/bin', 'usualPlace'],
    ['nix', '.nix-profile/bin', 'usualPlace'],
    ['a folder in PATH', 'tools', 'path'],
    ['a folder that only a login shell knows', 'own/bin', 'loginShell'],
  ];
  for (const [by, folder, origin] of places)
    it(`with a pueue of ${by} says where it was found`, async () => {
      const { home } = fake.pueue;
      if (by === 'nix') {
        await mkdir(join(home, 'store/1-profile/bin'), { recursive: true });
        await symlink(join(home, 'store/1-profile'), join(home, '.nix-profile'));
      } else await mkdir(join(home, folder), { recursive: true });
      const path = join(home, folder, 'pueue');
      if (path !== fake.pueue.path) {
        await copyFile(fake.pueue.path, path);
        await writeFile(fake.pueue.path, '');
        await chmod(fake.pueue.path, 0o644);
      }
      if (origin === 'path') fake.pueue.env['PATH'] = `${join(home, folder)}:/usr/bin:/bin`;
      if (origin === 'loginShell') fake.pueue.env['SHELL'] = await fake.pueue.executable('shell', `echo '${path}'`);
      const local = host();
      const [report, facts] = await Promise.all([local.audit(), examine(local)]);
      assert.equal(report.problem, null);
      assert.ok(facts.pueue !== null && 'origin' in facts.pueue);
      assert.deepEqual([facts.pueue.path, facts.pueue.origin], [path, origin]);
      if (by === 'nix') assert.equal(facts.pueue.leadsTo, join(home, 'store/1-profile/bin/pueue'));
    });

  it('with a configured client and configuration says that the settings name them', async () => {
    const local = host({ pueue: fake.pueue.path, pueueConfig: '~/own.yml' });
    const { pueue, config } = await examine(local);
    assert.ok(pueue !== null && 'origin' in pueue && pueue.origin === 'setting');
    assert.deepEqual(config, { path: join(fake.pueue.home, 'own.yml'), origin: 'setting', exists: false });
  });

  it('with PUEUE_CONFIG_PATH looks for state and daemon where that file says', async () => {
    const data = join(fake.pueue.home, 'elsewhere');
    const config = join(fake.pueue.home, 'own.yml');
    await writeFile(config, `shared:\n  pueue_directory: ${data}\n`);
    fake.pueue.env['PUEUE_CONFIG_PATH'] = config;
    const found = await examine(host());
    assert.deepEqual(found.config, { path: config, origin: 'environment', exists: true });
    assert.deepEqual([found.pueueDirectory?.path, found.pueueDirectory?.exists], [data, false]);
  });

  it('without /proc is read, and says that no process can be looked at, and not that none is there', async () => {
    const without = [
      'import os,builtins',
      'def no(real):',
      " return lambda p,*a,**k: real('/nowhere' if str(p).startswith('/proc') else p,*a,**k)",
      'os.listdir,os.stat,os.readlink,builtins.open=[no(f) for f in (os.listdir,os.stat,os.readlink,open)]',
    ].join('\n');
    const local = host({ python: await fake.pueue.python(without) });
    const [report, found] = await Promise.all([local.audit(), examine(local)]);
    assert.deepEqual([report.problem, report.survivors, report.decision.verdict], [null, null, 'review']);
    assert.deepEqual([found.processes, found.daemons], ['noProc', null]);
    assert.match(about(found, 'daemon')!.text, /cannot be told/u);
  });

  it('that runs another daemon of this user names it, and does not take it for the one that answers', async () => {
    const found = await examine(host());
    assert.ok(found.daemons!.some(({ reach }) => reach === null));
    assert.ok(found.daemons!.every(({ reach }) => reach === null));
    const unread = diagnose(found, false).find(({ subject }) => subject === 'daemon')!;
    assert.match(unread.text, /^None runs where the client looks, but \d+ other daemons? of this user/u);
  });

  it('whose programs print escapes shows them written out, and one line of each', async () => {
    const escapes = `printf '\\033]52;c;eA==\\007git \\033[2J\\342\\200\\256x\\nforged'`;
    await fake.pueue.executable('.local/bin/git', escapes);
    fake.pueue.env['PATH'] = `${fake.pueue.home}/.local/bin:/usr/bin:/bin`;
    const found = await examine(host());
    const { text } = about(found, 'git')!;
    assert.deepEqual(actingCharacters(text), []);
    assert.match(text, /^\\x1b\]52;c;eA==\\x07git \\x1b\[2J\\u\{202e\}x {2}/u);
  });

  it('whose programs hang, fail, or cannot be started is examined within four seconds, and leaves none behind', async () => {
    const { home } = fake.pueue;
    await fake.pueue.executable('.local/bin/git', `echo $$ > '${home}/pid'; exec sleep 1000`);
    await fake.pueue.executable('.local/bin/uv', 'exit 3');
    await writeFile(join(home, '.local/bin/psql'), Buffer.from('7f454c46ffffffff', 'hex'), { mode: 0o755 });
    await fake.pueue.executable('.local/bin/duckdb', 'while :; do echo yyyyyyyyyyyyyyyyyyyy; done');
    fake.pueue.env['PATH'] = `${home}/.local/bin:/usr/bin:/bin`;
    const began = performance.now();
    const found = await examine(host());
    assert.ok(performance.now() - began < 4000);
    const errors = Object.fromEntries(found.tools.map(({ name, found: program }) => [name, program?.error]));
    assert.deepEqual(
      [errors['git'], errors['uv'], errors['psql'], errors['duckdb']],
      ['no answer', 'exit code 3', 'ENOEXEC', 'tooLarge'],
    );
    await untilEnded();
  });

  it('whose examination is cancelled answers at once, and ends its programs', async () => {
    await fake.pueue.executable('.local/bin/git', `echo $$ > '${fake.pueue.home}/pid'; exec sleep 1000`);
    fake.pueue.env['PATH'] = `${fake.pueue.home}/.local/bin:/usr/bin:/bin`;
    const local = host();
    const abort = new AbortController();
    const examining = local.reader.examine(abort.signal, 15_000);
    await pidOfGit();
    const aborted = performance.now();
    abort.abort();
    await assert.rejects(examining, (error) => isProblemError(error) && error.problem.code === 'cancelled');
    await untilEnded();
    // By itself it would be ended after two seconds.
    assert.ok(performance.now() - aborted < 1500);
    assert.equal((await local.audit()).problem, null);
    assert.equal(local.tap.connections, 1);
  });

  it('with a dead mount says what is not known, and does not look there again', async () => {
    const hang = `import os,threading;real=os.statvfs;os.statvfs=lambda p: threading.Event().wait() if p.endswith('dead') else real(p)`;
    await mkdir(join(fake.pueue.home, 'dead'));
    const local = host({ python: await fake.pueue.python(hang), path: '~/dead' });
    const first = await examine(local);
    assert.deepEqual([first.project, first.unanswered], [null, [{ look: 'project', why: 'no answer within 3 s' }]]);
    assert.equal(about(first, 'project'), undefined);
    assert.match(about(first, 'not answered')!.text, /project \(no answer within 3 s\)/u);
    const began = performance.now();
    assert.deepEqual((await examine(local)).unanswered, [{ look: 'project', why: 'it still hangs' }]);
    assert.ok(performance.now() - began < 2500);
  });

  const offsets: [string, string, RegExp][] = [
    ['three days ahead', 'real()+259200', /^3 d ahead of this computer's/u],
    ['two days behind', 'real()-172860', /^2 d behind this computer's/u],
  ];
  for (const [what, expression, text] of offsets)
    it(`whose clock is ${what} says so, and shows no time below nothing`, async () => {
      const python = await fake.pueue.python(`import time;real=time.time;time.time=lambda: ${expression}`);
      const local = host({ python });
      const [report, found] = await Promise.all([local.audit(), examine(local)]);
      const clock = about(found, 'clock')!;
      assert.equal(clock.level, 'warning');
      assert.match(clock.text, text);
      assert.ok(found.daemons!.every(({ ageSeconds }) => ageSeconds >= 0) && found.system.uptimeSeconds! > 0);
      assert.doesNotMatch(auditText(report), /-\d+ (?:s|min|h|d)\b/u);
    });

  it('whose clock steps while it is asked has durations that are right all the same', async () => {
    const steps = 'import time,itertools;real=time.time;n=itertools.count();time.time=lambda: real()+(next(n)%2)*86400';
    const local = host({ python: await fake.pueue.python(steps) });
    const began = performance.now();
    const found = await examine(local);
    const tookMs = performance.now() - began;
    assert.ok(found.clock!.plusMinusMs <= tookMs, 'what it took is by a clock that does not step');
    assert.ok(found.daemons!.every(({ ageSeconds }) => ageSeconds >= 0 && ageSeconds < 365 * 86_400));
  });

  it('whose state of ours can be made nowhere is read, and says that nothing can be changed', async () => {
    fake.pueue.env['XDG_STATE_HOME'] = '/proc/nowhere';
    const local = host();
    const [report, found] = await Promise.all([local.audit(), examine(local)]);
    assert.equal(report.problem, null);
    assert.equal(about(found, 'journal')?.level, 'warning');
  });

  if (!mayMount()) console.log('Not run, because mounts of their own need a root that may make them: five odd hosts');
  else {
    /** A change of the command that runs it where `mounts` were made, for it alone. */
    function mounted(mounts: string): (command: string) => string {
      return (command) => {
        const [script, inner] = [join(fake.pueue.home, 'mounted'), join(fake.pueue.home, 'inner')];
        writeFileSync(inner, command);
        writeFileSync(script, `set -e\n${mounts}\nexec /bin/sh '${inner}'\n`);
        return `exec unshare -m /bin/sh '${script}'`;
      };
    }

    it('with a read-only home is read, and says so', async () => {
      const { home } = fake.pueue;
      const local = host({}, mounted(`mount --bind '${home}' '${home}'\nmount -o remount,bind,ro '${home}'`));
      const [report, found] = await Promise.all([local.audit(), examine(local)]);
      assert.deepEqual([report.problem, report.counts.running], [null, 1]);
      assert.match(about(found, 'journal')!.text, /read-only/u);
      assert.equal(about(found, 'state directory')?.level, 'problem');
    });

    it('with a full disk below the state of pueue is read, and says what pueue does then', async () => {
      const { data } = fake.pueue;
      const fill = `mount -t tmpfs -o size=64k none '${data}'\nmkdir '${data}/task_logs'\nhead -c 1000000 /dev/zero > '${data}/fill' 2>/dev/null || true`;
      const local = host({}, mounted(fill));
      const [report, found] = await Promise.all([local.audit(), examine(local)]);
      assert.deepEqual([report.problem, report.counts.running], [null, 1]);
      const state = about(found, 'state directory')!;
      assert.equal(state.level, 'problem');
      assert.match(state.text, /0 B are free\. pueue keeps its state there, and kills all jobs/u);
    });

    it('with no file left to make says so', async () => {
      const { data } = fake.pueue;
      const local = host({}, mounted(`mount -t tmpfs -o size=4g,nr_inodes=20 none '${data}'`));
      assert.match(about(await examine(local), 'state directory')!.text, /room for \d+ more files/u);
    });

    it('with a pueue by brew is read', async () => {
      const brew = `mount -t tmpfs none /opt\nmkdir -p /opt/homebrew/bin\nmv '${fake.pueue.path}' /opt/homebrew/bin/pueue`;
      const local = host({}, mounted(brew));
      const [report, found] = await Promise.all([local.audit(), examine(local)]);
      assert.equal(report.problem, null);
      assert.equal(found.pueue?.path, '/opt/homebrew/bin/pueue');
    });

    it('with a /proc that is not mounted is read', async () => {
      const local = host({}, mounted('mount -t tmpfs none /proc'));
      const [report, found] = await Promise.all([local.audit(), examine(local)]);
      assert.deepEqual(
        [report.problem, report.survivors, found.daemons, found.processes],
        [null, null, null, 'noProc'],
      );
    });
  }

  async function pidOfGit(): Promise<number> {
    for (;;) {
      const text = await readFile(join(fake.pueue.home, 'pid'), 'utf8').catch(() => '');
      if (text.endsWith('\n')) return Number(text);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async function untilEnded(): Promise<void> {
    const git = identify(await pidOfGit());
    while (git !== null && isAlive(git)) await new Promise((resolve) => setImmediate(resolve));
  }
});
