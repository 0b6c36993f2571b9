/** Servers for what a real sshd will not do: stay silent, talk nonsense, lie about keys, stop in the middle. */
import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { Server, utils, type Connection, type ServerConfig } from 'ssh2';
import type { LabKey } from '../lab/sshd';

/** A server on a free port of 127.0.0.1. */
export interface FakeServer {
  readonly port: number;
  /** Connections that are open now. */
  readonly openCount: () => number;
  /** Resolves when a connection is there. */
  readonly connected: Promise<Socket>;
  /** Resolves when all connections have ended. */
  readonly allClosed: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** A plain TCP server, or one on a socket path: `serve` is called for each connection. */
export async function startTcpServer(serve: (socket: Socket) => void, path?: string): Promise<FakeServer> {
  const sockets = new Set<Socket>();
  let onIdle = (): void => undefined;
  let onConnected: (socket: Socket) => void = () => undefined;
  const connected = new Promise<Socket>((resolve) => {
    onConnected = resolve;
  });
  const server = createServer((socket) => {
    sockets.add(socket);
    // Unread, the client's goodbye would never arrive.
    socket.resume();
    // A client that resets is what some tests are about.
    socket.on('error', () => socket.destroy());
    socket.once('close', () => {
      sockets.delete(socket);
      if (sockets.size === 0) onIdle();
    });
    serve(socket);
    onConnected(socket);
  });
  await new Promise<void>((resolve) => {
    if (path === undefined) server.listen(0, '127.0.0.1', resolve);
    else server.listen(path, resolve);
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    openCount: () => sockets.size,
    connected,
    allClosed: () =>
      new Promise((resolve) => {
        onIdle = resolve;
        if (sockets.size === 0) resolve();
      }),
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => {
          resolve();
        });
      }),
  };
}

/** What an SSH server of ssh2's own making does. */
export interface FakeSshOptions {
  readonly hostKey: LabKey;
  readonly config?: Partial<ServerConfig>;
  /** Shows this public key (`type base64`) and signs with the other: a thief of public keys. */
  readonly pretend?: string;
  /** Called with each connection; without it every login and session is left unanswered. */
  readonly serve?: (connection: Connection) => void;
}

/** What it saw. */
export interface FakeSsh {
  readonly port: number;
  /** Names of the messages that came in from the client, by ssh2's debug lines. */
  readonly received: () => string[];
  /** Whether a client's identification has arrived. */
  readonly wasGreeted: () => boolean;
  readonly close: () => Promise<void>;
}

/** Starts an SSH server in this process. */
export async function startFakeSsh(options: FakeSshOptions): Promise<FakeSsh> {
  const received: string[] = [];
  let greeted = false;
  const key = utils.parseKey(readFileSync(options.hostKey.path));
  if (key instanceof Error) throw key;
  if (options.pretend !== undefined) {
    const blob = Buffer.from(options.pretend.split(' ')[1]!, 'base64');
    key.getPublicSSH = () => blob;
  }
  const connections = new Set<Connection>();
  const server = new Server(
    {
      ...options.config,
      hostKeys: [{ key }],
      debug: (line) => {
        greeted ||= line.includes('Remote ident');
        const name = /Inbound: (?:Received )?([A-Z_]{4,})/.exec(line)?.[1];
        if (name !== undefined) received.push(name);
      },
    },
    (connection) => {
      connections.add(connection);
      // Clients hang up without ceremony here.
      connection.on('error', () => connection.end());
      connection.on('close', () => connections.delete(connection));
      options.serve?.(connection);
    },
  );
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    received: () => received,
    wasGreeted: () => greeted,
    close: () =>
      new Promise((resolve) => {
        for (const connection of connections) connection.end();
        server.close(() => {
          resolve();
        });
      }),
  };
}

/** Lets every key in. */
export function acceptLogin(connection: Connection): void {
  connection.on('authentication', (context) => {
    context.accept();
  });
}
