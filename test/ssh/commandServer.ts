/** An SSH server in this process that really runs the commands it is given, with whatever manners a test wants. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import type { Connection, ServerChannel } from 'ssh2';
import type { LabKey } from '../lab/sshd';
import { acceptLogin, startFakeSsh, type FakeSsh } from './fakeServer';

/** One command that a client has asked for. */
export interface AskedCommand {
  readonly channel: ServerChannel;
  readonly connection: Connection;
  /** Starts it on this machine, with the environment of the server's host. */
  readonly start: () => ChildProcessWithoutNullStreams;
}

/** What the server is made from. */
export interface CommandServerOptions {
  readonly hostKey: LabKey;
  readonly env: Readonly<Record<string, string>>;
  /** Called for each command, which is accepted already. */
  readonly serve: (asked: AskedCommand) => void;
  /** Called for each connection before anything else. */
  readonly prepare?: (connection: Connection) => void;
  /** Who is let in; without it everybody. */
  readonly login?: (connection: Connection) => void;
}

/** Starts the server on a free port of 127.0.0.1. */
export function startCommandServer({
  hostKey,
  env,
  serve,
  prepare,
  login = acceptLogin,
}: CommandServerOptions): Promise<FakeSsh> {
  return startFakeSsh({
    hostKey,
    serve: (connection) => {
      prepare?.(connection);
      login(connection);
      connection.on('session', (acceptSession) => {
        acceptSession().on('exec', (acceptCommand, _reject, { command }) => {
          const start = (): ChildProcessWithoutNullStreams =>
            spawn('/bin/sh', ['-c', command], { env: { ...env }, stdio: 'pipe' });
          serve({ channel: acceptCommand(), connection, start });
        });
      });
    },
  });
}

/** Joins the three streams of a command to its channel; how it ends is left to the caller. */
export function join({ channel }: AskedCommand, child: ChildProcessWithoutNullStreams): void {
  // The command may end before it has read everything.
  child.stdin.on('error', () => child.stdin.destroy());
  channel.pipe(child.stdin);
  child.stdout.on('data', (bytes: Buffer) => channel.write(bytes));
  child.stderr.on('data', (bytes: Buffer) => channel.stderr.write(bytes));
}

/** What every server does: runs the command, and tells its exit and closes when it has ended. */
export function serveWell(asked: AskedCommand): void {
  const child = asked.start();
  join(asked, child);
  child.on('close', (code) => {
    asked.channel.exit(code ?? 1);
    asked.channel.end();
  });
}

/** The part of ssh2's protocol object that grants a client how much it may send. */
interface WindowProtocol {
  channelOpenConfirm(remote: number, local: number, window: number, packet: number): void;
  channelWindowAdjust(remote: number, bytes: number): void;
}

/**
 * Lets the client send `bytes` at a time on each channel, in place of the 2 MiB that ssh2 grants. What it has sent is
 * granted again only by the returned function.
 */
export function shrinkWindow(connection: Connection, bytes: number): (granted: number) => void {
  const { _protocol: protocol } = connection as unknown as { _protocol: WindowProtocol };
  const confirm = protocol.channelOpenConfirm.bind(protocol);
  let client: number | null = null;
  protocol.channelOpenConfirm = (remote, local, _window, packet) => {
    client = remote;
    confirm(remote, local, bytes, packet);
  };
  return (granted) => {
    if (client === null) throw new Error('no channel is open');
    protocol.channelWindowAdjust(client, granted);
  };
}
