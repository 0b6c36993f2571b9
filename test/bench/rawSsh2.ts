/** The other plain way: one ssh2 connection that is kept open, and an exec on it for each question. */
import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { Client } from 'ssh2';
import type { RemoteHost, Way } from '../ssh/remoteHost';

/** An open connection. */
export interface RawSsh2 {
  /** Runs a command to its end. @throws Error where it fails or prints nothing */
  exec(command: string): Promise<void>;
  stop(): void;
}

/** Connects over a way's proxy. Whom it meets is not checked: it is our own host, and only time is of interest. */
export async function startRawSsh2(host: RemoteHost, way: Way): Promise<RawSsh2> {
  const client = new Client();
  await new Promise<void>((resolve, reject) => {
    client.once('ready', resolve).once('error', reject);
    client.connect({
      host: '127.0.0.1',
      port: way.proxy.port,
      username: userInfo().username,
      privateKey: readFileSync(host.identity.path),
    });
  });
  // ssh2 leaves Nagle on; the comparison is with somebody who knows that.
  client.setNoDelay(true);
  const exec = (command: string): Promise<void> =>
    new Promise((resolve, reject) => {
      client.exec(command, (error, channel) => {
        if (error !== undefined) {
          reject(error);
          return;
        }
        let bytes = 0;
        channel.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
        });
        channel.stderr.resume();
        channel.on('close', (code: number | null) => {
          if (code === 0 && bytes > 0) resolve();
          else reject(new Error(`ssh2 exec ${command}: exit code ${String(code)}, ${bytes} bytes of output`));
        });
      });
    });
  return {
    exec,
    stop: () => {
      client.end();
    },
  };
}
