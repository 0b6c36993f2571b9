/** A pueue host behind a real sshd and a proxy, and a reader of it: the whole way that the extension goes. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { auditProblem, auditSnapshot, type AuditReport } from '../../src/core/audit/auditReport';
import type { HostSettings } from '../../src/core/hostSettings';
import type { Clock, Connector, HostReader, Log } from '../../src/core/ports';
import { isProblemError } from '../../src/core/problem';
import { createHostReader } from '../../src/host/main';
import { createSshConnector } from '../../src/ssh/main';
import { systemClock } from '../../src/systemClock';
import { LabProxy, type ProxyOptions } from '../lab/proxy';
import { startPueueHost, type PueueHost, type PueueHostOptions } from '../lab/pueueHost';
import { makeLabKey, startSshd, writeSshClientFiles, type LabKey, type Sshd } from '../lab/sshd';
import { hostSettings } from '../support/hostSettings';
import { KeptLog, sha256 } from '../support/localHost';
import { WireTap } from '../support/wireTap';

export interface RemoteHostOptions {
  readonly version: PueueHostOptions['version'];
  /** Further lines of sshd_config. */
  readonly sshd?: readonly string[];
}

/** A line to the host: a proxy of its own, and the client's files that lead over it. */
export interface Line {
  readonly proxy: LabProxy;
  /** Its alias, for `ssh -F`. */
  readonly alias: string;
  readonly configFile: string;
  /** Holds the client's files. */
  readonly folder: string;
}

/** One way to the host: over a line of its own. */
export interface Way extends Omit<Line, 'folder'> {
  readonly tap: WireTap;
  readonly log: KeptLog;
  readonly reader: HostReader;
  audit(timeoutMs?: number): Promise<AuditReport>;
}

export class RemoteHost {
  readonly pueue: PueueHost;
  readonly sshd: Sshd;
  readonly identity: LabKey;
  readonly #closers: (() => Promise<void>)[] = [];
  #ways = 0;

  private constructor(pueue: PueueHost, sshd: Sshd, identity: LabKey) {
    this.pueue = pueue;
    this.sshd = sshd;
    this.identity = identity;
  }

  static async start({ version, sshd: extraConfig = [] }: RemoteHostOptions): Promise<RemoteHost> {
    const pueue = await startPueueHost({ version, clientIn: '.cargo/bin' });
    const identity = await makeLabKey(join(pueue.folder, 'identity'));
    const folder = join(pueue.folder, 'sshd');
    await mkdir(folder);
    const sshd = await startSshd({ folder, authorizedKeys: [identity.publicKey], home: pueue.home, extraConfig });
    return new RemoteHost(pueue, sshd, identity);
  }

  /** Opens a way to the host; closed with it. */
  async way(
    link: Omit<ProxyOptions, 'port'> = {},
    settings: Partial<HostSettings> = {},
    clock: Clock = systemClock,
  ): Promise<Way> {
    const line = await this.line(link);
    const { alias, proxy, configFile } = line;
    const log = new KeptLog();
    const tap = new WireTap(this.connector(line, settings, clock, log));
    const reader = createHostReader({ settings: hostSettings(alias, settings), connector: tap, clock, log });
    this.#closers.unshift(() => {
      reader.close();
      return Promise.resolve();
    });
    const audit = async (timeoutMs = 15_000): Promise<AuditReport> => {
      try {
        return auditSnapshot(alias, await reader.read(new AbortController().signal, timeoutMs), sha256);
      } catch (error) {
        if (!isProblemError(error)) throw error;
        return auditProblem(alias, error.problem, Date.now());
      }
    };
    return { proxy, tap, log, reader, alias, configFile, audit };
  }

  /** Lays a line to the host, with a configuration of ssh that leads over it; closed with the host. */
  async line(link: Omit<ProxyOptions, 'port'> = {}): Promise<Line> {
    const alias = `way-${++this.#ways}`;
    const proxy = await LabProxy.start({ ...link, port: this.sshd.port });
    this.#closers.push(() => proxy.close());
    const folder = join(this.pueue.folder, alias);
    await mkdir(folder);
    const { configFile } = await writeSshClientFiles(folder, [
      { alias, port: proxy.port, hostPublicKeys: this.sshd.hostPublicKeys, identity: this.identity },
    ]);
    return { alias, proxy, folder, configFile };
  }

  /** A connector over a line. */
  connector(
    { alias, folder, configFile }: Omit<Line, 'proxy'>,
    settings: Partial<HostSettings>,
    clock: Clock,
    log: Log,
  ): Connector {
    return createSshConnector({
      settings: hostSettings(alias, settings),
      sshConfigFile: configFile,
      home: folder,
      environment: { PATH: process.env['PATH'] },
      askpass: null,
      log,
      clock,
    });
  }

  async stop(): Promise<void> {
    for (const close of this.#closers) await close();
    await this.sshd.stop();
    await this.pueue.stop();
  }
}
