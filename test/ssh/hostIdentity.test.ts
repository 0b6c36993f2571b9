/** The identity of a host on the wire: nothing is offered before acceptance, and what refusals say. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LabProxy } from '../lab/proxy';
import { runProgram } from '../lab/runProgram';
import { makeLabKey, type LabKey, type Sshd } from '../lab/sshd';
import { acceptLogin, startFakeSsh, type FakeSsh } from './fakeServer';
import { collect, labConnector, labUser, neverAborted, refuses, run, SshLab } from './labConnector';

describe('the identity of a host', function () {
  this.timeout(30_000);
  let lab: SshLab;
  let sshd: Sshd;
  let other: LabKey;

  before(async () => {
    lab = await SshLab.open();
    sshd = await lab.sshd();
    other = await makeLabKey(join(lab.folder, 'other'));
  });
  after(() => lab.close());

  async function writeConfig(
    port: number,
    known: string,
    extra: readonly string[] = [],
  ): Promise<{ configFile: string; knownFile: string }> {
    const folder = await lab.makeFolder();
    const knownFile = join(folder, 'known');
    const configFile = join(folder, 'config');
    await writeFile(knownFile, known);
    const lines = [
      'Host lab',
      ...extra,
      'HostName 127.0.0.1',
      `Port ${String(port)}`,
      `User ${labUser}`,
      `IdentityFile ${lab.identity.path}`,
      'IdentitiesOnly yes',
      'IdentityAgent none',
      `UserKnownHostsFile ${knownFile}`,
      'GlobalKnownHostsFile none',
    ];
    await writeFile(configFile, lines.join('\n  '));
    return { configFile, knownFile };
  }

  async function opensshFingerprint(key: LabKey): Promise<string> {
    return (await runProgram('ssh-keygen', ['-lf', `${key.path}.pub`])).stdout.split(' ')[1]!;
  }

  const fake = async (options: Partial<Parameters<typeof startFakeSsh>[0]>): Promise<FakeSsh> => {
    const server = await startFakeSsh({ hostKey: other, ...options });
    lab.later(server.close);
    return server;
  };

  for (const [title, known] of [
    ['an unknown key', () => ''],
    ['a changed key', (port: number) => `[127.0.0.1]:${String(port)} ${lab.identity.publicKey}\n`],
    ['a revoked key', (port: number) => `@revoked [127.0.0.1]:${String(port)} ${other.publicKey}\n`],
  ] as const) {
    it(`sends no service and no authentication request after ${title}`, async () => {
      let asked = 0;
      const server = await fake({
        serve: (connection) => {
          connection.on('authentication', (context) => {
            asked += 1;
            context.accept();
          });
        },
      });
      const { configFile } = await writeConfig(server.port, known(server.port));
      const code = title === 'an unknown key' ? 'hostKeyUnknown' : 'hostKeyChanged';
      await refuses(labConnector({ configFile }).connect('true', neverAborted), code);
      await server.close();
      assert.equal(asked, 0);
      assert.ok(server.wasGreeted());
      assert.deepEqual(
        server.received().filter((name) => /SERVICE|USERAUTH/.test(name)),
        [],
      );
    });
  }

  it('is seen by the same fake server to authenticate once the key is accepted', async () => {
    const server = await fake({ serve: acceptLogin });
    const { configFile } = await writeConfig(server.port, `[127.0.0.1]:${String(server.port)} ${other.publicKey}\n`);
    const abort = new AbortController();
    const attempt = labConnector({ configFile, timings: { openMs: 200 } }).connect('true', abort.signal);
    await refuses(attempt, 'refused');
    assert.ok(server.received().some((name) => /USERAUTH/.test(name)));
  });

  it('leaves no authentication attempt in the log of a real sshd', async () => {
    const server = await lab.sshd();
    const { configFile } = await writeConfig(server.port, '');
    await refuses(labConnector({ configFile }).connect('true', neverAborted), 'hostKeyUnknown');
    await server.waitForLog(
      /Connection (?:closed|reset) by .*\[preauth\]|kex_exchange|Received disconnect|ssh_dispatch_run_fatal/,
    );
    assert.doesNotMatch(server.log(), /userauth-request|SSH2_MSG_SERVICE_REQUEST received/);
  });

  it('names type, fingerprint, names and files of an unknown key, and the way on', async () => {
    for (const strict of ['yes', 'ask', 'accept-new', 'no']) {
      const { configFile, knownFile } = await writeConfig(sshd.port, '', [`StrictHostKeyChecking ${strict}`]);
      const problem = await refuses(labConnector({ configFile }).connect('true', neverAborted), 'hostKeyUnknown');
      const print = await opensshFingerprint(sshd.hostKeys[0]!);
      assert.equal(
        problem.message,
        `Refused to connect to lab: its key is not known. It shows ED25519 ${print}. Looked for [127.0.0.1]:${String(sshd.port)} and 127.0.0.1 in ${knownFile}.`,
      );
      if (strict === 'yes') assert.match(problem.next, /^StrictHostKeyChecking is "yes", so nobody is asked\./);
      else {
        assert.match(problem.next, /^Refresh or audit the host to be asked .* before you answer yes\.$/);
        assert.ok(problem.next.includes(`"ssh -F ${configFile} lab"`));
      }
    }
  });

  it('writes nothing into known_hosts', async () => {
    const { configFile, knownFile } = await writeConfig(sshd.port, '# mine\n', ['StrictHostKeyChecking no']);
    await refuses(labConnector({ configFile }).connect('true', neverAborted), 'hostKeyUnknown');
    assert.equal((await runProgram('cat', [knownFile])).stdout, '# mine\n');
  });

  it('names both fingerprints, file and line of a changed key', async () => {
    const { configFile, knownFile } = await writeConfig(
      sshd.port,
      `# first\n\n[127.0.0.1]:${String(sshd.port)} ${other.publicKey}\n`,
    );
    const problem = await refuses(labConnector({ configFile }).connect('true', neverAborted), 'hostKeyChanged');
    assert.ok(problem.message.includes(await opensshFingerprint(sshd.hostKeys[0]!)));
    assert.ok(problem.message.includes(await opensshFingerprint(other)));
    assert.ok(problem.message.includes(`${knownFile}:3`));
    assert.ok(problem.next.includes(`${knownFile}:3`));
  });

  it('names file and line of a revoked key', async () => {
    const name = `[127.0.0.1]:${String(sshd.port)}`;
    const key = sshd.hostPublicKeys[0]!;
    const { configFile, knownFile } = await writeConfig(sshd.port, `${name} ${key}\n@revoked * ${key}\n`);
    await refuses(
      labConnector({ configFile }).connect('true', neverAborted),
      'hostKeyChanged',
      new RegExp(`@revoked \\(${knownFile}:2\\)`),
    );
  });

  it('names file and line of the certificate authority that it cannot ask', async () => {
    const { configFile, knownFile } = await writeConfig(sshd.port, `@cert-authority * ${other.publicKey}\n`);
    await refuses(
      labConnector({ configFile }).connect('true', neverAborted),
      'notSupported',
      new RegExp(`@cert-authority \\(${knownFile}:1\\)`),
    );
  });

  it('closes the door where a known_hosts file cannot be read', async () => {
    const line = `[127.0.0.1]:${String(sshd.port)} ${sshd.hostPublicKeys[0]!}\n`;
    const { configFile } = await writeConfig(sshd.port, line, [`GlobalKnownHostsFile ${lab.folder}`]);
    await refuses(
      labConnector({ configFile }).connect('true', neverAborted),
      'hostKeyUnknown',
      /cannot be read \(EISDIR\)/,
    );
  });

  it('refuses a server that shows the known key and cannot sign with it', async () => {
    const real = sshd.hostPublicKeys[0]!;
    const server = await fake({ pretend: real, serve: acceptLogin });
    const { configFile } = await writeConfig(server.port, `[127.0.0.1]:${String(server.port)} ${real}\n`);
    await refuses(
      labConnector({ configFile }).connect('true', neverAborted),
      'hostKeyChanged',
      /showed the known key but did not prove that it owns it/,
    );
    assert.deepEqual(
      server.received().filter((name) => /SERVICE|USERAUTH/.test(name)),
      [],
    );
  });

  it('answers the verifier again, silently, at each re-key of the server', async () => {
    const server = await lab.sshd({ extraConfig: ['RekeyLimit 1M'] });
    const line = `[127.0.0.1]:${String(server.port)} ${server.hostPublicKeys[0]!}\n`;
    const { configFile } = await writeConfig(server.port, line);
    const { output, end } = await run(labConnector({ configFile }), 'head -c 8000000 /dev/zero');
    assert.equal(output.length, 8_000_000);
    assert.equal(end.exitCode, 0);
    assert.ok([...server.log().matchAll(/SSH2_MSG_KEXINIT sent/g)].length > 3);
  });

  it('sends nothing but the key exchange while the key is not accepted', async () => {
    const proxy = await LabProxy.start({ port: sshd.port });
    lab.later(() => proxy.close());
    const { configFile } = await writeConfig(proxy.port, '');
    await refuses(labConnector({ configFile }).connect('true', neverAborted), 'hostKeyUnknown');
    await proxy.until(({ openCount }) => openCount === 0);
    const refused = proxy.bytes('up');

    const line = `[127.0.0.1]:${String(proxy.port)} ${sshd.hostPublicKeys[0]!}\n`;
    const accepted = await writeConfig(proxy.port, line);
    await collect(await labConnector({ configFile: accepted.configFile }).connect('true', neverAborted));
    const whole = proxy.bytes('up') - refused;
    // Identification, KEXINIT and one public key; an authentication packet would bring a kilobyte more.
    assert.ok(refused > 0 && refused < 2_500, `${String(refused)} bytes before the refusal`);
    assert.ok(whole > refused + 500, `${String(whole)} bytes with authentication`);
  });
});
