import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { listSshAliases, wordsOf, type SshAliases } from '../../../src/ssh/config/aliases';
import { filesMatching } from '../../../src/ssh/config/includePattern';

describe('a line of an ssh configuration', () => {
  const cases: readonly (readonly [string, string[]])[] = [
    ['Host depot', ['host', 'depot']],
    ['  \tHOST\tdepot  other ', ['host', 'depot', 'other']],
    ['Host=depot', ['host', 'depot']],
    ['Host = depot other', ['host', 'depot', 'other']],
    ['Host "depot" "with blank"', ['host', 'depot', 'with blank']],
    ['HostName "depot-1', ['hostname', 'depot-1']],
    ['Host depot # a note', ['host', 'depot']],
    ['Host depot#1', ['host', 'depot#1']],
    ['Host depot\r', ['host', 'depot']],
    ['# Host depot', []],
    ['', []],
    ['   ', []],
    ['Host', ['host']],
    ['=', []],
  ];
  for (const [line, words] of cases) {
    it(JSON.stringify(line), () => {
      assert.deepEqual(wordsOf(line), words);
    });
  }
});

describe('the aliases of an ssh configuration', () => {
  let home: string;
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'aliases-'));
  });
  afterEach(() => rm(home, { recursive: true }));

  async function lay(files: Readonly<Record<string, string>>): Promise<void> {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(home, name)), { recursive: true });
      await writeFile(join(home, name), text);
    }
  }
  const list = (sshConfigFile = ''): Promise<SshAliases> =>
    listSshAliases({ sshConfigFile, home, systemFile: join(home, 'etc/ssh_config') });
  const names = async (sshConfigFile = ''): Promise<string[]> =>
    (await list(sshConfigFile)).aliases.map(({ alias }) => alias);

  it('are none where there is no configuration at all, and that is no failure', async () => {
    assert.deepEqual(await list(), { aliases: [], notes: [] });
  });

  it('are in order, each once, with the host name that is stated beside them', async () => {
    await lay({
      '.ssh/config':
        'Host depot depot-2\n  HostName depot.example.org\nHost gpu-1\n  User me\nMatch host x\n  HostName no\nHost depot\n  hostname=late\nHost tokens\n  HostName %h.example.org\n',
    });
    assert.deepEqual((await list()).aliases, [
      { alias: 'depot', hostName: 'depot.example.org' },
      { alias: 'depot-2', hostName: 'depot.example.org' },
      { alias: 'gpu-1', hostName: null },
      { alias: 'tokens', hostName: null },
    ]);
  });

  it('are no patterns, no vetoes and nothing that is unsafe to give to ssh', async () => {
    await lay({ '.ssh/config': 'Host * gpu-? !bad good "-oProxyCommand=x" "a b" $(x) me@depot\n' });
    assert.deepEqual(await names(), ['good', 'me@depot']);
  });

  it('come from the system file after the own one', async () => {
    await lay({ '.ssh/config': 'Host own\n', 'etc/ssh_config': 'Host system own\nInclude conf.d/*.conf\n' });
    await lay({ 'etc/conf.d/a.conf': 'Host dropped-in\n' });
    assert.deepEqual(await names(), ['own', 'system', 'dropped-in']);
  });

  it('come from the named file alone, whose relative includes stand below the own folder', async () => {
    await lay({ '.ssh/config': 'Host own\n', 'etc/ssh_config': 'Host system\n', '.ssh/more': 'Host more\n' });
    await lay({ 'other/config': 'Include more\nHost named\n' });
    assert.deepEqual(await names(join(home, 'other/config')), ['more', 'named']);
  });

  it('follow includes: relative, absolute, by ~, several, by pattern, inside of a Host entry', async () => {
    await lay({
      '.ssh/config': `Include one "two words" ~/elsewhere/three\nHost outer\n  Include ${home}/four\nInclude conf.d/*/[a-b]?.conf\n`,
      '.ssh/one': 'Host one\n',
      '.ssh/two words': 'Host two\n',
      'elsewhere/three': 'Host three\n',
      four: 'Host four\n',
      '.ssh/conf.d/x/b1.conf': 'Host b1\n',
      '.ssh/conf.d/x/a1.conf': 'Host a1\n',
      '.ssh/conf.d/y/c1.conf': 'Host c1\n',
      '.ssh/conf.d/x/.b.conf': 'Host hidden\n',
    });
    assert.deepEqual(await names(), ['one', 'two', 'three', 'outer', 'four', 'a1', 'b1']);
    assert.deepEqual((await list()).notes, []);
  });

  it('end where files include each other or themselves', async () => {
    await lay({
      '.ssh/config': 'Host a\nInclude b\nInclude config\n',
      '.ssh/b': 'Include config\nHost b\nInclude b*\n',
    });
    assert.deepEqual(await names(), ['a', 'b']);
    assert.deepEqual((await list()).notes, [], 'each is read once, so that none is too deep');
  });

  it('are followed 16 deep, and what lies deeper is named', async () => {
    const files: Record<string, string> = { '.ssh/config': 'Include d1\n' };
    for (let depth = 1; depth <= 18; depth += 1)
      files[`.ssh/d${String(depth)}`] = `Host h${String(depth)}\nInclude d${String(depth + 1)}\n`;
    await lay(files);
    const { aliases, notes } = await list();
    assert.equal(aliases.at(-1)?.alias, 'h16');
    assert.equal(notes.length, 1);
    assert.match(notes[0]!, /d17: includes are followed 16 deep/u);
  });

  it('leave out what cannot be read, with a note, and go on', async () => {
    await lay({ '.ssh/config': 'Include folder\nInclude absent\nInclude ~other/x %d/y ${HOME}/z\nHost last\n' });
    await mkdir(join(home, '.ssh/folder'));
    const { aliases, notes } = await list();
    assert.deepEqual(aliases, [{ alias: 'last', hostName: null }]);
    assert.equal(notes.length, 4);
    assert.match(notes[0]!, /folder: not read/u);
    assert.match((await list(join(home, 'no-such-file'))).notes.join(), /could not be read \(ENOENT\)/u);
  });

  it('go through a link that leads in a circle with a note', async () => {
    await lay({ '.ssh/config': 'Include round\nHost last\n' });
    await symlink('round', join(home, '.ssh/round'));
    const { aliases, notes } = await list();
    assert.equal(aliases.length, 1);
    assert.match(notes.join(), /ELOOP/u);
  });
});

describe('a pattern of Include', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'patterns-'));
    for (const name of ['a', 'ab', 'b', '.a', 'a]', 'a.b', 'x{y}']) await writeFile(join(folder, name), '');
  });
  after(() => rm(folder, { recursive: true }));

  const cases: readonly (readonly [string, string[]])[] = [
    ['*', ['a', 'a.b', 'a]', 'ab', 'b', 'x{y}']],
    ['.*', ['.a']],
    ['?', ['a', 'b']],
    ['[!a]', ['b']],
    ['[a-b]', ['a', 'b']],
    ['a[]]', ['a]']],
    ['a?b', ['a.b']],
    ['x{?}', ['x{y}']],
    ['[z-a]', []],
    ['[', []],
    ['absent', ['absent']],
    ['absent/*', []],
  ];
  for (const [pattern, expected] of cases) {
    it(`${pattern} finds ${JSON.stringify(expected)}`, async () => {
      assert.deepEqual(
        await filesMatching(join(folder, pattern)),
        expected.map((name) => join(folder, name)),
      );
    });
  }
});
