/** What only a person can answer at a login: prompts of the server on the open link, and passwords between two connections. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AuthContext, KeyboardAuthContext, Prompt } from 'ssh2';
import type { PromptQuestion } from '../../src/core/ports';
import { LabProxy } from '../lab/proxy';
import { runProgram } from '../lab/runProgram';
import { makeLabKey, type LabKey } from '../lab/sshd';
import { AnsweredQuestions } from '../support/answeredQuestions';
import { serveWell, startCommandServer } from './commandServer';
import type { FakeSsh } from './fakeServer';
import { labConnector, labUser, neverAborted, refuses, run, SshLab } from './labConnector';

/** What the server makes of one attempt. */
type Judge = (context: AuthContext) => void;

describe('a login that asks a person', function () {
  this.timeout(30_000);
  let lab: SshLab;
  let hostKey: LabKey;
  let print: string;

  before(async () => {
    lab = await SshLab.open();
    hostKey = await makeLabKey(join(lab.folder, 'host'));
    print = (await runProgram('ssh-keygen', ['-lf', `${hostKey.path}.pub`])).stdout.split(' ')[1]!;
  });
  after(() => lab.close());

  /** A server that runs commands once `judge` has let somebody in, and the methods it was asked for. */
  async function server(judge: Judge): Promise<{ ssh: FakeSsh; methods: string[]; connections: () => number }> {
    const methods: string[] = [];
    let connections = 0;
    const ssh = await startCommandServer({
      hostKey,
      env: { PATH: process.env['PATH'] ?? '' },
      serve: serveWell,
      login: (connection) => {
        connections += 1;
        connection.on('authentication', (context) => {
          methods.push(context.method);
          judge(context);
        });
      },
    });
    lab.later(ssh.close);
    return { ssh, methods, connections: () => connections };
  }

  async function writeConfig(port: number, ...lines: readonly string[]): Promise<string> {
    const folder = await lab.makeFolder();
    await writeFile(join(folder, 'known'), `[127.0.0.1]:${String(port)} ${hostKey.publicKey}\n`);
    const own = ['HostName 127.0.0.1', `Port ${String(port)}`, `User ${labUser}`, 'GlobalKnownHostsFile none'];
    const keys = [`IdentityFile ${lab.identity.path}`, 'IdentitiesOnly yes', 'IdentityAgent none'];
    const all = ['Host lab', ...lines, ...own, ...keys, `UserKnownHostsFile ${join(folder, 'known')}`];
    await writeFile(join(folder, 'config'), all.join('\n  '));
    return join(folder, 'config');
  }

  function answering(...answers: (readonly string[])[]): AnsweredQuestions {
    const questions = new AnsweredQuestions();
    questions.answers = answers;
    return questions;
  }

  /** Prompts in rounds; the answers are given to the callback that decides. */
  function inRounds(
    rounds: readonly (readonly Prompt[])[],
    decide: (context: KeyboardAuthContext, answers: readonly (readonly string[])[]) => void,
    [name, instruction] = ['', ''],
  ): Judge {
    return (context) => {
      if (context.method !== 'keyboard-interactive') {
        context.reject(['keyboard-interactive']);
        return;
      }
      const given: string[][] = [];
      const next = (): void => {
        const round = rounds[given.length];
        if (round === undefined) decide(context, given);
        else
          context.prompt([...round], name, instruction, (answers) => {
            given.push([...answers]);
            next();
          });
      };
      next();
    };
  }

  const accept = (context: AuthContext): void => {
    context.accept();
  };

  it('puts the prompts of the server to the person, round for round, and sends the answers back', async () => {
    let seen: readonly (readonly string[])[] = [];
    const rounds = [
      [
        { prompt: 'Verification code: ', echo: false },
        { prompt: 'Device? ', echo: true },
      ],
      [],
      [{ prompt: 'Once more: ', echo: false }],
    ];
    const { ssh, methods } = await server(
      inRounds(
        rounds,
        (context, answers) => {
          seen = answers;
          context.accept();
        },
        ['Two steps', 'Look at\r\nyour telephone\u001b[31m'],
      ),
    );
    const questions = answering(['123 456', 'phone "é"'], ['789']);
    const connector = labConnector({ configFile: await writeConfig(ssh.port) });
    assert.equal((await run(connector, 'echo in', questions)).output.toString(), 'in\n');
    assert.deepEqual(seen, [['123 456', 'phone "é"'], [], ['789']]);
    assert.deepEqual(methods, ['publickey', 'keyboard-interactive']);
    const asker = `${labUser}@127.0.0.1:${String(ssh.port)} (ED25519 ${print})`;
    const instruction = 'Two steps: Look at · your telephone\\x1b[31m';
    const common = { host: 'lab', kind: 'secondFactor', asker, instruction, wasWrong: false } as const;
    assert.deepEqual(questions.prompts, [
      {
        ...common,
        prompts: [
          { text: 'Verification code:', echo: false },
          { text: 'Device?', echo: true },
        ],
      },
      { ...common, prompts: [{ text: 'Once more:', echo: false }] },
    ] satisfies PromptQuestion[]);
  });

  it('keeps no answer: the next connection asks again', async () => {
    const { ssh } = await server(inRounds([[{ prompt: 'Code: ' }]], accept));
    const questions = answering(['1'], ['2']);
    const connector = labConnector({ configFile: await writeConfig(ssh.port) });
    await run(connector, 'true', questions);
    await run(connector, 'true', questions);
    assert.equal(questions.prompts.length, 2);
  });

  it('goes on with the second factor where the key was one proof of two, from a file and from an agent', async () => {
    const judge: Judge = (context) => {
      if (context.method === 'publickey') {
        if (context.signature === undefined) context.accept();
        else context.reject(['keyboard-interactive'], true);
      } else if (context.method === 'keyboard-interactive')
        context.prompt([{ prompt: 'Code: ' }], accept.bind(null, context));
      else context.reject(['keyboard-interactive']);
    };
    const agent = await lab.agent([lab.identity]);
    for (const lines of [[], [`IdentityAgent ${agent}`]]) {
      const { ssh, methods } = await server(judge);
      const questions = answering(['1']);
      const connector = labConnector({ configFile: await writeConfig(ssh.port, ...lines) });
      assert.equal((await run(connector, 'echo in', questions)).output.toString(), 'in\n');
      assert.equal(methods.at(-1), 'keyboard-interactive');
      assert.equal(questions.prompts.length, 1);
      await refuses(connector.connect('true', neverAborted), 'authenticationFailed', /wants another one as well/);
    }
  });

  it('comes behind a locked key that the server would take, whose passphrase is asked first', async () => {
    const locked = await makeLabKey(join(await lab.makeFolder(), 'locked'), 'ed25519', 'sesame');
    const blob = Buffer.from(locked.publicKey.split(' ')[1]!, 'base64');
    const { ssh } = await server((context) => {
      if (context.method === 'publickey' && context.key.data.equals(blob)) context.accept();
      else if (context.method === 'keyboard-interactive')
        context.prompt([{ prompt: 'Code: ' }], accept.bind(null, context));
      else context.reject(['publickey', 'keyboard-interactive', 'password']);
    });
    const questions = answering(['1']);
    questions.typed = ['sesame'];
    const configFile = await writeConfig(ssh.port, `IdentityFile ${locked.path}`);
    assert.equal((await run(labConnector({ configFile }), 'echo in', questions)).output.toString(), 'in\n');
    assert.deepEqual([questions.passphrases.length, questions.prompts.length], [1, 0]);
  });

  it('may be answered wrong as often as NumberOfPasswordPrompts says, which the person sees, and then stops', async () => {
    const { ssh, connections } = await server(
      inRounds([[{ prompt: 'Code: ' }]], (context) => {
        context.reject(['keyboard-interactive', 'password']);
      }),
    );
    const questions = answering(['1'], ['2'], ['3'], ['4']);
    const configFile = await writeConfig(ssh.port, 'NumberOfPasswordPrompts 2');
    const attempt = labConnector({ configFile }).connect('true', neverAborted, questions);
    const problem = await refuses(attempt, 'authenticationFailed', /answered to its prompts was refused \(2 times\)/);
    assert.match(problem.next, /^Nobody is asked again by itself/);
    assert.deepEqual(
      questions.prompts.map(({ wasWrong, kind }) => [kind, wasWrong]),
      [
        ['secondFactor', false],
        ['secondFactor', true],
      ],
    );
    assert.equal(connections(), 1);
  });

  it('ends with a cancelled box, and says what was not given', async () => {
    const { ssh, connections } = await server(inRounds([[{ prompt: 'Code: ' }]], accept));
    const connector = labConnector({ configFile: await writeConfig(ssh.port) });
    const attempt = connector.connect('true', neverAborted, answering());
    await refuses(attempt, 'authenticationFailed', /an answer to what it asks was not given/);
    assert.equal(connections(), 1);
  });

  it('is not even begun where nobody may be asked: a server that sends codes sends none', async () => {
    const { ssh, methods } = await server(inRounds([[{ prompt: 'Code: ' }]], accept));
    const questions = answering(['1']);
    questions.mayAsk = () => false;
    const connector = labConnector({ configFile: await writeConfig(ssh.port) });
    const problem = await refuses(connector.connect('true', neverAborted, questions), 'authenticationFailed');
    assert.match(problem.next, /^Refresh or audit the host to be asked for what it wants \(keyboard-interactive\)/);
    assert.deepEqual([methods, questions.prompts], [['publickey'], []]);
  });

  it('says that the server hung up while it asked, and withdraws the question', async () => {
    const { ssh } = await server(inRounds([[{ prompt: 'Code: ' }]], accept));
    const proxy = await LabProxy.start({ port: ssh.port });
    lab.later(() => proxy.close());
    const questions = new AnsweredQuestions();
    let isWithdrawn = false;
    questions.onPrompt = (signal) =>
      new Promise((resolve) => {
        signal.addEventListener('abort', () => {
          isWithdrawn = true;
          resolve(null);
        });
        proxy.cut('fin');
      });
    const connector = labConnector({ configFile: await writeConfig(proxy.port) });
    const attempt = connector.connect('true', neverAborted, questions);
    await refuses(attempt, 'authenticationFailed', /the connection ended while you were being asked/);
    assert.equal(isWithdrawn, true);
  });

  it('has a limit of its own, which a person’s time does not share with the machines', async () => {
    const { ssh } = await server(inRounds([[{ prompt: 'Code: ' }]], accept));
    const configFile = await writeConfig(ssh.port);
    const slow = new AnsweredQuestions();
    slow.onPrompt = () =>
      new Promise((resolve) => {
        setTimeout(() => {
          resolve(['1']);
        }, 500);
      });
    const patient = labConnector({ configFile, timings: { authenticateMs: 250, promptMs: 5_000 } });
    assert.equal((await run(patient, 'echo in', slow)).output.toString(), 'in\n');
    const never = new AnsweredQuestions();
    never.onPrompt = (signal) =>
      new Promise((resolve) => {
        signal.addEventListener('abort', () => {
          resolve(null);
        });
      });
    const hasty = labConnector({ configFile, timings: { promptMs: 250 } });
    await refuses(
      hasty.connect('true', neverAborted, never),
      'authenticationFailed',
      /not answered within 0\.25 s\. A server usually hangs up after 120 s/,
    );
  });

  for (const method of ['keyboard-interactive', 'password'] as const)
    it(`may be given elsewhere, on a telephone, while the server says nothing: by ${method}`, async () => {
      let isConfirmed = true;
      const { ssh } = await server((context) => {
        if (context.method !== method) context.reject([method]);
        // As a server does that asks a telephone by itself: no prompt, and after a while it lets in.
        else if (isConfirmed) setTimeout(accept, 600, context);
      });
      const configFile = await writeConfig(ssh.port);
      const connector = labConnector({ configFile, timings: { authenticateMs: 300, promptMs: 5_000 } });
      const questions = answering(['x'], ['x']);
      assert.equal((await run(connector, 'echo in', questions)).output.toString(), 'in\n');
      assert.equal(questions.begun, 1);
      isConfirmed = false;
      await refuses(
        labConnector({ configFile, timings: { promptMs: 500 } }).connect('true', neverAborted, questions),
        'authenticationFailed',
        /neither let us in nor asked anything within 0\.5 s\. It may have waited for a confirmation elsewhere/,
      );
    });

  it('shows ten prompts and refuses eleven', async () => {
    for (const count of [10, 11]) {
      const prompts = Array.from({ length: count }, (_, index) => ({ prompt: `${String(index)}?` }));
      const { ssh } = await server(inRounds([prompts], accept));
      const questions = answering(prompts.map(({ prompt }) => prompt));
      const connector = labConnector({ configFile: await writeConfig(ssh.port) });
      if (count === 10) await run(connector, 'true', questions);
      else
        await refuses(connector.connect('true', neverAborted, questions), 'authenticationFailed', /asks 11 questions/);
      assert.equal(questions.prompts.length, count === 10 ? 1 : 0);
    }
  });

  const takesPassword =
    (right: string, others: readonly ('password' | 'keyboard-interactive')[] = ['password']): Judge =>
    (context) => {
      if (context.method === 'password' && context.password === right) context.accept();
      else context.reject([...others]);
    };

  it('asks for a password while no link is open, connects with it, and keeps it for nothing', async () => {
    const { ssh } = await server(takesPassword('open "sesame"'));
    const proxy = await LabProxy.start({ port: ssh.port });
    lab.later(() => proxy.close());
    const configFile = await writeConfig(proxy.port);
    const questions = new AnsweredQuestions();
    questions.onPrompt = async () => {
      await proxy.until(({ openCount }) => openCount === 0);
      return ['open "sesame"'];
    };
    const connector = labConnector({ configFile });
    assert.equal((await run(connector, 'echo in', questions)).output.toString(), 'in\n');
    assert.equal(proxy.connectionCount, 2);
    assert.deepEqual(questions.prompts, [
      {
        ...{ host: 'lab', kind: 'password', instruction: '', wasWrong: false },
        asker: `${labUser}@127.0.0.1:${String(proxy.port)} (ED25519 ${print})`,
        prompts: [{ text: '', echo: false }],
      },
    ] satisfies PromptQuestion[]);
    await run(connector, 'true', questions);
    assert.equal(questions.prompts.length, 2);
  });

  it('tells a wrong password, asks at most three times, and names no password', async () => {
    const { ssh, methods } = await server(takesPassword('right'));
    const questions = answering(['wrong-1'], ['wrong-2'], ['wrong-3'], ['right']);
    const connector = labConnector({ configFile: await writeConfig(ssh.port) });
    const problem = await refuses(
      connector.connect('true', neverAborted, questions),
      'authenticationFailed',
      /The password was refused\./,
    );
    assert.ok(!JSON.stringify(problem).includes('wrong-'));
    assert.deepEqual(
      questions.prompts.map(({ wasWrong }) => wasWrong),
      [false, true, true],
    );
    assert.equal(methods.filter((method) => method === 'password').length, 3);
  });

  it('may be cancelled, which the problem says', async () => {
    const { ssh } = await server(takesPassword('right'));
    const connector = labConnector({ configFile: await writeConfig(ssh.port) });
    const attempt = connector.connect('true', neverAborted, answering());
    await refuses(attempt, 'authenticationFailed', /the password that it asks for was not given/);
  });

  it('says that a password has expired', async () => {
    const { ssh } = await server((context) => {
      if (context.method === 'password') context.requestChange('Time for a new one', () => undefined);
      else context.reject(['password']);
    });
    const connector = labConnector({ configFile: await writeConfig(ssh.port) });
    const problem = await refuses(
      connector.connect('true', neverAborted, answering(['old'])),
      'authenticationFailed',
      /the password has expired/,
    );
    assert.match(problem.next, /ssh -F \S+ lab/);
  });

  it('asks by the password where the server has prompts and puts none', async () => {
    const { ssh, methods } = await server((context) => {
      if (context.method === 'password') context.accept();
      else context.reject(['publickey', 'keyboard-interactive', 'password']);
    });
    const questions = answering(['x']);
    const connector = labConnector({ configFile: await writeConfig(ssh.port) });
    assert.equal((await run(connector, 'echo in', questions)).output.toString(), 'in\n');
    assert.deepEqual(methods.slice(-3), ['publickey', 'keyboard-interactive', 'password']);
  });

  const rules: readonly (readonly [line: string, asked: readonly string[]])[] = [
    ['PasswordAuthentication no', ['publickey', 'keyboard-interactive']],
    ['KbdInteractiveAuthentication no', ['publickey', 'publickey', 'password']],
    ['PreferredAuthentications password,publickey', ['none', 'publickey', 'none', 'password', 'publickey']],
    ['PreferredAuthentications publickey', ['publickey']],
    ['NumberOfPasswordPrompts 0', ['publickey']],
  ];
  for (const [line, asked] of rules) {
    it(`keeps to ${line}`, async () => {
      const { ssh, methods } = await server((context) => {
        context.reject(['publickey', 'keyboard-interactive', 'password']);
      });
      const configFile = await writeConfig(ssh.port, line);
      await refuses(
        labConnector({ configFile }).connect('true', neverAborted, answering(['x'])),
        'authenticationFailed',
      );
      assert.deepEqual(methods, asked);
    });
  }

  it('is named with the jump host that asks', async () => {
    const gate = await server((context) => {
      if (context.method === 'password') context.accept();
      else context.reject(['password']);
    });
    const sshd = await lab.sshd();
    const folder = await lab.makeFolder();
    const known = join(folder, 'known');
    await writeFile(
      known,
      `[127.0.0.1]:${String(gate.ssh.port)} ${hostKey.publicKey}\n[127.0.0.1]:${String(sshd.port)} ${sshd.hostPublicKeys[0]!}\n`,
    );
    const common = `HostName 127.0.0.1\n  User ${labUser}\n  IdentityFile ${lab.identity.path}\n  IdentitiesOnly yes\n  IdentityAgent none\n  UserKnownHostsFile ${known}\n`;
    const configFile = join(folder, 'config');
    await writeFile(
      configFile,
      `Host lab\n  ProxyJump gate\n  Port ${String(sshd.port)}\n  ${common}Host gate\n  Port ${String(gate.ssh.port)}\n  ${common}`,
    );
    const questions = answering(['x']);
    // This gate forwards nothing; it is enough that it was asked about and logged in to.
    await refuses(
      labConnector({ configFile }).connect('true', neverAborted, questions),
      'refused',
      /gate \(jump host of lab\)/,
    );
    assert.equal(questions.prompts[0]?.host, 'gate (jump host of lab)');
  });
});
