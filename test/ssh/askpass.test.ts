/** The system's ssh asks in the window: passphrases, keys of hosts, and what servers want to be told. On real parts. */
import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isAlive, untilGone } from '../lab/processes';
import { runProgram } from '../lab/runProgram';
import { makeLabKey, type LabKey, type Sshd } from '../lab/sshd';
import { AnsweredQuestions } from '../support/answeredQuestions';
import { KeptLog } from '../support/localHost';
import { neverAborted, refuses, run } from './labConnector';
import { bySystem, OpenSshLab } from './openSshLab';

const passphrase = `op'en "sésame" $HOME \`id\` \\n für 3`;

describe("the system's ssh asks in the window", function () {
  this.timeout(60_000);
  let here: OpenSshLab;
  let sshd: Sshd;
  let locked: LabKey;
  let lockedServer: Sshd;
  let temporary: string;

  before(async () => {
    here = await OpenSshLab.open();
    sshd = here.sshd;
    locked = await makeLabKey(join(await here.lab.makeFolder(), 'locked'), 'ed25519', passphrase);
    lockedServer = await here.startServer({ authorizedKeys: [locked.publicKey], hostKeys: sshd.hostKeys });
    temporary = join(here.lab.folder, 'tmp');
    await mkdir(temporary);
  });
  afterEach(async () => {
    assert.deepEqual(await readdir(temporary), [], 'files stay');
    await untilGone(here.clients());
  });
  after(() => here.close());

  function answering(...answers: string[]): AnsweredQuestions {
    const questions = new AnsweredQuestions();
    questions.answers = answers.map((answer) => [answer]);
    return questions;
  }

  const toLocked = (): Promise<string> => here.writeConfig({ port: lockedServer.port, identity: locked });

  describe('for the passphrase of a key', () => {
    it('which then opens it, whatever characters it holds, and stands in no log', async () => {
      const log = new KeptLog();
      const questions = answering(passphrase);
      const connector = bySystem(await toLocked(), { askpassFolder: temporary, log });
      assert.equal((await run(connector, 'echo in', questions)).output.toString(), 'in\n');
      const [asked] = questions.prompts;
      assert.deepEqual(
        { ...asked, prompts: asked?.prompts[0]?.text },
        {
          ...{ host: 'lab', kind: 'passphrase', asker: 'ssh on this machine', instruction: '', wasWrong: false },
          prompts: `Enter passphrase for key '${locked.path}':`,
        },
      );
      assert.ok(!log.lines.join('\n').includes('sésame'));
    });
  });

  describe('for the key of a host', () => {
    it('once, holding no link meanwhile; ssh stores exactly that key, and the next connection asks nothing', async () => {
      const proxy = await here.proxyTo(sshd.port);
      const configFile = await here.writeConfig({ port: proxy.port, known: [] });
      const known = join(configFile, '../known');
      const questions = new AnsweredQuestions();
      questions.onHostKey = async () => {
        await proxy.until(({ openCount }) => openCount === 0);
        assert.equal(await readFile(known, 'utf8'), '');
        return true;
      };
      const connector = bySystem(configFile, { askpassFolder: temporary });
      assert.equal((await run(connector, 'echo in', questions)).output.toString(), 'in\n');
      const print = (await runProgram('ssh-keygen', ['-lf', `${sshd.hostKeys[0]!.path}.pub`])).stdout.split(' ')[1]!;
      assert.deepEqual(questions.hostKeys, [
        {
          ...{ host: 'lab', address: `127.0.0.1:${String(proxy.port)}`, keyType: 'ED25519', fingerprint: print },
          store: { file: known },
          compareCommand: 'ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub',
        },
      ]);
      assert.equal(
        (await readFile(known, 'utf8')).trim(),
        `[127.0.0.1]:${String(proxy.port)} ${sshd.hostPublicKeys[0]!}`,
      );
      assert.equal((await run(connector, 'echo again', questions)).output.toString(), 'again\n');
      assert.equal(questions.hostKeys.length, 1);
    });

    it('and leaves nothing where the answer is no', async () => {
      const configFile = await here.writeConfig({ port: sshd.port, known: [] });
      const questions = new AnsweredQuestions();
      const problem = await refuses(
        bySystem(configFile, { askpassFolder: temporary }).connect('true', neverAborted, questions),
        'hostKeyUnknown',
        /shows ED25519 SHA256:/,
      );
      assert.match(problem.next, /^Refresh or audit the host to be asked/);
      assert.equal(questions.hostKeys.length, 1);
      assert.equal(await readFile(join(configFile, '../known'), 'utf8'), '');
    });
  });
});
