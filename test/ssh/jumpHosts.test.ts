/** Hosts behind jump hosts, over the built-in client: real sshd chains, each machine checked and logged in to as itself. */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { HostSettings } from '../../src/core/hostSettings';
import type { Connector } from '../../src/core/ports';
import { promisify } from 'node:util';
import { execFile } from 'node:child_process';
import { LabProxy } from '../lab/proxy';
import { makeLabKey, type LabKey, type Sshd } from '../lab/sshd';
import { AnsweredQuestions } from '../support/answeredQuestions';
import { startTcpServer } from './fakeServer';
import { collect, follow, labConnector, labUser, neverAborted, refuses, run, SshLab } from './labConnector';

const execute = promisify(execFile);

/** What ssh itself makes of the same configuration. */
async function opensshRun(configFile: string): Promise<{ output: string }> {
  const argv = ['-F', configFile, '-o', 'BatchMode=yes', '-o', 'StrictHostKeyChecking=yes', 'lab', 'echo in'];
  return { output: (await execute('ssh', argv)).stdout };
}

/** As ssh-keygen prints it. */
async function printOf(key: LabKey): Promise<string> {
  return (await execute('ssh-keygen', ['-lf', `${key.path}.pub`])).stdout.split(' ')[1]!;
}

/** One machine of a configuration. */
interface Machine {
  readonly alias: string;
  readonly port: number;
  readonly identity?: LabKey;
  /** Lines before the usual ones. */
  readonly lines?: readonly string[];
  /** Whose key is known for it; `null` for nobody's. */
  readonly known: Sshd | null;
}

describe('a host behind jump hosts', function () {
  this.timeout(30_000);
  let lab: SshLab;
  let gate: Sshd;
  let inner: Sshd;
  let target: Sshd;
  let targetKey: LabKey;

  before(async () => {
    lab = await SshLab.open();
    gate = await lab.sshd({ extraConfig: ['MaxSessions 1'] });
    inner = await lab.sshd();
    targetKey = await makeLabKey(join(lab.folder, 'target'));
    // Of more than ten who log in at once sshd turns some away.
    target = await lab.sshd({ authorizedKeys: [targetKey.publicKey], extraConfig: ['MaxStartups 30'] });
  });
  after(() => lab.close());

  async function writeConfig(...machines: readonly Machine[]): Promise<{ configFile: string; knownFile: string }> {
    const folder = await lab.makeFolder();
    const knownFile = join(folder, 'known');
    const lines = machines.flatMap(({ port, known }) =>
      (known?.hostPublicKeys ?? []).map((key) => `[127.0.0.1]:${String(port)} ${key}\n`),
    );
    await writeFile(knownFile, lines.join(''));
    const entries = machines.map(({ alias, port, identity = lab.identity, lines: own = [] }) =>
      [
        `Host ${alias}`,
        ...own,
        'HostName 127.0.0.1',
        `Port ${String(port)}`,
        `User ${labUser}`,
        `IdentityFile ${identity.path}`,
        'IdentitiesOnly yes',
        'IdentityAgent none',
        `UserKnownHostsFile ${knownFile}`,
        'GlobalKnownHostsFile none',
        'HashKnownHosts no',
      ].join('\n  '),
    );
    const configFile = join(folder, 'config');
    await writeFile(configFile, `${entries.join('\n\n')}\n`);
    return { configFile, knownFile };
  }

  const gateEntry = (): Machine => ({ alias: 'gate', port: gate.port, known: gate });
  const innerEntry = (): Machine => ({ alias: 'inner', port: inner.port, known: inner });
  const targetEntry = (...lines: string[]): Machine => ({
    ...{ alias: 'lab', port: target.port, known: target },
    ...{ identity: targetKey, lines },
  });

  const builtIn = (configFile: string, settings: Partial<HostSettings> = {}): Connector =>
    labConnector({ configFile, settings });

  it('is reached through one, each logged in to with the keys of its own configuration', async () => {
    const { configFile } = await writeConfig(gateEntry(), targetEntry('ProxyJump gate'));
    const stream = await builtIn(configFile).connect('echo $SSH_CONNECTION', neverAborted);
    assert.deepEqual(stream.route, { transport: 'ssh2', reason: null });
    const { output, end } = await collect(stream);
    assert.match(output.toString(), new RegExp(` ${String(target.port)}\n$`));
    assert.deepEqual(end, { exitCode: 0, signal: null, error: null });
  });

  it('is reached by the built-in client where nothing else is asked for', async () => {
    const { configFile } = await writeConfig(gateEntry(), targetEntry('ProxyJump gate'));
    const stream = await builtIn(configFile, { transport: 'auto' }).connect('true', neverAborted);
    assert.equal(stream.route.transport, 'ssh2');
    await collect(stream);
  });

  it('is reached through a jump host of the settings, by user, name and port, which the key of the settings is not shown to', async () => {
    const other = await makeLabKey(join(await lab.makeFolder(), 'other'));
    const own = await lab.sshd({ authorizedKeys: [lab.identity.publicKey, other.publicKey], hostKeys: gate.hostKeys });
    const { configFile } = await writeConfig(
      { alias: 'lab', port: target.port, known: target, identity: targetKey },
      { alias: '127.0.0.1', port: own.port, known: gate },
    );
    const proxyJump = `${labUser}@127.0.0.1:${String(own.port)}`;
    const connector = builtIn(configFile, { proxyJump, identityFile: targetKey.path });
    assert.equal((await run(connector, 'echo in')).output.toString(), 'in\n');
    assert.match(own.log(), /direct-tcpip/u);
    assert.ok(!own.log().includes(await printOf(targetKey)), 'the key of the settings is for the host');
  });

  it('is reached through two in their order, the second as if its own configuration named the first', async () => {
    const first = await lab.sshd();
    const { configFile } = await writeConfig(
      { alias: 'first', port: first.port, known: first },
      { ...innerEntry(), lines: ['ProxyCommand false'] },
      targetEntry('ProxyJump first,inner'),
    );
    assert.equal((await run(builtIn(configFile), 'echo in')).output.toString(), 'in\n');
    const { output } = await opensshRun(configFile);
    assert.equal(output, 'in\n', 'ssh goes the same way');
    assert.match(
      first.log(),
      new RegExp(`direct-tcpip.*127\\.0\\.0\\.1.*${String(inner.port)}|port ${String(inner.port)}`, 'u'),
    );
  });

  it('is reached through three, the outermost named by the configuration of the first', async () => {
    const [outer, middle] = [await lab.sshd(), await lab.sshd()];
    const { configFile } = await writeConfig(
      { alias: 'outer', port: outer.port, known: outer },
      { alias: 'middle', port: middle.port, known: middle, lines: ['ProxyJump outer'] },
      innerEntry(),
      targetEntry('ProxyJump middle,inner'),
    );
    assert.equal((await run(builtIn(configFile), 'echo in')).output.toString(), 'in\n');
    assert.match(outer.log(), new RegExp(`port ${String(middle.port)}`, 'u'));
    assert.equal((await opensshRun(configFile)).output, 'in\n', 'ssh goes the same way');
  });

  it('is not looked for without an end where jump hosts lead through each other', async () => {
    const { configFile } = await writeConfig(
      { ...gateEntry(), lines: ['ProxyJump inner'] },
      { ...innerEntry(), lines: ['ProxyJump gate'] },
      targetEntry('ProxyJump gate'),
    );
    const problem = await refuses(builtIn(configFile).connect('true', neverAborted), 'invalidInput', /in a circle/);
    assert.match(problem.next, /ProxyJump/);
  });

  it('is asked about by its own name where the key of a jump host is not known, and nothing is sent to it before', async () => {
    const unknown = await lab.sshd();
    const { configFile, knownFile } = await writeConfig(
      gateEntry(),
      { alias: 'second', port: unknown.port, known: null },
      targetEntry('ProxyJump gate,second'),
    );
    const questions = new AnsweredQuestions();
    questions.onHostKey = () => {
      assert.doesNotMatch(unknown.log(), /userauth-request|SSH2_MSG_SERVICE_REQUEST received/);
      return true;
    };
    assert.equal((await run(builtIn(configFile), 'echo in', questions)).output.toString(), 'in\n');
    const [question, ...others] = questions.hostKeys;
    assert.deepEqual(
      [question?.host, question?.address, others.length],
      ['second (jump host of lab)', `127.0.0.1:${String(unknown.port)}`, 0],
    );
    const name = `[127.0.0.1]:${String(unknown.port)}`;
    assert.ok((await readFile(knownFile, 'latin1')).includes(`${name} ${unknown.hostPublicKeys[0]!}`));
    assert.equal((await run(builtIn(configFile), 'echo in')).output.toString(), 'in\n');
  });

  it('is refused where a jump host shows another key, to which no login is sent, and no connection is left', async () => {
    const proxy = await LabProxy.start({ port: gate.port });
    const changed = await lab.sshd();
    lab.later(() => proxy.close());
    const { configFile } = await writeConfig(
      { alias: 'gate', port: proxy.port, known: gate },
      { alias: 'second', port: changed.port, known: inner },
      targetEntry('ProxyJump gate,second'),
    );
    const questions = new AnsweredQuestions();
    questions.onHostKey = () => true;
    const problem = await refuses(
      labConnector({ configFile, settings: { transport: 'auto' } }).connect('true', neverAborted, questions),
      'hostKeyChanged',
      /connect to second \(jump host of lab\): the server's key has changed/,
    );
    assert.match(problem.next, /ssh -F \S+ -J gate second/);
    await proxy.until(({ openCount }) => openCount === 0);
    assert.equal(proxy.connectionCount, 1);
    assert.doesNotMatch(changed.log(), /userauth-request|SSH2_MSG_SERVICE_REQUEST received/);
    assert.equal(questions.hostKeys.length, 0);
  });

  const failures: readonly (readonly [
    string,
    (entry: Machine) => Machine | Promise<Machine>,
    string,
    RegExp,
    RegExp,
  ])[] = [
    [
      'a jump host that is not there',
      (entry) => ({ ...entry, port: 9 }),
      'unreachable',
      /gate \(jump host of lab\) \(127\.0\.0\.1:9\): connection refused/,
      /Check the port/,
    ],
    [
      'a jump host that forwards nothing',
      async (entry) => {
        const server = await lab.sshd({ extraConfig: ['AllowTcpForwarding no'] });
        return { ...entry, port: server.port, known: server };
      },
      'refused',
      /Could not reach lab .*gate \(jump host of lab\) does not connect anybody to it \(open failed\)/,
      /AllowTcpForwarding/,
    ],
    [
      'a jump host that takes no key of ours',
      (entry) => ({ ...entry, identity: targetKey }),
      'authenticationFailed',
      /gate \(jump host of lab\) did not let/,
      /authorized_keys/,
    ],
  ];
  for (const [title, change, code, words, next] of failures) {
    it(`is told to be out of reach behind ${title}`, async () => {
      const { configFile } = await writeConfig(await change(gateEntry()), targetEntry('ProxyJump gate'));
      const attempt = builtIn(configFile).connect('true', neverAborted);
      const problem = await refuses(attempt, code as 'refused', words);
      assert.match(problem.next, next);
    });
  }

  it('is told to be out of reach of the jump host, where nothing listens', async () => {
    const { configFile } = await writeConfig(gateEntry(), {
      ...targetEntry('ProxyJump gate'),
      port: 9,
    });
    await refuses(
      builtIn(configFile).connect('true', neverAborted),
      'unreachable',
      /Could not reach lab \(127\.0\.0\.1:9\): gate \(jump host of lab\) could not connect to it \(Connection refused\)/,
    );
  });

  it('keeps the limits of each phase at each machine', async () => {
    const silent = await startTcpServer(() => undefined);
    lab.later(silent.close);
    const { configFile } = await writeConfig(gateEntry(), { ...targetEntry('ProxyJump gate'), port: silent.port });
    const connector = labConnector({ configFile, timings: { connectMs: 600 } });
    await refuses(
      connector.connect('true', neverAborted),
      'unreachable',
      /lab \(127\.0\.0\.1:\d+\): it accepts connections and stays silent for 0\.6 s/,
    );
    await silent.allClosed();
  });

  for (const how of ['fin', 'rst', 'freeze'] as const) {
    it(`is lost, and nothing else, when the link to a jump host is cut by ${how}, and there again with the next connection`, async () => {
      const proxy = await LabProxy.start({ port: gate.port });
      lab.later(() => proxy.close());
      const { configFile } = await writeConfig(
        { alias: 'gate', port: proxy.port, known: gate },
        innerEntry(),
        targetEntry('ProxyJump gate,inner'),
      );
      const connector = labConnector({ configFile, timings: { keepAliveMs: 150, farewellMs: 100 } });
      const stream = await connector.connect('echo ready; exec cat', neverAborted);
      const reader = follow(stream);
      await reader.until('ready');
      if (how === 'freeze') proxy.freeze();
      else proxy.cut(how);
      const { exitCode, signal } = await reader.end;
      assert.deepEqual([exitCode, signal], [null, null]);
      await proxy.until(({ openCount }) => openCount === 0);
      proxy.unfreeze();
      assert.equal((await run(connector, 'echo in')).output.toString(), 'in\n');
    });
  }

  it('is one of twelve that share a jump host, each with a connection of its own', async () => {
    const shared = await lab.sshd({ extraConfig: ['MaxStartups 30'] });
    const proxy = await LabProxy.start({ port: shared.port });
    lab.later(() => proxy.close());
    const { configFile } = await writeConfig(
      { alias: 'gate', port: proxy.port, known: shared },
      targetEntry('ProxyJump gate'),
    );
    const streams = await Promise.all(
      Array.from({ length: 12 }, () => builtIn(configFile).connect('exec cat', neverAborted)),
    );
    assert.equal(proxy.openCount, 12);
    for (const stream of streams) stream.close();
    await proxy.until(({ openCount }) => openCount === 0);
  });

  it('leaves no connection behind at any machine when it is closed, or cancelled on the way', async () => {
    const proxies = await Promise.all([gate, inner, target].map(({ port }) => LabProxy.start({ port })));
    lab.later(async () => {
      for (const proxy of proxies) await proxy.close();
    });
    const [a, b, c] = proxies as [LabProxy, LabProxy, LabProxy];
    const { configFile } = await writeConfig(
      { alias: 'gate', port: a.port, known: gate },
      { alias: 'inner', port: b.port, known: inner },
      { ...targetEntry('ProxyJump gate,inner'), port: c.port },
    );
    const stream = await builtIn(configFile).connect('exec cat', neverAborted);
    assert.deepEqual(
      proxies.map(({ openCount }) => openCount),
      [1, 1, 1],
    );
    stream.close();
    for (const proxy of proxies) await proxy.until(({ openCount }) => openCount === 0);
    const abort = new AbortController();
    const attempt = builtIn(configFile).connect('true', abort.signal);
    await b.until(({ connectionCount }) => connectionCount === 2);
    abort.abort();
    await assert.rejects(attempt, /was cancelled/);
    for (const proxy of proxies) await proxy.until(({ openCount }) => openCount === 0);
  });
});
