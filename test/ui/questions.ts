/** What only a person knows: whether an unknown key is the host's, and the passphrase of a key. In the real dialogs. */
import assert from 'node:assert/strict';
import { appendFile, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import type { FleetReport } from '../../src/core/audit/fleetReport';
import { runProgram } from '../lab/runProgram';
import { makeLabKey, startSshd, type LabKey, type Sshd } from '../lab/sshd';
import type { LabWindow } from './labWindow';
import { takeReadmePicture } from './readmePicture';
import { paintInThemes } from './themes';

/** Registers the suite. */
export function suiteOfQuestions(window: LabWindow): void {
  describe('a question to the person', () => {
    const passphrase = 'open sesame';
    let folder: string;
    let knownFile: string;
    let locked: LabKey;
    let sshd: Sshd;

    /** A second way into gpu-2: as `stranger` its key is not known, as `sealed` only a locked key leads in. */
    before(async () => {
      folder = join(window.lab.folder, 'questions');
      knownFile = join(folder, 'known_hosts');
      await mkdir(folder);
      locked = await makeLabKey(join(folder, 'locked'), 'ed25519', passphrase);
      const open = await makeLabKey(join(folder, 'open'));
      const { home } = window.host('gpu-2').pueue;
      sshd = await startSshd({ folder, authorizedKeys: [open.publicKey, locked.publicKey], home });
      await writeFile(join(folder, 'known'), `[127.0.0.1]:${String(sshd.port)} ${sshd.hostPublicKeys[0]!}\n`);
      const entry = (alias: string, identity: LabKey, known: string): string =>
        [
          `\nHost ${alias}`,
          'HostName 127.0.0.1',
          `Port ${String(sshd.port)}`,
          `IdentityFile "${identity.path}"`,
          'IdentitiesOnly yes',
          'IdentityAgent none',
          `UserKnownHostsFile "${known}"`,
          'GlobalKnownHostsFile none\n',
        ].join('\n  ');
      await appendFile(
        window.lab.sshConfigFile!,
        entry('stranger', open, knownFile) + entry('sealed', locked, join(folder, 'known')),
      );
    });
    beforeEach(() => rm(knownFile, { force: true }));
    after(() => sshd.stop());

    const dialog = (): Locator => window.page.locator('.monaco-dialog-box');
    const isRead = (name: string): Promise<void> =>
      window.row(new RegExp(`^${name}, 1 live · 1 waiting · 1 failed$`, 'u')).waitFor();
    const isStored = (): Promise<boolean> =>
      stat(knownFile).then(
        () => true,
        () => false,
      );

    it('shows an unknown key to be compared, does nothing by Enter, and connects and remembers it when it is trusted', async () => {
      const { page } = window;
      await window.setHosts(['stranger']);
      await dialog().waitFor();
      const print = (await runProgram('ssh-keygen', ['-lf', `${sshd.hostKeys[0]!.path}.pub`])).stdout.split(' ')[1]!;
      const text = await dialog().innerText();
      for (const part of ['stranger', `127.0.0.1:${String(sshd.port)}`, 'ED25519', print, knownFile])
        assert.ok(text.includes(part), `${part} in ${text}`);
      assert.ok(text.includes('ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub'), text);
      await window.row(/^stranger, waits for your answer$/u).waitFor();
      await takeReadmePicture(window, 'host-key', dialog());
      await paintInThemes(window, 'host-key');

      const first = await dialog().elementHandle();
      assert.ok(first);
      await dialog().locator('.monaco-button:focus').filter({ hasText: 'Copy Fingerprint' }).waitFor();
      await page.keyboard.press('Enter');
      await first.waitForElementState('hidden');
      await dialog().waitFor();
      assert.equal(await isStored(), false);

      await dialog().getByRole('button', { name: 'Trust and Remember' }).click();
      await isRead('stranger');
      assert.equal(await readFile(knownFile, 'utf8'), `[127.0.0.1]:${String(sshd.port)} ${sshd.hostPublicKeys[0]!}\n`);
      assert.deepEqual(await window.notifications(), []);
    });

    it('asks no more where it was cancelled, until one refreshes', async () => {
      const { page } = window;
      await window.setHosts(['stranger']);
      await dialog().waitFor();
      await page.keyboard.press('Escape');
      await dialog().waitFor({ state: 'detached' });
      await window.row(/^stranger, cannot be read, host key unknown/u).waitFor();
      await window.row(/^its key is not known\. It shows ED25519 SHA256:/u).waitFor();
      await window.row(/^Next: Refresh or audit the host to be asked/u).waitFor();
      assert.equal(await isStored(), false);
      await window.titleButton('Refresh').click();
      await dialog().waitFor();
      await dialog().getByRole('button', { name: 'Cancel' }).click();
      await dialog().waitFor({ state: 'detached' });
      await window.row(/^stranger, cannot be read, host key unknown/u).waitFor();
      assert.deepEqual(await window.notifications(), []);
    });

    it('holds up neither the audit of all hosts nor their rows, and brings its own when it is answered', async () => {
      await window.setHosts(['stranger', 'gpu-3']);
      await dialog().waitFor();
      await window.row(/^gpu-3, 0 live · 0 waiting · 0 failed$/u).waitFor();
      const fleet = (await window.driver.execute('pueuePreflight.host.auditAll')) as FleetReport;
      const [first, second] = fleet.hosts;
      assert.deepEqual([first?.host, first?.problem?.code], ['stranger', 'hostKeyUnknown']);
      assert.match(first?.problem?.message ?? '', /not read yet, because a question in VS Code waits for an answer/u);
      assert.deepEqual([second?.host, second?.problem], ['gpu-3', null]);
      await dialog().getByRole('button', { name: 'Trust and Remember' }).click();
      await isRead('stranger');
    });

    it('takes the passphrase that the system’s ssh asks for by the keyboard alone, and cancelled asks no more until one refreshes', async () => {
      const { page } = window;
      const box = page.locator('.quick-input-widget');
      const input = box.locator('input[type=password]');
      await window.setHosts([{ name: 'vault', host: 'sealed', transport: 'openssh' }]);
      await input.and(page.locator(':focus')).waitFor();
      await window.row(/^vault, waits for your answer$/u).waitFor();
      const text = await box.innerText();
      assert.match(text, /Passphrase for vault/u);
      assert.ok(text.includes(`Enter passphrase for key '${locked.path}' · It goes`), text);
      assert.match(text, /It goes to ssh on this machine and is not kept\./u);
      await paintInThemes(window, 'askpass');
      await page.keyboard.press('Escape');
      await box.waitFor({ state: 'hidden' });
      await window.row(/^vault, cannot be read, authentication failed/u).waitFor();
      await window.row(/^Next: Refresh or audit the host to be asked again/u).waitFor();
      await window.titleButton('Refresh').click();
      await input.and(page.locator(':focus')).waitFor();
      await page.keyboard.type(passphrase);
      await page.keyboard.press('Enter');
      await isRead('vault');
      await box.waitFor({ state: 'hidden' });
      assert.deepEqual(await window.notifications(), []);
    });

    it('shows the unknown key that the system’s ssh has met, which ssh then stores', async () => {
      await window.setHosts([{ name: 'stray', host: 'stranger', transport: 'openssh' }]);
      await dialog().waitFor();
      const text = await dialog().innerText();
      const print = (await runProgram('ssh-keygen', ['-lf', `${sshd.hostKeys[0]!.path}.pub`])).stdout.split(' ')[1]!;
      for (const part of ['stray', `127.0.0.1:${String(sshd.port)}`, 'ED25519', print, knownFile])
        assert.ok(text.includes(part), `${part} in ${text}`);
      assert.equal(await isStored(), false);
      await dialog().getByRole('button', { name: 'Trust and Remember' }).click();
      await isRead('stray');
      assert.equal(await isStored(), true);
      assert.deepEqual(await window.notifications(), []);
    });

    it('makes no link of a host’s name, and goes with its host', async () => {
      const box = window.page.locator('.quick-input-widget');
      await window.setHosts([{ name: '[sealed](command:workbench.action.quit)', host: 'sealed' }]);
      await box.locator('input[type=password]').waitFor();
      await box.getByText('the key').waitFor();
      assert.equal(await box.locator('a').filter({ hasText: 'sealed' }).count(), 0);
      await window.setHosts(['gpu-3']);
      await box.waitFor({ state: 'hidden' });
      await window.row(/^gpu-3, 0 live · 0 waiting · 0 failed$/u).waitFor();
    });

    it('takes a passphrase by the keyboard alone, says which one is wrong, and keeps the key open', async () => {
      const { page } = window;
      const box = page.locator('.quick-input-widget');
      const input = box.locator('input[type=password]');
      await window.setHosts(['sealed']);
      await input.and(page.locator(':focus')).waitFor();
      await window.row(/^sealed, waits for your answer$/u).waitFor();
      const text = await box.innerText();
      await paintInThemes(window, 'passphrase');
      assert.match(text, /Passphrase for sealed/u);
      assert.ok(text.includes(`${locked.path} (ED25519 SHA256:`), text);
      await page.keyboard.type('no');
      await page.keyboard.press('Enter');
      await box.getByText('That passphrase does not open the key.').waitFor();
      await paintInThemes(window, 'wrong-passphrase');
      await page.keyboard.type(passphrase);
      await page.keyboard.press('Enter');
      await isRead('sealed');
      await box.waitFor({ state: 'hidden' });
      assert.deepEqual(await window.notifications(), []);
    });
  });
}
