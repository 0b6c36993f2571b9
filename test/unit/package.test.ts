/** What a person installs: small, without native code, and with nothing in it that is not needed there. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

describe('the package', function () {
  this.timeout(120_000);
  let folder: string;
  let listed: string;
  let vsix: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pp-package-'));
    vsix = join(folder, 'it.vsix');
    // The command of the README itself.
    ({ stdout: listed } = await execute('npm', ['run', 'package', '--', '--out', vsix], { maxBuffer: 1 << 24 }));
  });

  after(async () => {
    await rm(folder, { recursive: true });
    // The other layers run the build that is made for tests.
    await execute(process.execPath, ['esbuild.mjs']);
  });

  it('is at most 1 MB, and its main bundle at most 200 KB', async () => {
    assert.ok((await stat(vsix)).size <= 1_000_000);
    assert.ok((await stat('dist/extension.js')).size <= 200_000);
  });

  it('holds the bundles, the texts and the icons, and nothing else', () => {
    const files = [...listed.matchAll(/[├└]─ ([^\s/]+)(?: \[|\s*$)/gmu)].map((match) => match[1]).sort();
    assert.deepEqual(
      files,
      [
        ...[
          '[Content_Types].xml',
          'LICENSE.txt',
          'changelog.md',
          'askpass.js',
          'commands.js',
          'extension.js',
          'extension.vsixmanifest',
          'host.js',
        ],
        ...[
          'icon.png',
          'package.json',
          'package.nls.json',
          'pueue-preflight.schema.json',
          'pueue.svg',
          'readme.md',
          'ssh.js',
        ],
      ].sort(),
    );
  });

  it('requires no native module and nothing that is not in it', async () => {
    for (const bundle of ['extension', 'commands', 'host', 'ssh', 'askpass']) {
      const text = await readFile(`dist/${bundle}.js`, 'utf8');
      const required = [...text.matchAll(/\brequire\("([^"]+)"\)/gu)].map((match) => match[1] ?? '');
      assert.ok(required.length > 0, bundle);
      // ssh2 tries both in a try/catch and goes on without them.
      const optional = ['cpu-features', './crypto/build/Release/sshcrypto.node', '../build/Release/cpufeatures.node'];
      const allowed = new Set(['vscode', './commands.js', './host.js', './ssh.js', ...optional]);
      const { builtinModules } = await import('node:module');
      const foreign = required.filter(
        (name) => !name.startsWith('node:') && !builtinModules.includes(name) && !allowed.has(name),
      );
      assert.deepEqual(foreign, [], bundle);
    }
  });
});
