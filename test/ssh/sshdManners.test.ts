/** Audits through a real sshd that is set up strictly or oddly, and through two windows at once. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { descendants, untilGone, type ProcessIdentity } from '../lab/processes';
import { untilStates } from '../lab/queueState';
import { runProgram } from '../lab/runProgram';
import { fastClock } from '../support/fastClock';
import { RemoteHost, type Way } from './remoteHost';

/** All limits five times as soon; a machine under load still has two seconds for each step of connecting. */
const hasty = fastClock(5);

describe('an audit of a host', () => {
  let host: RemoteHost;

  afterEach(async () => {
    await host.stop();
  });

  /** A host with one running job. */
  async function start(sshd: readonly string[] = []): Promise<RemoteHost> {
    host = await RemoteHost.start({ version: '4.0.4', sshd });
    const id = await host.pueue.add('sleep 1000');
    await untilStates(host.pueue, new Map([[id, 'Running']]));
    return host;
  }

  async function isWhole(way: Way): Promise<void> {
    const { problem, counts } = await way.audit();
    assert.deepEqual([problem, counts.live], [null, 1]);
  }

  it('without an sftp subsystem is whole', async () => {
    const way = await (await start()).way();
    await isWhole(way);
    assert.doesNotMatch(host.sshd.log(), /subsystem request/u, 'none was asked for');
    const { exitCode } = await runProgram('ssh', [
      '-F',
      way.configFile,
      '-o',
      'BatchMode=yes',
      '-s',
      way.alias,
      'sftp',
    ]);
    assert.notEqual(exitCode, 0);
    assert.match(host.sshd.log(), /subsystem request for sftp .*failed, subsystem not found/u, 'and there is none');
  });

  it('whose login shell floods standard error with 20 MB first is whole', async () => {
    await start(['ForceCommand head -c 20000000 /dev/zero >&2; eval "$SSH_ORIGINAL_COMMAND"']);
    await isWhole(await host.way());
  });

  /** Gives the key of the lab a forced command, as `command="…"` in authorized_keys does; sshd reads it at each login. */
  async function forceCommand(command: string): Promise<void> {
    const file = join(host.pueue.folder, 'sshd/authorized_keys');
    const options = `restrict,command="${command.replaceAll('"', '\\"')}"`;
    await writeFile(file, `${options} ${await readFile(file, 'utf8')}`);
  }

  it('whose key has a forced command that runs what was asked is whole', async () => {
    await start();
    await forceCommand('eval "$SSH_ORIGINAL_COMMAND"');
    await isWhole(await host.way());
  });

  const forced: readonly (readonly [what: string, command: string, said: RegExp])[] = [
    ['says something of its own and exits', 'echo "This key is for backups."; exit 0', /\(exit code 0\)/u],
    ['exits without a word', 'exit 3', /\(exit code 3\)/u],
    ['takes its input away', 'eval "$SSH_ORIGINAL_COMMAND" </dev/null', /\(exit code 1\)/u],
    ['reads its input and stays silent', 'exec cat >/dev/null', /nothing came within 10 s/u],
    // An echo of the nonce is not its hash.
    ['sends its input back', 'exec cat', /only \d+(\.\d+)? KB of other output came within 10 s/u],
  ];
  for (const [what, command, said] of forced)
    it(`whose key has a forced command that ${what} is blocked, and names the forced command`, async () => {
      await start();
      await forceCommand(command);
      const { problem, counts, decision } = await (await host.way({}, {}, hasty)).audit(60_000);
      assert.equal(problem?.code, 'badReply', problem?.message);
      assert.match(problem.message, said);
      assert.match(problem.next, /forced command/u);
      assert.deepEqual([counts.live, decision.verdict], [null, 'block']);
    });

  it('that drops logins by MaxStartups says what the server said, and is whole when the others have gone', async () => {
    await start(['MaxStartups 1']);
    const way = await host.way();
    const other = connect(host.sshd.port, '127.0.0.1');
    await new Promise((resolve) => other.once('data', resolve));
    const { problem, decision } = await way.audit();
    assert.equal(problem?.code, 'unreachable');
    assert.match(
      problem.message,
      /closed the connection after saying "Exceeded MaxStartups"|before saying anything|was reset/u,
    );
    assert.match(problem.next, /log of the (?:SSH )?server/u);
    assert.equal(decision.verdict, 'block');
    other.destroy();
    // The server hears of it when it will.
    while ((await way.audit()).problem !== null);
    await isWhole(way);
  });

  it('by two windows at once is whole in both; each has one helper there, and closing one leaves the other', async () => {
    await start();
    const [one, two] = [await host.way(), await host.way()];
    for (let count = 0; count < 3; count++) await Promise.all([isWhole(one), isWhole(two), isWhole(one)]);
    const helpers = helpersOn(host);
    assert.deepEqual(helpers.map(({ pid }) => pid).sort(), [helperOf(one), helperOf(two)].sort());

    one.reader.close();
    await one.proxy.until(({ openCount }) => openCount === 0);
    await untilGone(helpers.filter(({ pid }) => pid === helperOf(one)));
    await isWhole(two);
    assert.deepEqual(
      helpersOn(host).map(({ pid }) => pid),
      [helperOf(two)],
    );
    assert.deepEqual([one.proxy.connectionCount, two.proxy.connectionCount], [1, 1]);

    two.reader.close();
    await untilGone(helpers.filter(({ pid }) => pid === helperOf(two)));
    assert.deepEqual(helpersOn(host), []);
  });
});

function helperOf({ log }: Way): number {
  return Number(/helper (\d+) is up/u.exec(log.lines.join('\n'))![1]);
}

/** Processes below the server that have the loader of the helper on their command line. */
function helpersOn({ sshd }: RemoteHost): readonly ProcessIdentity[] {
  return descendants(sshd.pid).filter(({ pid }) => commandLine(pid).includes('b=sys.stdin.buffer'));
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    // It ended between the listing and the look.
    return '';
  }
}
