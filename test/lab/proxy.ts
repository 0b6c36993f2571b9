/**
 * A TCP proxy that makes a link bad on purpose: delay, bandwidth and stalls per direction, cuts by FIN or RST, a freeze, and
 * counts. Delay keeps order and throughput, as a long line does; a narrow line holds its sender up, as a full one does.
 */
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { Line, type Direction, type LineQuality } from './line';

/** What the proxy leads to, and how. */
export interface ProxyOptions extends LineQuality {
  readonly port: number;
  readonly host?: string;
}

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  readonly lines: Record<Direction, Line>;
  clientOpen: boolean;
}

/** A running proxy. */
export class LabProxy {
  readonly #server: Server;
  readonly #options: ProxyOptions;
  readonly #pairs = new Set<Pair>();
  readonly #bytes: Record<Direction, number> = { up: 0, down: 0 };
  readonly #watchers = new Set<() => void>();
  readonly #cutAt: Record<Direction, number> = { up: Infinity, down: Infinity };
  #connections = 0;
  #frozen = false;

  private constructor(options: ProxyOptions) {
    this.#options = options;
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
      this.#accept(client);
    });
  }

  /** Starts a proxy on a free port of 127.0.0.1. */
  static async start(options: ProxyOptions): Promise<LabProxy> {
    const proxy = new LabProxy(options);
    await new Promise<void>((resolve, reject) => {
      proxy.#server.once('error', reject);
      proxy.#server.listen(0, '127.0.0.1', resolve);
    });
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Connections accepted since the start. */
  get connectionCount(): number {
    return this.#connections;
  }

  /** Connections that the client has not closed; seen in a freeze as well. */
  get openCount(): number {
    return [...this.#pairs].filter((pair) => pair.clientOpen).length;
  }

  /** Bytes received from the sender of a direction. */
  bytes(direction: Direction): number {
    return this.#bytes[direction];
  }

  /** Resolves when `condition` holds; looked at after every change. */
  until(condition: (proxy: LabProxy) => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!condition(this)) return;
        this.#watchers.delete(look);
        resolve();
      };
      this.#watchers.add(look);
      look();
    });
  }

  /** Lets nothing through any more, in either direction, and tells nobody. New connections are frozen too. */
  freeze(): void {
    this.#freezeAll(true);
  }

  /** Lets everything through that was held back. */
  unfreeze(): void {
    this.#freezeAll(false);
  }

  /** Ends every open connection on both sides: `fin` as a program that closes, `rst` as a firewall or a dead peer. */
  cut(how: 'fin' | 'rst'): void {
    for (const { client, server, lines } of this.#pairs) {
      lines.up.drop();
      lines.down.drop();
      for (const socket of [client, server]) {
        if (how === 'rst') socket.resetAndDestroy();
        else socket.end(() => socket.destroy());
      }
    }
  }

  /** Lets this many more bytes through in a direction, then ends the connection there, as a link that breaks in mid-word. */
  cutAfter(direction: Direction, bytes: number): void {
    this.#cutAt[direction] = this.#bytes[direction] + bytes;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => {
        resolve();
      });
    });
    for (const { client, server, lines } of this.#pairs) {
      lines.up.drop();
      lines.down.drop();
      client.destroy();
      server.destroy();
    }
    await closed;
  }

  #changed(): void {
    for (const watcher of [...this.#watchers]) watcher();
  }

  #freezeAll(frozen: boolean): void {
    this.#frozen = frozen;
    for (const { lines } of this.#pairs) {
      lines.up.freeze(frozen);
      lines.down.freeze(frozen);
    }
  }

  #accept(client: Socket): void {
    const { port, host = '127.0.0.1' } = this.#options;
    const server = connect({ port, host, allowHalfOpen: true, noDelay: true });
    const pair: Pair = {
      client,
      server,
      lines: {
        up: new Line(client, server, 'up', this.#options),
        down: new Line(server, client, 'down', this.#options),
      },
      clientOpen: true,
    };
    pair.lines.up.freeze(this.#frozen);
    pair.lines.down.freeze(this.#frozen);
    this.#connections += 1;
    this.#pairs.add(pair);
    client.once('end', () => {
      pair.clientOpen = false;
      this.#changed();
    });
    this.#carry(client, pair, 'up');
    this.#carry(server, pair, 'down');
    client.once('close', () => {
      this.#pairs.delete(pair);
      pair.lines.up.drop();
      pair.lines.down.drop();
      server.destroy();
      this.#changed();
    });
    server.once('close', () => {
      pair.lines.down.push(null);
    });
    this.#changed();
  }

  #carry(source: Socket, pair: Pair, direction: Direction): void {
    source.on('data', (bytes: Buffer) => {
      const left = this.#cutAt[direction] - this.#bytes[direction];
      this.#bytes[direction] += bytes.length;
      pair.lines[direction].push(bytes.subarray(0, left));
      if (bytes.length >= left) {
        this.#cutAt[direction] = Infinity;
        pair.lines[direction].push(null);
        source.destroy();
      }
      this.#changed();
    });
    source.on('end', () => {
      pair.lines[direction].push(null);
    });
    // A reset of one side is a reset of the other.
    source.on('error', () => {
      pair.client.destroy();
      pair.server.destroy();
    });
  }
}
