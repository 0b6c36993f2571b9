/** The promise of the first minute, kept by the package itself: installed into an empty profile, in which no host is named. */
import assert from 'node:assert/strict';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runProgram } from '../lab/runProgram';
import { makeLabKey, startSshd, writeSshClientFiles, type Sshd } from '../lab/sshd';
import { chooseFromMenu } from '../vscode/launchActions';
import { checkoutRoot } from '../vscode/launchProfile';
import type { LabWindow } from './labWindow';
import { outputLine } from './outputPanel';

/** From the empty view to the verdict. */
const firstMinuteMs = 60_000;

/** Registers the suite. */
export function suiteOfInstalled(window: LabWindow): void {
  describe('the package, installed', () => {
    let sshd: Sshd | null = null;

    after(async () => {
      await window.closeOther();
      await sshd?.stop();
    });

    it('leads from an empty profile over an unknown key to the right verdict in less than a minute', async () => {
      const folder = join(window.lab.folder, 'installed');
      await mkdir(folder);
      const packaged = join(folder, 'extension.vsix');
      await pack(packaged);
      const identity = await makeLabKey(join(folder, 'identity'));
      const { home } = window.host('gpu-2').pueue;
      sshd = await startSshd({ folder, authorizedKeys: [identity.publicKey], home });
      const { port, hostPublicKeys } = sshd;
      const client = { alias: 'fresh', port, hostPublicKeys: [], identity };
      const { configFile, knownHostsFile } = await writeSshClientFiles(folder, [client]);
      const { page, profile } = await window.openInstalled(packaged, configFile);

      const began = performance.now();
      await page.locator('.activitybar a[aria-label^="Pueue"]').first().click();
      const welcome = page.locator('.part.sidebar .welcome-view-content');
      await welcome.getByRole('button', { name: 'Add Host…' }).click();
      await page.locator('.quick-input-widget:visible').getByRole('option').filter({ hasText: 'fresh' }).click();
      await page.locator('.monaco-dialog-box').getByRole('button', { name: 'Trust and Remember' }).click();
      const row = window.row(/^fresh, 1 live · 1 waiting · 1 failed$/u, page);
      await row.waitFor();
      await chooseFromMenu(page, row, 'Audit');
      await outputLine(page, /Verdict\s+REVIEW\s+live-and-failed/u).waitFor();
      const took = performance.now() - began;

      assert.ok(took < firstMinuteMs, `it took ${String(Math.round(took))} ms`);
      assert.equal(await readFile(knownHostsFile, 'utf8'), `[127.0.0.1]:${String(port)} ${hostPublicKeys[0]!}\n`);
      const settings = JSON.parse(await readFile(join(profile.userData, 'User/settings.json'), 'utf8')) as object;
      assert.deepEqual(
        Object.entries(settings).filter(([key]) => key.startsWith('pueuePreflight.')),
        [
          ['pueuePreflight.sshConfigFile', configFile],
          ['pueuePreflight.hosts', ['fresh']],
        ],
      );
    });
  });
}

/** As the script `package` does it, of what lies in `dist`: another build would change it under the first window. */
async function pack(path: string): Promise<void> {
  const root = checkoutRoot();
  const flags = ['--no-dependencies', '--allow-missing-repository', '--no-rewrite-relative-links'];
  const argv = [join(root, 'node_modules/@vscode/vsce/vsce'), 'package', ...flags, '--out', path];
  const { exitCode, stdout, stderr } = await runProgram(process.execPath, argv, { cwd: root });
  if (exitCode !== 0) throw new Error(`vsce made no package: ${stdout}${stderr}`);
}
