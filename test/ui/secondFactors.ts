/** Hosts that are hard to reach: with a second factor, and behind a jump host. In the real window, by the keyboard. */
import assert from 'node:assert/strict';
import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Connection } from 'ssh2';
import { LabProxy } from '../lab/proxy';
import { makeLabKey, startSshd, type LabKey, type Sshd } from '../lab/sshd';
import { serveWell, startCommandServer } from '../ssh/commandServer';
import type { FakeSsh } from '../ssh/fakeServer';
import { chooseFromMenu } from '../vscode/launchActions';
import type { LabWindow } from './labWindow';
import { paintInThemes } from './themes';

/** Registers the suite. */
export function suiteOfSecondFactors(window: LabWindow): void {
  describe('a host that is hard to reach', () => {
    const code = '246 810';
    let hostKey: LabKey;
    let guarded: FakeSsh;
    let proxy: LabProxy;
    let gate: Sshd;
    let gateProxy: LabProxy;

    /** Lets in who has the code, and says to the others that it was wrong. */
    const wantsCode = (connection: Connection): void => {
      connection.on('authentication', (context) => {
        if (context.method !== 'keyboard-interactive') context.reject(['keyboard-interactive']);
        else
          context.prompt(
            [{ prompt: 'Verification code: ', echo: false }],
            'Two steps',
            '[Help](command:workbench.action.quit)\nCheck your telephone.',
            ([answer]) => {
              if (answer === code) context.accept();
              else context.reject(['keyboard-interactive']);
            },
          );
      });
    };

    /** Both ways lead into gpu-2: `guarded` with a code, `inner` through `gate`, which lets one session in. */
    before(async () => {
      const folder = join(window.lab.folder, 'reach');
      await mkdir(folder);
      hostKey = await makeLabKey(join(folder, 'host'));
      const identity = await makeLabKey(join(folder, 'id'));
      const { home, env } = window.host('gpu-2').pueue;
      guarded = await startCommandServer({ hostKey, env, serve: serveWell, login: wantsCode });
      proxy = await LabProxy.start({ port: guarded.port });
      const gateFolder = join(folder, 'gate');
      const innerFolder = join(folder, 'inner');
      await mkdir(gateFolder);
      await mkdir(innerFolder);
      const authorizedKeys = [identity.publicKey];
      gate = await startSshd({ folder: gateFolder, authorizedKeys, extraConfig: ['MaxSessions 1'] });
      gateProxy = await LabProxy.start({ port: gate.port });
      const inner = await startSshd({ folder: innerFolder, authorizedKeys, home });
      closers.push(
        () => proxy.close(),
        () => guarded.close(),
        () => inner.stop(),
        () => gateProxy.close(),
        () => gate.stop(),
      );
      const known = [
        [proxy.port, hostKey.publicKey],
        [gateProxy.port, gate.hostPublicKeys[0]!],
        [inner.port, inner.hostPublicKeys[0]!],
      ];
      await writeFile(
        join(folder, 'known'),
        known.map(([port, key]) => `[127.0.0.1]:${String(port)} ${String(key)}\n`).join(''),
      );
      const entry = (alias: string, port: number, ...lines: readonly string[]): string =>
        [
          `\nHost ${alias}`,
          ...lines,
          'HostName 127.0.0.1',
          `Port ${String(port)}`,
          `IdentityFile "${identity.path}"`,
          'IdentitiesOnly yes',
          'IdentityAgent none',
          `UserKnownHostsFile "${join(folder, 'known')}"`,
          'GlobalKnownHostsFile none\n',
        ].join('\n  ');
      await appendFile(
        window.lab.sshConfigFile!,
        entry('guarded', proxy.port) + entry('inner', inner.port, 'ProxyJump gate') + entry('gate', gateProxy.port),
      );
    });
    const closers: (() => Promise<void>)[] = [];
    after(async () => {
      for (const close of closers) await close();
    });

    const box = () => window.page.locator('.quick-input-widget');
    const input = () => box().locator('input[type=password]');
    const isRead = (name: string): Promise<void> =>
      window.row(new RegExp(`^${name}, 1 live · 1 waiting · 1 failed$`, 'u')).waitFor();

    it('takes the code of a second factor by the keyboard alone, and says that one was refused', async () => {
      const { page } = window;
      await window.setHosts(['guarded']);
      await input().and(page.locator(':focus')).waitFor();
      await window.row(/^guarded, waits for your answer$/u).waitFor();
      await paintInThemes(window, 'second-factor');
      const text = await box().innerText();
      for (const part of ['guarded', 'Two steps', 'Check your telephone.', 'Verification code', 'ED25519 SHA256:'])
        assert.ok(text.includes(part), `${part} in ${text}`);
      assert.equal(await box().locator('a').filter({ hasText: 'Help' }).count(), 0, 'no link of the server’s making');
      await page.keyboard.type('000 000');
      await page.keyboard.press('Enter');
      await box().getByText('The answer before was refused.').waitFor();
      await paintInThemes(window, 'second-factor-refused');
      await page.keyboard.type(code);
      await page.keyboard.press('Enter');
      await isRead('guarded');
      await box().waitFor({ state: 'hidden' });
      assert.deepEqual(await window.notifications(), []);
    });

    it('does not ask by itself after a lost link, and asks when one refreshes', async () => {
      const { page } = window;
      await window.setHosts(['guarded']);
      await input().and(page.locator(':focus')).waitFor();
      await page.keyboard.type(code);
      await page.keyboard.press('Enter');
      await isRead('guarded');
      proxy.cut('rst');
      await window.row(/^guarded, cannot be read, authentication failed/u).waitFor();
      await window.row(/^Next: Refresh or audit the host to be asked/u).waitFor();
      await paintInThemes(window, 'second-factor-lost');
      assert.equal(await input().isVisible(), false);
      await window.titleButton('Refresh').click();
      await input().and(page.locator(':focus')).waitFor();
      await page.keyboard.type(code);
      await page.keyboard.press('Enter');
      await isRead('guarded');
    });

    it('is read through its jump host, and again by itself after the link to that was cut', async () => {
      await window.setHosts(['inner']);
      await isRead('inner');
      await paintInThemes(window, 'jump-host');
      assert.match(gate.log(), /direct-tcpip/u);
      const before = gateProxy.connectionCount;
      gateProxy.cut('rst');
      await gateProxy.until(({ connectionCount }) => connectionCount > before);
      await isRead('inner');
      await chooseFromMenu(window.page, window.row(/^inner, /u), 'Refresh');
      await isRead('inner');
      assert.equal(gateProxy.openCount, 1);
      assert.deepEqual(await window.notifications(), []);
    });
  });
}
