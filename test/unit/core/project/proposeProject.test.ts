import assert from 'node:assert/strict';
import { isProjectFile, parseProjectFile } from '../../../../src/core/project/projectFile';
import { flagsOf, guessPattern } from '../../../../src/core/project/guessPattern';
import { proposeProject, type LearntOfFolder, type LearntOfHost } from '../../../../src/core/project/proposeProject';
import type { Job } from '../../../../src/core/pueue/job';
import { failed, job, running } from '../../../support/fixtures';
import { hostileTexts } from '../../../support/hostileTexts';

const folder: LearntOfFolder = {
  name: 'sweep',
  gitConfig: '[core]\n[remote "fork"]\n\turl = x\n[remote "origin"]\n\turl = y\n',
  gitHead: 'ref: refs/heads/feature/a\n',
  pyproject:
    '[build-system]\nname = "no"\n\n[project]\nname = "mypkg"\nversion = "1.4.2"\n\n[tool.x]\nname = "other"\n',
};
const nothing: LearntOfFolder = { name: 'sweep', gitConfig: null, gitHead: null, pyproject: null };

function sweep(id: number, symbol: string, threshold: number, more: Partial<Job> = {}): Job {
  return job(id, id % 2 === 0 ? running : failed, {
    ...{ group: 'mine', directory: '/home/ana/work/sweep', label: `${symbol}@${threshold}${id === 3 ? '-retry' : ''}` },
    command: `uv run python process.py --symbol ${symbol} --threshold=${threshold} --force-refresh`,
    ...more,
  });
}

const host: LearntOfHost = {
  ...{ name: 'gpu-1', home: '/home/ana' },
  jobs: [
    ...[sweep(1, 'DOGEUSDT', 250), sweep(2, 'BTCUSDT', 500), sweep(3, 'LTCUSDT', 250)],
    ...[4, 5, 6, 7].map((id) => job(id, running, { directory: '/srv/other', group: 'other' })),
  ],
  checkpoints: [{ directory: '~/ckpt', names: ['DOGEUSDT_250.json', 'BTCUSDT_500.json', 'LTCUSDT_250.json.tmp'] }],
};

function propose(...given: Parameters<typeof proposeProject>): Record<string, unknown> {
  const { text } = proposeProject(...given);
  const read = parseProjectFile(text);
  assert.ok(isProjectFile(read), `${text}\n${JSON.stringify(read)}`);
  return JSON.parse(text) as Record<string, unknown>;
}

describe('a proposed project file', () => {
  it('holds what folder and hosts tell', () => {
    assert.deepEqual(propose(folder, ['gpu-1', 'gpu-2'], [host]), {
      hosts: ['gpu-1', 'gpu-2'],
      path: '~/work/sweep',
      remote: 'origin',
      branch: 'feature/a',
      packages: [{ name: 'mypkg', install: 'editable', python: '.venv/bin/python' }],
      queue: { groups: ['mine'], label: '{symbol}@{threshold}', forceRefreshFlag: '--force-refresh' },
      checkpoints: [{ directory: '~/ckpt', pattern: '{symbol}_{threshold}.json' }],
    });
  });

  it('says of each key why it is there', () => {
    const { reasons } = proposeProject(folder, ['gpu-1'], [host]);
    for (const key of ['hosts', 'path', 'remote', 'branch', 'packages', 'queue.groups', 'queue.label', 'checkpoints'])
      assert.equal(reasons.filter((reason) => reason.startsWith(`"${key}": `)).length, 1, key);
  });

  it('holds a path at least, where nothing is known', () => {
    assert.deepEqual(propose(nothing, [], []), { path: '~/sweep' });
    assert.deepEqual(propose({ ...nothing, name: 'a\u0007' }, [], []), { path: '~/project' });
  });

  it('takes the directory of most jobs where none is called as the folder', () => {
    assert.equal(propose({ ...nothing, name: 'x' }, ['gpu-1'], [host])['path'], '/srv/other');
  });

  it('does not guess how a package is installed where no job tells', () => {
    const { packages } = propose(folder, [], []) as { packages: unknown };
    assert.deepEqual(packages, [{ name: 'mypkg', version: '1.4.2' }]);
  });

  it('names no branch where none is checked out, and no remote that git would take for an option', () => {
    const odd = { ...folder, gitHead: '1234abcd\n', gitConfig: '[remote "--upload-pack=x"]\n' };
    const proposed = propose(odd, [], []);
    assert.deepEqual([proposed['branch'], proposed['remote']], [undefined, undefined]);
  });

  it('can be read whatever a host says', () => {
    for (const text of hostileTexts) {
      const jobs = [
        sweep(1, text, 1),
        sweep(2, 'A', 2, { group: text, label: text, directory: `/${text}`, command: text }),
      ];
      propose(
        {
          name: text,
          gitConfig: `[remote "${text}"]`,
          gitHead: `ref: refs/heads/${text}`,
          pyproject: `[project]\nname = "${text}"`,
        },
        ['a'],
        [{ ...host, jobs, checkpoints: [{ directory: '/x', names: [text] }] }],
      );
    }
  });
});

describe('the pattern of names', () => {
  const named = (name: string, command: string) => ({ name, flags: flagsOf(command) });

  it('is made of the parameters of the command, the longer value first', () => {
    assert.equal(guessPattern([named('DOGE@DOGEUSDT', '--quote DOGE --symbol DOGEUSDT')]), '{quote}@{symbol}');
  });

  it('takes no part of a word or of a number for a parameter', () => {
    assert.equal(guessPattern([named('DOGE@250', '--n 5 --s OGE')]), null);
  });

  it('is none where fewer than half of the names follow it', () => {
    const names = [named('a@1', '--x a'), named('b', ''), named('c', '')];
    assert.equal(guessPattern(names), null);
    assert.equal(guessPattern(names.slice(0, 2)), '{x}@1');
  });

  it('leaves the values of quoted and of valueless flags alone', () => {
    assert.deepEqual([...flagsOf(`x --a --b "c d" --e=f --g-h $I -j k`)], [['e', 'f']]);
  });
});
