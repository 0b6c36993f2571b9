/**
 * Where the askpass program of one attempt asks: a socket in a folder that nobody else may enter, which answers only who
 * knows the token, one prompt a connection. Answers go through the socket and the pipe to ssh, and nowhere else.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import * as v from 'valibot';
import { shellQuote } from '../../core/text/shellQuote';
import { socketVariable, tokenVariable, type AskedPrompt } from './askpassProtocol';
import type { PrivateFolder } from './privateFolder';

/** Longest line that is read: more than the kernel lets ssh give to a program (execve(2), 128 KiB an argument), escaped. */
const lineLimit = 1024 * 1024;
const connectionLimit = 8;

const askedShape = v.object({ token: v.string(), hint: v.string(), text: v.string() });

/** @returns the answer, or `null` for none. The signal is raised when nobody waits for it any more. */
export type AnswerPrompt = (asked: AskedPrompt, signal: AbortSignal) => Promise<string | null>;

/** See the head of the file. */
export class AskpassServer {
  /** What ssh needs in its environment. The token is not in it: ssh hands that on to whatever it starts, and to servers. */
  readonly environment: Readonly<Record<string, string>>;
  readonly #server: Server;
  readonly #token = randomBytes(32);
  readonly #answer: AnswerPrompt;
  readonly #sockets = new Set<Socket>();

  private constructor(folder: PrivateFolder, program: string, answer: AnswerPrompt) {
    this.#answer = answer;
    this.#server = createServer((socket) => {
      this.#serve(socket);
    });
    this.#server.maxConnections = connectionLimit;
    const script = [
      '#!/bin/sh',
      // What a person sets for programs of their own must not open a debugger or load code here.
      'unset NODE_OPTIONS',
      // The program that runs extensions is Node only when it is told so.
      'export ELECTRON_RUN_AS_NODE=1',
      `export ${socketVariable}=${shellQuote(join(folder.path, 'socket'))}`,
      `export ${tokenVariable}=${this.#token.toString('hex')}`,
      `exec ${shellQuote(process.execPath)} ${shellQuote(program)} "$1"`,
      '',
    ].join('\n');
    this.environment = { SSH_ASKPASS: folder.write('askpass', script, 0o700), SSH_ASKPASS_REQUIRE: 'force' };
  }

  /** @param program the file of askpass.ts in the package */
  static async start(folder: PrivateFolder, program: string, answer: AnswerPrompt): Promise<AskpassServer> {
    const askpass = new AskpassServer(folder, program, answer);
    await new Promise<void>((resolve, reject) => {
      askpass.#server.once('error', reject);
      askpass.#server.listen(join(folder.path, 'socket'), resolve);
    });
    return askpass;
  }

  /** Nobody is answered any more; whoever waits is told so. */
  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #serve(socket: Socket): void {
    const gone = new AbortController();
    let line = '';
    let isAsked = false;
    this.#sockets.add(socket);
    socket.setEncoding('utf8');
    // Who asked was killed; `close` follows.
    socket.on('error', () => undefined);
    socket.once('close', () => {
      this.#sockets.delete(socket);
      gone.abort();
    });
    socket.on('data', (text: string) => {
      if (isAsked) return;
      line += text;
      const end = line.indexOf('\n');
      if (end < 0 && line.length <= lineLimit) return;
      isAsked = true;
      const asked = this.#read(line.slice(0, Math.max(end, 0)));
      if (asked === null) socket.destroy();
      else
        this.#answer(asked, gone.signal).then(
          (answer) => socket.end(`${JSON.stringify(answer)}\n`),
          // Who answers has told why; ssh only needs to know that there is none.
          () => socket.destroy(),
        );
    });
  }

  /** What is asked, or `null` from who does not know the token. */
  #read(line: string): AskedPrompt | null {
    let content: unknown;
    try {
      content = JSON.parse(line);
    } catch {
      return null; // No program of ours writes that.
    }
    const { success, output } = v.safeParse(askedShape, content);
    if (!success) return null;
    const token = Buffer.from(output.token, 'hex');
    if (token.length !== this.#token.length || !timingSafeEqual(token, this.#token)) return null;
    return { hint: output.hint, text: output.text };
  }
}
