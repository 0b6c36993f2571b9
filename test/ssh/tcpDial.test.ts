import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { dial, type DialTarget } from '../../src/ssh/builtIn/tcpDial';
import { systemClock } from '../../src/systemClock';
import { startTcpServer } from './fakeServer';

/**
 * A server whose queue of connections is full, so that the system drops every further first packet as a network does that is
 * away (listen(2), Linux), until a line is written to it.
 */
const deafServer = [
  'import socket,sys',
  's=socket.socket();s.bind(("127.0.0.1",0));s.listen(0)',
  'port=s.getsockname()[1]',
  'held=[]',
  'for _ in range(2):',
  '  c=socket.socket();c.setblocking(False);c.connect_ex(("127.0.0.1",port));held.append(c)',
  'print(port,flush=True)',
  'sys.stdin.readline()',
  'while True: held.append(s.accept())',
].join('\n');

async function startDeafServer() {
  const child = spawn('python3', ['-c', deafServer], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout });
  const [port] = (await once(lines, 'line')) as [string];
  return {
    port: Number(port),
    hear: () => child.stdin.write('\n'),
    close: async () => {
      child.kill('SIGKILL');
      await once(child, 'close');
    },
  };
}

const target = (port: number): DialTarget => ({
  ...{ hostName: '127.0.0.1', port, addressFamily: 'any', bindAddress: null },
});

describe('dialling a server', () => {
  it('is through within a good second after the network is back, however long it was away', async function () {
    if (process.platform !== 'linux') this.skip();
    const server = await startDeafServer();
    try {
      let [back, through] = [0, 0];
      const connected = new Promise<Socket>((resolve, reject) => {
        dial(target(server.port), systemClock, {
          onConnected: (socket) => {
            through = performance.now();
            resolve(socket);
          },
          onFailed: reject,
        });
      });
      // Far from any repetition of the system, which comes each second at first and then ever later (Linux 6.5, tcp_syn_linear_timeouts).
      systemClock.after(7_600, () => {
        back = performance.now();
        server.hear();
      });
      (await connected).destroy();
      assert.ok(back > 0, 'the network was never away');
      assert.ok(through - back < 2_500, `${through - back} ms`);
    } finally {
      await server.close();
    }
  });

  it('leaves no socket behind where it is given up, or another try was through', async function () {
    if (process.platform !== 'linux') this.skip();
    const server = await startDeafServer();
    try {
      const before = sockets();
      const giveUp = dial(target(server.port), systemClock, {
        onConnected: () => assert.fail('it heard'),
        onFailed: (error) => assert.fail(error),
      });
      await new Promise<void>((resolve) => {
        systemClock.after(2_200, resolve);
      });
      assert.ok(sockets() >= before + 3, 'each second another try');
      giveUp();
      // Who leaves one behind waits here for ever.
      while (sockets() > before) await new Promise<void>((resolve) => setImmediate(resolve));
    } finally {
      await server.close();
    }
  });

  it('fails with the first try that is refused', async () => {
    const server = await startTcpServer(() => undefined);
    await server.close();
    const error = await new Promise<NodeJS.ErrnoException>((resolve, reject) => {
      dial(target(server.port), systemClock, {
        onConnected: () => {
          reject(new Error('it is open'));
        },
        onFailed: resolve,
      });
    });
    assert.equal(error.code, 'ECONNREFUSED');
  });
});

function sockets(): number {
  return process.getActiveResourcesInfo().filter((name) => /TCP.*(?:Wrap|Socket)/u.test(name)).length;
}
