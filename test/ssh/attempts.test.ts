/** How often an account is tried: whatever became of a login that asked a person, nothing is tried again by itself. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AuthContext, Connection } from 'ssh2';
import type { HostReader } from '../../src/core/ports';
import { isProblemError } from '../../src/core/problem';
import type { SshTimings } from '../../src/ssh/main';
import { createHostReader } from '../../src/host/main';
import { systemClock } from '../../src/systemClock';
import { makeLabKey, type LabKey } from '../lab/sshd';
import { AnsweredQuestions } from '../support/answeredQuestions';
import { hostSettings } from '../support/hostSettings';
import { KeptLog } from '../support/localHost';
import { serveWell, startCommandServer } from './commandServer';
import { labConnector, labUser, SshLab } from './labConnector';

type Method = 'password' | 'keyboard-interactive';

describe('an account', function () {
  this.timeout(60_000);
  let lab: SshLab;
  let hostKey: LabKey;

  before(async () => {
    lab = await SshLab.open();
    hostKey = await makeLabKey(join(lab.folder, 'host'));
  });
  after(() => lab.close());

  /** What a server makes of a method that asks a person. */
  type Judge = (context: AuthContext, connection: Connection) => void;

  async function open(
    transport: 'ssh2' | 'openssh',
    method: Method,
    judge: Judge,
    questions: AnsweredQuestions,
    timings: Partial<SshTimings> = {},
  ) {
    let tries = 0;
    const ssh = await startCommandServer({
      hostKey,
      env: { PATH: process.env['PATH'] ?? '' },
      serve: serveWell,
      login: (connection) => {
        connection.on('authentication', (context) => {
          if (context.method !== method) context.reject([method]);
          else {
            tries += 1;
            judge(context, connection);
          }
        });
      },
    });
    const folder = await lab.makeFolder();
    const known = join(folder, 'known');
    await writeFile(known, `[127.0.0.1]:${String(ssh.port)} ${hostKey.publicKey}\n`);
    const lines = [
      ...['Host lab', 'HostName 127.0.0.1', `Port ${String(ssh.port)}`, `User ${labUser}`],
      ...[`IdentityFile ${lab.identity.path}`, 'IdentitiesOnly yes', 'IdentityAgent none'],
      ...[`UserKnownHostsFile ${known}`, 'GlobalKnownHostsFile none'],
    ];
    const configFile = join(folder, 'config');
    await writeFile(configFile, `${lines.join('\n  ')}\n`);
    const connector = labConnector({ configFile, settings: { transport }, timings });
    const settings = hostSettings('lab', { transport });
    const reader = createHostReader({ settings, connector, questions, clock: systemClock, log: new KeptLog() });
    lab.later(async () => {
      reader.close();
      await ssh.close();
    });
    return { reader, tries: () => tries };
  }

  /** One reading, as a poll makes it. */
  async function poll(reader: HostReader, signal = new AbortController().signal): Promise<string> {
    return reader.read(signal, 20_000).then(
      () => 'read',
      (error: unknown) => {
        if (!isProblemError(error)) throw error;
        return error.problem.code;
      },
    );
  }

  /** `reject` for the password, and for prompts after they were answered. */
  const ask =
    (decide: (context: AuthContext, connection: Connection) => void): Judge =>
    (context, connection) => {
      if (context.method !== 'keyboard-interactive') decide(context, connection);
      else
        context.prompt([{ prompt: 'Code: ', echo: false }], () => {
          decide(context, connection);
        });
    };
  const refuse = ask((context) => {
    context.reject([context.method]);
  });
  const silent: Judge = () => undefined;
  const hangUp: Judge = (_context, connection) => {
    connection.end();
  };

  type Person = () => Promise<readonly string[] | null>;
  const answers: Person = () => Promise.resolve(['x']);
  const cases: readonly (readonly [string, Judge, Person, Record<'ssh2' | 'openssh', Record<Method, number>>])[] = [
    [
      'a wrong answer, however often the person gives one',
      refuse,
      answers,
      { ssh2: { password: 3, 'keyboard-interactive': 3 }, openssh: { password: 1, 'keyboard-interactive': 1 } },
    ],
    [
      'a cancelled box',
      refuse,
      () => Promise.resolve(null),
      { ssh2: { password: 0, 'keyboard-interactive': 1 }, openssh: { password: 0, 'keyboard-interactive': 1 } },
    ],
    [
      'a server that says nothing more',
      silent,
      answers,
      { ssh2: { password: 1, 'keyboard-interactive': 1 }, openssh: { password: 1, 'keyboard-interactive': 1 } },
    ],
    [
      'a link that ends',
      hangUp,
      answers,
      { ssh2: { password: 1, 'keyboard-interactive': 1 }, openssh: { password: 1, 'keyboard-interactive': 1 } },
    ],
  ];
  for (const transport of ['ssh2', 'openssh'] as const)
    for (const method of ['password', 'keyboard-interactive'] as const) {
      for (const [title, judge, person, expected] of cases)
        it(`is tried no more by itself after ${title}: ${method} by ${transport}`, async () => {
          const questions = new AnsweredQuestions();
          questions.onPrompt = person;
          const timings = { connectMs: 1_000, promptMs: 1_000 };
          const { reader, tries } = await open(transport, method, judge, questions, timings);
          for (let count = 0; count < 4; count++) assert.notEqual(await poll(reader), 'read');
          assert.equal(tries(), expected[transport][method]);
          reader.allowQuestions();
          await poll(reader);
          assert.equal(tries(), 2 * expected[transport][method], 'again after an act of the person');
        });

      it(`is tried once where nobody waits for the answer any more: ${method} by ${transport}`, async () => {
        const questions = new AnsweredQuestions();
        questions.onPrompt = answers;
        const abort = new AbortController();
        const giveUp: Judge = () => {
          abort.abort();
        };
        const { reader, tries } = await open(transport, method, giveUp, questions);
        assert.equal(await poll(reader, abort.signal), 'cancelled');
        for (let count = 0; count < 3; count++) assert.equal(await poll(reader), 'authenticationFailed');
        assert.equal(tries(), 1);
      });

      it(`is not tried by itself after a link that was lost: ${method} by ${transport}`, async () => {
        const questions = new AnsweredQuestions();
        questions.onPrompt = answers;
        const links: Connection[] = [];
        const accept = ask((context, connection) => {
          links.push(connection);
          context.accept();
        });
        const { reader, tries } = await open(transport, method, accept, questions);
        const lost = new Promise((resolve) => {
          reader.onDidLoseLink(resolve);
        });
        await poll(reader);
        links[0]!.end();
        await lost;
        for (let count = 0; count < 3; count++) assert.equal(await poll(reader), 'authenticationFailed');
        assert.deepEqual([tries(), questions.prompts.length], [1, 1]);
      });
    }
});
