/** Hosts behind jump hosts, over the built-in client: real sshd chains, each machine checked and logged in to as itself. */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { HostSettings } from '../../src/core/hostSettings';
import type { Connector } from '../../src/core/ports';
import { LabProxy } from '../lab/proxy';
import { makeLabKey, type LabKey, type Sshd } from '../lab/sshd';
import { AnsweredQuestions } from '../support/answeredQuestions';
import { collect, follow, labConnector, labUser, neverAborted, refuses, run, SshLab } from './labConnector';

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
    target = await lab.sshd({ authorizedKeys: [targetKey.publicKey] });
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
});
