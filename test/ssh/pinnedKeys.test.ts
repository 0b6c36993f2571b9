/** A host is held to the key that it has proven first in this window, also where known_hosts names several. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Connector } from '../../src/core/ports';
import { makeLabKey, type LabKey, type Sshd } from '../lab/sshd';
import { labConnector, labUser, neverAborted, refuses, run, SshLab } from './labConnector';

describe('a host that was connected to before', function () {
  this.timeout(30_000);
  let lab: SshLab;
  let first: Sshd;
  let second: Sshd;
  let otherType: LabKey;

  before(async () => {
    lab = await SshLab.open();
    first = await lab.sshd();
    second = await lab.sshd();
    otherType = await makeLabKey(join(lab.folder, 'rsa'), 'rsa');
  });
  after(() => lab.close());

  interface Setup {
    readonly connector: Connector;
    /** Leads the same name to another server. */
    readonly moveTo: (port: number) => Promise<void>;
    readonly know: (...keys: readonly string[]) => Promise<void>;
  }

  /** A name of known_hosts that may lead elsewhere later. `through` gives it to a jump host. */
  async function setUp(through = false): Promise<Setup> {
    const folder = await lab.makeFolder();
    const knownFile = join(folder, 'known');
    const configFile = join(folder, 'config');
    const entry = (alias: string, port: number, name: string, ...lines: readonly string[]): string =>
      [
        `Host ${alias}`,
        ...lines,
        'HostName 127.0.0.1',
        `Port ${String(port)}`,
        `HostKeyAlias ${name}`,
        `User ${labUser}`,
        `IdentityFile ${lab.identity.path}`,
        'IdentitiesOnly yes',
        'IdentityAgent none',
        `UserKnownHostsFile ${knownFile}`,
        'GlobalKnownHostsFile none',
      ].join('\n  ');
    const moveTo = (port: number): Promise<void> =>
      writeFile(
        configFile,
        through
          ? `${entry('lab', first.port, 'behind', 'ProxyJump gate')}\n${entry('gate', port, 'depot')}\n`
          : `${entry('lab', port, 'depot')}\n`,
      );
    await moveTo(first.port);
    return {
      connector: labConnector({ configFile }),
      moveTo,
      know: (...keys) =>
        writeFile(knownFile, [...keys.map((key) => `depot ${key}\n`), `behind ${first.hostPublicKeys[0]!}\n`].join('')),
    };
  }

  for (const through of [false, true]) {
    const who = through ? 'a jump host' : 'the host';
    it(`is refused under another key, though known_hosts has both: ${who}`, async () => {
      const { connector, moveTo, know } = await setUp(through);
      await know(first.hostPublicKeys[0]!, second.hostPublicKeys[0]!);
      await run(connector, 'true');
      await moveTo(second.port);
      const problem = await refuses(
        connector.connect('true', neverAborted),
        'hostKeyChanged',
        /this window has met it as ED25519 SHA256:/,
        through ? /connect to gate \(jump host of lab\):/ : /connect to lab:/,
      );
      assert.match(problem.next, /take the other one out of/);
      assert.doesNotMatch(second.log(), /userauth-request|SSH2_MSG_SERVICE_REQUEST received/);
      await moveTo(first.port);
      await run(connector, 'true');
    });
  }

  it('is accepted under another key, where known_hosts has it in place of the first', async () => {
    const { connector, moveTo, know } = await setUp();
    await know(first.hostPublicKeys[0]!);
    await run(connector, 'true');
    await moveTo(second.port);
    await refuses(connector.connect('true', neverAborted), 'hostKeyChanged', /known for depot is/);
    await know(second.hostPublicKeys[0]!);
    assert.equal((await run(connector, 'echo in')).output.toString(), 'in\n');
    await know(first.hostPublicKeys[0]!, second.hostPublicKeys[0]!);
    await moveTo(first.port);
    await refuses(connector.connect('true', neverAborted), 'hostKeyChanged', /this window has met it as/);
  });

  it('raises no alarm where ssh has learned its other keys meanwhile', async () => {
    const ed25519 = await makeLabKey(join(await lab.makeFolder(), 'ed'));
    const several = await lab.sshd({ hostKeys: [otherType, ed25519] });
    const { connector, moveTo, know } = await setUp();
    await moveTo(several.port);
    await know(otherType.publicKey);
    await run(connector, 'true');
    // OpenSSH would ask for this type first; UpdateHostKeys writes such lines.
    await know(ed25519.publicKey, otherType.publicKey);
    assert.equal((await run(connector, 'echo in')).output.toString(), 'in\n');
  });
});
