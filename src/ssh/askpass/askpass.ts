/**
 * The program that ssh starts to ask something (ssh(1), SSH_ASKPASS): hands the prompt to the window that started ssh and
 * prints what is answered there. It ends with 1 where nothing is answered, and where the window or the attempt is gone.
 */
import { connect } from 'node:net';
import { argv, env, stdout } from 'node:process';
import { socketVariable, tokenVariable } from './askpassProtocol';

let reply = '';
// Ends with 1 unless a whole answer came.
process.exitCode = 1;
const socket = connect(env[socketVariable] ?? '');
socket.setEncoding('utf8');
// Without a window there is no answer; `close` follows.
socket.on('error', () => undefined);
socket.on('data', (text: string) => {
  reply += text;
});
socket.on('close', () => {
  if (!reply.endsWith('\n')) return;
  const answer: unknown = JSON.parse(reply);
  if (typeof answer !== 'string') return;
  process.exitCode = 0;
  stdout.write(`${answer}\n`);
});
const asked = { token: env[tokenVariable] ?? '', hint: env['SSH_ASKPASS_PROMPT'] ?? '', text: argv[2] ?? '' };
socket.write(`${JSON.stringify(asked)}\n`);
