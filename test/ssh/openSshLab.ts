/** What the tests of the system's ssh share: servers, client files that lead to them, and the processes of this side. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { HostSettings } from '../../src/core/hostSettings';
import type { ByteStream, Clock, Connector, Log } from '../../src/core/ports';
import type { SshTimings } from '../../src/ssh/main';
import { descendants, type ProcessIdentity } from '../lab/processes';
import { LabProxy } from '../lab/proxy';
import type { LabKey, Sshd, SshdOptions } from '../lab/sshd';
import { labConnector, labUser, neverAborted, SshLab } from './labConnector';

/** One `Host` entry, and the keys that are known for its port. */
export interface Entry {
  readonly alias?: string;
  readonly port: number;
  /** Lines of known_hosts, the name before it added where there is none. */
  readonly known?: readonly string[];
  readonly identity?: LabKey;
  readonly lines?: readonly string[];
}

/** What a test may change of a connector. */
export interface Wish {
  readonly settings?: Partial<HostSettings>;
  readonly timings?: Partial<SshTimings>;
  readonly environment?: Record<string, string | undefined>;
  readonly askpassFolder?: string | null;
  readonly log?: Log;
  readonly clock?: Clock;
}

export function bySystem(configFile: string, wish: Wish = {}): Connector {
  return labConnector({ configFile, ...wish, settings: { transport: 'openssh', ...wish.settings } });
}

export function auto(configFile: string, wish: Wish = {}): Connector {
  return labConnector({ configFile, ...wish, settings: { transport: 'auto', ...wish.settings } });
}

export function builtIn(configFile: string): Connector {
  return labConnector({ configFile });
}

/** A lab with one server, and more on demand. */
export class OpenSshLab {
  readonly lab: SshLab;
  readonly sshd: Sshd;
  readonly #servers: Sshd[];

  private constructor(lab: SshLab, sshd: Sshd) {
    this.lab = lab;
    this.sshd = sshd;
    this.#servers = [sshd];
  }

  static async open(): Promise<OpenSshLab> {
    const lab = await SshLab.open();
    return new OpenSshLab(lab, await lab.sshd());
  }

  async startServer(options: Partial<SshdOptions> = {}): Promise<Sshd> {
    const server = await this.lab.sshd(options);
    this.#servers.push(server);
    return server;
  }

  async proxyTo(port: number): Promise<LabProxy> {
    const proxy = await LabProxy.start({ port });
    this.lab.later(() => proxy.close());
    return proxy;
  }

  async writeConfig(...entries: readonly Entry[]): Promise<string> {
    const folder = await this.lab.makeFolder();
    const knownFile = join(folder, 'known');
    const configFile = join(folder, 'config');
    const known = entries.flatMap(({ port, known: lines = this.sshd.hostPublicKeys }) =>
      lines.map((line) => (line.startsWith('@') ? `${line}\n` : `[127.0.0.1]:${String(port)} ${line}\n`)),
    );
    await writeFile(knownFile, known.join(''));
    const texts = entries.map(({ alias = 'lab', port, identity = this.lab.identity, lines = [] }) =>
      [
        `Host ${alias}`,
        ...lines,
        'HostName 127.0.0.1',
        `Port ${String(port)}`,
        `User ${labUser}`,
        `IdentityFile ${identity.path}`,
        'IdentitiesOnly yes',
        'IdentityAgent none',
        `UserKnownHostsFile ${knownFile}`,
        'GlobalKnownHostsFile none',
      ].join('\n  '),
    );
    await writeFile(configFile, `${texts.join('\n\n')}\n`);
    return configFile;
  }

  /** What runs below this process and is no server's. */
  clients(): ProcessIdentity[] {
    return descendants(
      process.pid,
      this.#servers.map(({ pid }) => pid),
    );
  }

  /** A stream that runs `cat`, and the processes that came with it on this side. */
  async openCat(connector: Connector): Promise<{ stream: ByteStream; ours: ProcessIdentity[] }> {
    const before = new Set(this.clients().map(({ pid }) => pid));
    const stream = await connector.connect('echo ready; exec cat', neverAborted);
    return { stream, ours: this.clients().filter(({ pid }) => !before.has(pid)) };
  }

  close(): Promise<void> {
    return this.lab.close();
  }
}
