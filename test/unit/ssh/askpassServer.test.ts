/** The socket behind askpass: who may ask there, what comes back, and that nothing of it stays. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { AskedPrompt } from '../../../src/ssh/askpass/askpassProtocol';
import { AskpassServer, type AnswerPrompt } from '../../../src/ssh/askpass/askpassServer';
import { PrivateFolder } from '../../../src/ssh/askpass/privateFolder';

describe('the askpass of one attempt', () => {
  let parent: string;
  const closers: (() => void)[] = [];

  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), 'pp-unit-'));
  });
  afterEach(async () => {
    for (const close of closers.splice(0)) close();
    assert.deepEqual(await readdir(parent), []);
    await rm(parent, { recursive: true });
  });

  async function start(answer: AnswerPrompt): Promise<{ folder: PrivateFolder; server: AskpassServer }> {
    const folder = new PrivateFolder(parent);
    const server = await AskpassServer.start(folder, resolve('dist/askpass.js'), answer);
    closers.push(() => {
      server.close();
      folder.remove();
    });
    return { folder, server };
  }

  /** Runs the program as ssh does. */
  function ask(
    server: AskpassServer,
    prompt: string,
    hint?: string,
  ): { child: ReturnType<typeof spawn>; end: Promise<[number | null, string]> } {
    const env = { PATH: process.env['PATH'], NODE_OPTIONS: '--no-such-option', ...server.environment };
    const child = spawn(server.environment['SSH_ASKPASS']!, [prompt], {
      env: { ...env, ...(hint === undefined ? {} : { SSH_ASKPASS_PROMPT: hint }) },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.on('data', (bytes: Buffer) => {
      output += bytes.toString();
    });
    return {
      child,
      end: new Promise((resolve) => {
        child.once('close', (code) => {
          resolve([code, output]);
        });
      }),
    };
  }

  /** Sends a line to the socket. @returns what came back until it was closed */
  async function send(folder: PrivateFolder, line: string): Promise<string> {
    const socket = connect(join(folder.path, 'socket'));
    let reply = '';
    socket.on('data', (bytes) => {
      reply += bytes.toString();
    });
    socket.on('error', () => undefined);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.write(line);
    await closed;
    return reply;
  }

  const tokenOf = async (server: AskpassServer): Promise<string> =>
    /TOKEN=(\S+)/u.exec(await readFile(server.environment['SSH_ASKPASS']!, 'utf8'))![1]!;

  it('hands prompt and hint to the window and the answer to ssh, byte by byte', async () => {
    const seen: AskedPrompt[] = [];
    const answers = [`a'b"c $HOME \\ ü 日 \u{1f511}`, '', null];
    const { server } = await start((asked) => {
      seen.push(asked);
      return Promise.resolve(answers.shift() ?? null);
    });
    const prompt = `Enter 'x' "y" $z\nü: `;
    assert.deepEqual(await ask(server, prompt).end, [0, `a'b"c $HOME \\ ü 日 \u{1f511}\n`]);
    assert.deepEqual(await ask(server, '', 'confirm').end, [0, '\n']);
    assert.deepEqual(await ask(server, '-V').end, [1, '']);
    assert.deepEqual(seen, [
      { hint: '', text: prompt },
      { hint: 'confirm', text: '' },
      { hint: '', text: '-V' },
    ]);
  });

  it('lies in a folder and a script that only this user can enter and read', async () => {
    const { folder, server } = await start(() => Promise.resolve(null));
    assert.equal((await stat(folder.path)).mode & 0o777, 0o700);
    assert.equal((await stat(server.environment['SSH_ASKPASS']!)).mode & 0o777, 0o700);
    assert.ok(!JSON.stringify(server.environment).includes(await tokenOf(server)));
  });

  it('answers nobody without the token, whatever is sent, and asks nobody about it', async () => {
    let count = 0;
    const { folder, server } = await start(() => Promise.resolve(String(++count)));
    const token = await tokenOf(server);
    const asked = (guess: unknown): string => `${JSON.stringify({ token: guess, hint: '', text: 'x' })}\n`;
    const guesses = ['', token.slice(2), `${token}00`, 'f'.repeat(64), 'zz', 1, null, [token]];
    for (const line of [...guesses.map(asked), '\n', '{\n', 'null\n', 'x'.repeat(1_100_000)])
      assert.equal(await send(folder, line), '', line.slice(0, 100));
    assert.equal(count, 0);
    assert.equal(await send(folder, asked(token)), '"1"\n');
    assert.equal(await send(folder, asked(token) + asked(token)), '"2"\n', 'one answer a connection');
  });

  it('tells who answers that ssh has ended the program, and the program that the attempt is over', async () => {
    const signals: AbortSignal[] = [];
    let onAsked = (): void => undefined;
    const { server } = await start(
      (_, signal) =>
        new Promise((resolve) => {
          signals.push(signal);
          signal.addEventListener('abort', () => {
            resolve('too late');
          });
          onAsked();
        }),
    );
    const asking = (): Promise<void> =>
      new Promise((resolve) => {
        onAsked = resolve;
      });
    let isAsked = asking();
    const killed = ask(server, 'x');
    await isAsked;
    killed.child.kill('SIGTERM');
    await killed.end;
    isAsked = asking();
    const left = ask(server, 'y');
    await isAsked;
    assert.deepEqual(
      signals.map((signal) => signal.aborted),
      [true, false],
    );
    server.close();
    assert.deepEqual(await left.end, [1, '']);
    assert.equal(signals[1]!.aborted, true);
    assert.deepEqual(await ask(server, 'z').end, [1, '']);
  });

  it('gives no answer where who answers fails', async () => {
    const { server } = await start(() => Promise.reject(new Error('x')));
    assert.deepEqual(await ask(server, 'x').end, [1, '']);
  });

  it('is made elsewhere where the name of the folder is too long for a socket, or not for a shell', async () => {
    for (const name of ['x'.repeat(100), 'with blank', 'with;semicolon']) {
      const odd = join(parent, name);
      await mkdir(odd);
      const folder = new PrivateFolder(odd);
      assert.match(folder.path, /^\/tmp\/pp-\w+$/u);
      folder.remove();
      await rm(odd, { recursive: true });
    }
    assert.throws(() => new PrivateFolder(join(parent, 'absent')), /ENOENT/u);
  });
});
