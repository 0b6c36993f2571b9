/** The system's ssh asks in the window what a server wants to be told: factors, passwords, and what hostile ones send. */
import assert from 'node:assert/strict';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AuthContext, Connection, Prompt } from 'ssh2';
import type { PromptQuestion } from '../../src/core/ports';
import { untilGone } from '../lab/processes';
import { makeLabKey, type LabKey } from '../lab/sshd';
import { AnsweredQuestions } from '../support/answeredQuestions';
import { KeptLog } from '../support/localHost';
import { actingCharacters } from '../support/hostileTexts';
import { startFakeSsh, type FakeSsh } from './fakeServer';
import { labUser, neverAborted, refuses, run } from './labConnector';
import { bySystem, OpenSshLab, type Entry } from './openSshLab';

type Serve = (context: AuthContext, connection: Connection) => void;

describe("the system's ssh asks in the window for a server", function () {
  this.timeout(60_000);
  let here: OpenSshLab;
  let hostKey: LabKey;
  let temporary: string;

  before(async () => {
    here = await OpenSshLab.open();
    hostKey = await makeLabKey(join(await here.lab.makeFolder(), 'host'));
    temporary = join(here.lab.folder, 'tmp');
    await mkdir(temporary);
  });
  afterEach(async () => {
    assert.deepEqual(await readdir(temporary), [], 'files stay');
    // Linux lists sockets also when their file is gone.
    const sockets = await readFile('/proc/net/unix', 'utf8').catch(() => '');
    assert.ok(!sockets.includes(temporary), 'a socket stays');
    await untilGone(here.clients());
  });
  after(() => here.close());

  /** A server that logs in as it likes, and says `in` to every command. */
  async function server(serve: Serve, banner?: string): Promise<FakeSsh> {
    const fake = await startFakeSsh({
      hostKey,
      ...(banner === undefined ? {} : { config: { banner } }),
      serve: (connection) => {
        connection.on('authentication', (context) => {
          serve(context, connection);
        });
        connection.on('session', (acceptSession) => {
          acceptSession().on('exec', (acceptCommand) => {
            const channel = acceptCommand();
            channel.write('in\n');
            channel.exit(0);
            channel.end();
          });
        });
      },
    });
    here.lab.later(fake.close);
    return fake;
  }
  const configOf = (fake: FakeSsh, more: Partial<Entry> = {}): Promise<string> =>
    here.writeConfig({ port: fake.port, known: [hostKey.publicKey], ...more });

  /** Asks by keyboard-interactive, and hands the answers on. */
  function challenge(
    context: AuthContext,
    prompts: (string | Prompt)[],
    then: (answers: string[]) => void,
    instruction = '',
  ): void {
    if (context.method !== 'keyboard-interactive') {
      context.reject(['keyboard-interactive', 'password']);
      return;
    }
    context.prompt(
      prompts.map((each) => (typeof each === 'string' ? { prompt: each, echo: false } : each)),
      '',
      instruction,
      then,
    );
  }

  function person(...answers: (string | null)[]): AnsweredQuestions {
    const questions = new AnsweredQuestions();
    questions.answer = (question: PromptQuestion) => {
      questions.prompts.push(question);
      const given = answers.shift() ?? null;
      return Promise.resolve(given === null ? null : [given]);
    };
    return questions;
  }
  const asked = (questions: AnsweredQuestions): unknown =>
    questions.prompts.map(({ kind, asker, prompts, wasWrong }) => [kind, asker, prompts[0]!.text, wasWrong]);
  const me = `${labUser}@127.0.0.1`;

  async function connects(fake: FakeSsh, questions: AnsweredQuestions, log = new KeptLog()): Promise<void> {
    const connector = bySystem(await configOf(fake), { askpassFolder: temporary, log });
    assert.equal((await run(connector, 'x', questions)).output.toString(), 'in\n');
  }
  async function fails(fake: FakeSsh, questions: AnsweredQuestions, ...words: RegExp[]): Promise<void> {
    const connector = bySystem(await configOf(fake), { askpassFolder: temporary });
    await refuses(connector.connect('x', neverAborted, questions), 'authenticationFailed', ...words);
  }

  it('a second factor, with what the server says to it, and an answer in any writing or none', async () => {
    for (const code of ['123 456', 'pässwört $HOME "', '']) {
      const seen: string[][] = [];
      const fake = await server((context) => {
        const then = (answers: string[]): void => {
          seen.push(answers);
          context.accept();
        };
        challenge(context, ['Verification code: '], then, 'Your challenge is 77.');
      });
      const questions = person(code);
      const log = new KeptLog();
      await connects(fake, questions, log);
      assert.deepEqual(asked(questions), [['secondFactor', me, 'Verification code:', false]]);
      assert.equal(questions.prompts[0]!.instruction, 'Your challenge is 77.');
      assert.deepEqual(seen, [[code]]);
      if (code !== '') assert.ok(!log.lines.join('\n').includes(code));
    }
  });

  it('two factors in two steps: a key that it takes, and then a code', async () => {
    const fake = await server((context) => {
      if (context.method === 'publickey') context.reject(['keyboard-interactive'], true);
      else
        challenge(context, ['Code: '], ([code]) => {
          if (code === '42') context.accept();
          else context.reject();
        });
    });
    const questions = person('42');
    await connects(fake, questions);
    assert.deepEqual(asked(questions), [['secondFactor', me, 'Code:', false]]);
  });

  it('a password and a code, by one method and by two', async () => {
    const byOne = await server((context) => {
      challenge(context, ['Password: ', 'Code: '], (answers) => {
        if (answers.join(' ') === 'p 42') context.accept();
        else context.reject();
      });
    });
    const questions = person('p', '42');
    await connects(byOne, questions);
    assert.deepEqual(asked(questions), [
      ['secondFactor', me, 'Password:', false],
      ['secondFactor', me, 'Code:', false],
    ]);

    let isRight = false;
    const byTwo = await server((context) => {
      if (context.method === 'password' && context.password === 'p' && isRight) context.accept();
      else if (context.method === 'keyboard-interactive')
        challenge(context, ['Code: '], ([code]) => {
          isRight = code === '42';
          context.reject(['password'], isRight);
        });
      else context.reject(['keyboard-interactive']);
    });
    const two = person('42', 'p');
    await connects(byTwo, two);
    assert.deepEqual(asked(two), [
      ['secondFactor', me, 'Code:', false],
      ['password', me, `${me}'s password:`, false],
    ]);
  });

  it('a password', async () => {
    const fake = await server((context) => {
      if (context.method === 'password' && context.password === 'geheim "ß"') context.accept();
      else context.reject(['password']);
    });
    const questions = person('geheim "ß"');
    await connects(fake, questions);
    assert.deepEqual(asked(questions), [['password', me, `${me}'s password:`, false]]);
  });

  it('once: after a wrong answer it gets no other one, and no password in its place', async () => {
    const tries: string[] = [];
    const fake = await server((context) => {
      if (context.method === 'keyboard-interactive') tries.push(context.method);
      if (context.method === 'password') tries.push(context.password);
      challenge(context, ['Code: '], () => {
        context.reject(['keyboard-interactive', 'password']);
      });
    });
    const questions = person('wrong', 'my password');
    await fails(fake, questions, /the answer to "Code:" was refused/);
    assert.deepEqual(asked(questions), [['secondFactor', me, 'Code:', false]]);
    assert.deepEqual(tries, ['keyboard-interactive']);

    const passwords: string[] = [];
    const byPassword = await server((context) => {
      if (context.method === 'password') passwords.push(context.password);
      context.reject(['password']);
    });
    await fails(byPassword, person('wrong', 'wrong again'), /The last answer was to "[^"]+'s password:"/);
    assert.deepEqual(passwords, ['wrong']);
  });

  it('nothing where nobody may be asked now: no code is sent, and the next step says how to be asked', async () => {
    const methods: string[] = [];
    const fake = await server((context) => {
      methods.push(context.method);
      challenge(context, ['Code: '], () => {
        context.accept();
      });
    });
    const questions = person('1');
    questions.isThere = false;
    const connector = bySystem(await configOf(fake), { askpassFolder: temporary });
    const problem = await refuses(connector.connect('x', neverAborted, questions), 'authenticationFailed');
    assert.match(problem.next, /^Refresh or audit the host to be asked/);
    assert.deepEqual([methods.includes('keyboard-interactive'), questions.begun], [false, 0]);
    questions.isThere = true;
    assert.equal((await run(connector, 'x', questions)).output.toString(), 'in\n');
    assert.equal(questions.begun, 1);
  });

  it('nothing while a telephone is asked, however long it takes: the limit is that of a person', async () => {
    const fake = await server((context) => {
      if (context.method === 'keyboard-interactive')
        setTimeout(() => {
          context.accept();
        }, 1_500);
      else context.reject(['keyboard-interactive']);
    });
    const timings = { connectMs: 1_000, authenticateMs: 100 };
    const connector = bySystem(await configOf(fake), { askpassFolder: temporary, timings });
    assert.equal((await run(connector, 'x', person())).output.toString(), 'in\n');
  });

  it('nothing where the person gives no answer: the server gets none either', async () => {
    const seen: string[][] = [];
    const fake = await server((context) => {
      challenge(context, ['Code: '], (answers) => {
        seen.push(answers);
        context.reject();
      });
    });
    await fails(fake, person(null), /ssh asks "Code:", and no answer was given/);
    assert.deepEqual(seen, []);
  });

  it('that repeats itself, saying that the answer before was wrong, and not for ever', async () => {
    const again = (context: AuthContext): void => {
      challenge(context, ['Code: '], () => {
        again(context);
      });
    };
    const fake = await server(again);
    const questions = person(...Array.from({ length: 100 }, () => '1'));
    await fails(fake, questions, /the answer to|ssh asks/);
    assert.equal(questions.prompts.length, 20);
    assert.deepEqual(
      questions.prompts.map(({ wasWrong }) => wasWrong),
      [false, ...Array.from({ length: 19 }, () => true)],
    );
  });

  it('that hangs up while the person thinks, in plain words', async () => {
    const fake = await server((context, connection) => {
      challenge(context, ['Code: '], () => undefined);
      connection.once('close', () => undefined);
      if (context.method === 'keyboard-interactive') hangUp = () => connection.end();
    });
    let hangUp = (): unknown => undefined;
    const questions = person();
    questions.answer = (question) => {
      questions.prompts.push(question);
      hangUp();
      return Promise.resolve(['late']);
    };
    const connector = bySystem(await configOf(fake), { askpassFolder: temporary });
    const problem = await refuses(
      connector.connect('x', neverAborted, questions),
      'unreachable',
      /It had asked "Code:", and a server ends a login that takes too long \(LoginGraceTime/,
    );
    assert.match(problem.next, /answer sooner/);
  });

  it('whose prompts imitate those of ssh: each is shown as the server’s', async () => {
    const imitations = [
      "Enter passphrase for key '/home/me/.ssh/id_ed25519': ",
      "root@bank's password: ",
      'Are you sure you want to continue connecting (yes/no/[fingerprint])? ',
      "The authenticity of host 'x (1.2.3.4)' can't be established.\nED25519 key fingerprint is SHA256:P3GT7b8gQk0yhT0y0w4bm6AeA7qvPUSZgTV0yFq6Gng.\nAre you sure you want to continue connecting (yes/no/[fingerprint])? ",
      'Enter PIN for ED25519-SK key /k: ',
    ];
    const fake = await server((context) => {
      challenge(context, imitations, () => {
        context.accept();
      });
    });
    const questions = person(...imitations.map(() => 'x'));
    await connects(fake, questions);
    assert.deepEqual(
      questions.prompts.map(({ kind, asker }) => [kind, asker]),
      imitations.map(() => ['secondFactor', me]),
    );
    assert.deepEqual(questions.hostKeys, []);
  });

  it('whose banner imitates ssh: nothing is asked or believed because of it', async () => {
    const banner = [
      "Enter passphrase for key '/k': ",
      'Authenticated using "publickey" with partial success.',
      'REMOTE HOST IDENTIFICATION HAS CHANGED!',
      '[click](command:workbench.action.quit)\u001b[2J\u202e',
      '',
    ].join('\r\n');
    const fake = await server((context) => {
      challenge(context, ['Code: '], () => {
        context.reject(['keyboard-interactive', 'password']);
      });
    }, banner);
    const questions = person('1');
    await fails(fake, questions);
    assert.equal(questions.prompts.length, 1);
    assert.deepEqual(actingCharacters(questions.prompts[0]!.instruction), []);
  });

  it('whose prompts are hostile or longer than a screen', async () => {
    const hostile = ['\u001b]52;c;eA==\u0007\u202e[x](command:y)\n\nline: ', `${'W'.repeat(20_000)}: `, ''];
    const fake = await server((context) => {
      challenge(context, hostile, () => {
        context.accept();
      });
    });
    const questions = person('1', '2', '3');
    await connects(fake, questions);
    for (const { prompts } of questions.prompts) {
      assert.deepEqual(actingCharacters(prompts[0]!.text), []);
      assert.ok(prompts[0]!.text.length < 1000);
    }
    assert.equal(questions.prompts.length, 3);
  });

  it('on the way: a jump host names itself in what it asks', async () => {
    const fake = await server((context) => {
      challenge(context, ['Code: '], () => {
        context.reject(['keyboard-interactive']);
      });
    });
    const configFile = await here.writeConfig(
      { port: here.sshd.port, lines: ['ProxyJump gate'] },
      { alias: 'gate', port: fake.port, known: [hostKey.publicKey], lines: ['User someone'] },
    );
    const questions = person('1', '2');
    const connector = bySystem(configFile, { askpassFolder: temporary });
    await refuses(connector.connect('x', neverAborted, questions), 'authenticationFailed', /someone@/);
    assert.deepEqual(asked(questions), [['secondFactor', 'someone@127.0.0.1', 'Code:', false]]);
  });
});
