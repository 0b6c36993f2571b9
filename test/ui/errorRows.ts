/**
 * Every way in which a host cannot be read, side by side in one window: real servers, a real client and daemon where they
 * can fail on purpose.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeLabFolder, removeLabFolder } from '../lab/labFolder';
import { configText } from '../lab/pueueConfig';
import { findFreePort, makeLabKey, startSshd, writeSshClientFiles, type Sshd, type SshClientHost } from '../lab/sshd';
import { FakePueue } from '../support/fakePueue';
import { treeLabels } from '../vscode/launchActions';
import type { LabWindow } from './labWindow';
import { paintInThemes } from './themes';

const configFileKey = 'pueuePreflight.sshConfigFile';

interface ErrorHost {
  readonly entry: Readonly<Record<string, unknown>>;
  /** What its row says, the reason and the next step. */
  readonly rows: readonly [host: RegExp, reason: RegExp, next: RegExp];
}

/** The hosts of one test, with what has to be taken down after it. */
class ErrorHosts {
  readonly #sshd: Sshd[] = [];
  readonly #fakes: FakePueue[] = [];
  #folder = '';
  configFile = '';

  async lay(window: LabWindow): Promise<readonly ErrorHost[]> {
    this.#folder = await makeLabFolder();
    const { home } = window.host('gpu-3').pueue;
    const [known, other] = [
      await makeLabKey(join(this.#folder, 'identity')),
      await makeLabKey(join(this.#folder, 'other')),
    ];
    const clients: SshClientHost[] = [
      { alias: 'closed-port', port: await findFreePort(), hostPublicKeys: [], identity: known },
    ];
    const serve = async (alias: string, keyKnown: 'right' | 'wrong' | 'none', mayLogIn: boolean): Promise<void> => {
      const folder = join(this.#folder, alias);
      await mkdir(folder);
      const sshd = await startSshd({ folder, authorizedKeys: mayLogIn ? [known.publicKey] : [], home });
      this.#sshd.push(sshd);
      const hostPublicKeys = { right: sshd.hostPublicKeys, wrong: [other.publicKey], none: [] }[keyKnown];
      clients.push({ alias, port: sshd.port, hostPublicKeys, identity: known });
    };
    await serve('new-key', 'none', true);
    await serve('other-key', 'wrong', true);
    await serve('no-login', 'right', false);
    this.configFile = (await writeSshClientFiles(this.#folder, clients)).configFile;

    const stopped = join(this.#folder, 'stopped.yml');
    await writeFile(stopped, configText(join(this.#folder, 'data'), join(this.#folder, 'data/socket')));
    const old = await this.#fake();
    await old.prints('{}', 'pueue 2.1.0');
    const odd = await this.#fake();
    await odd.prints('Welcome!');
    const local = (name: string, more: object): Readonly<Record<string, unknown>> => ({
      name,
      transport: 'local',
      ...more,
    });
    const client = window.host('gpu-3').pueue.pueue;
    return [
      {
        entry: { name: 'closed-port' },
        rows: [
          /^closed-port, cannot be read, unreachable$/u,
          /^connection refused, nothing listens there\.$/u,
          /^Next: Check the port, and that the SSH server is running on the host\.$/u,
        ],
      },
      {
        entry: { name: 'new-key' },
        rows: [
          /^new-key, cannot be read, host key unknown$/u,
          /^its key is not known\. It shows ED25519 SHA256:/u,
          /^Next: Refresh or audit the host to be asked whether its key is to be trusted/u,
        ],
      },
      {
        entry: { name: 'other-key' },
        rows: [
          /^other-key, cannot be read, host key changed$/u,
          /^the server.s key has changed\. .* This may be an attack/u,
          /^Next: Compare the fingerprint on the host itself\. Only if it is right, remove the line/u,
        ],
      },
      {
        entry: { name: 'no-login' },
        rows: [
          /^no-login, cannot be read, authentication failed$/u,
          /^no-login did not let .* in\. It offers: publickey\./u,
          /^Next: Add a key to the agent/u,
        ],
      },
      {
        entry: local('no-python', { python: '/nowhere/python3' }),
        rows: [
          /^no-python, cannot be read, python missing$/u,
          /^the interpreter \/nowhere\/python3 does not exist there/u,
          /^Next: Correct "python" of no-python/u,
        ],
      },
      {
        entry: local('no-pueue', { pueue: '/nowhere/pueue' }),
        rows: [
          /^no-pueue, cannot be read, pueue missing$/u,
          /^no pueue client was found\. Looked in \/nowhere\/pueue\.$/u,
          /^Next: Install pueue on no-pueue/u,
        ],
      },
      {
        entry: local('no-daemon', { pueue: client, pueueConfig: stopped }),
        rows: [
          /^no-daemon, cannot be read, daemon down$/u,
          /^the pueue daemon does not answer\. /u,
          /^Next: Run ".*" on no-daemon to see why\. Before starting a daemon/u,
        ],
      },
      {
        entry: local('too-old', { pueue: old.path }),
        rows: [
          /^too-old, cannot be read, version unsupported$/u,
          /^pueue 2\.1\.0 is too old; 3\.0 or newer/u,
          /^Next: Upgrade pueue on too-old when no job is running/u,
        ],
      },
      {
        entry: local('mixed', {
          pueue: window.host('gpu-2').pueue.pueue,
          pueueConfig: window.host('gpu-1').pueue.config,
        }),
        rows: [
          /^mixed, cannot be read, version mismatch$/u,
          /^the pueue client \(.*3\.4\.1\) and the running daemon are of different versions/u,
          /^Next: Name the client that belongs to the daemon/u,
        ],
      },
      {
        entry: local('odd-reply', { pueue: odd.path }),
        rows: [
          /^odd-reply, cannot be read, bad reply$/u,
          /^the reply could not be understood: /u,
          /^Next: Run "pueue status --json" on odd-reply/u,
        ],
      },
    ];
  }

  async remove(): Promise<void> {
    await Promise.all([...this.#sshd.map((sshd) => sshd.stop()), ...this.#fakes.map((fake) => fake.remove())]);
    if (this.#folder !== '') await removeLabFolder(this.#folder);
  }

  async #fake(): Promise<FakePueue> {
    const fake = await FakePueue.make();
    this.#fakes.push(fake);
    return fake;
  }
}

/** Registers the suite. */
export function suiteOfErrorRows(window: LabWindow): void {
  describe('hosts that cannot be read', () => {
    const hosts = new ErrorHosts();

    afterEach(async () => {
      await window.driver.setSetting(configFileKey, window.lab.settings[configFileKey]);
      await hosts.remove();
    });

    it('have each a row of their own with the reason and the next step, and the command that helps', async () => {
      const laid = await hosts.lay(window);
      await window.setHosts([]);
      await window.driver.setSetting(configFileKey, hosts.configFile);
      await window.setHosts(laid.map(({ entry }) => entry));
      // The question about the unknown key; who does not answer it gets a row.
      await window.cancelDialog();
      for (const { rows } of laid) for (const row of rows) await window.row(row).waitFor();
      await paintInThemes(window, 'error-rows');
      // What was found on a host besides comes with its examination, and depends on what else this computer runs.
      const labels = (await treeLabels(window.page)).filter((label) => !label.endsWith(', found on the host'));
      laid.forEach(({ rows }, index) => {
        rows.forEach((row, at) => {
          if (!row.test(labels[3 * index + at] ?? ''))
            throw new Error(`${String(row)} is not in its place:\n${labels.join('\n')}`);
        });
      });
      const next = window.row(/^Next: Install pueue on no-pueue/u);
      await next.hover();
      await next.getByRole('button', { name: 'Configure Host…' }).click();
      await window.page
        .locator('.quick-input-widget:visible')
        .getByRole('option', { name: '/nowhere/pueue' })
        .waitFor();
      await window.page.keyboard.press('Escape');
    });
  });
}
