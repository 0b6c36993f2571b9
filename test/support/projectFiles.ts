/** Project files, good ones and ones with a fault, for the parser and the shipped schema. */

/** The file of the contract's page, which uses every key. */
export const wholeFile = {
  hosts: ['gpu-1', { name: 'gpu-2', path: '/srv/project', queue: { groups: ['other'] } }],
  path: '~/project',
  remote: 'origin',
  branch: 'main',
  packages: [{ name: 'mypkg', install: 'wheel', version: '1.4.2', python: '.venv/bin/python' }],
  queue: { groups: ['mygroup'], label: '{symbol}@{threshold}', forceRefreshFlag: '--force-refresh' },
  checkpoints: [{ directory: '~/.cache/myapp/checkpoints', pattern: '{symbol}_{threshold}_{start}_{end}.json' }],
  database: {
    engine: 'clickhouse',
    audits: [
      {
        ...{ name: 'negative values', query: 'SELECT\n\t1', key: ['symbol', 'threshold'], bad: 'neg_values' },
        ...{ coverage: 'SELECT 2', timeLimitSeconds: 60 },
      },
    ],
  },
  validate: ['uv', 'run', 'python', 'scripts/validate.py'],
};

const path = '~/p';

/** Files in which nothing is wrong. */
export const goodFiles: readonly object[] = [
  wholeFile,
  { path },
  { path: '/' },
  { $schema: 'x', path, hosts: ['ünï code'], queue: {}, checkpoints: [], packages: [] },
  { path, database: { engine: 'sqlite', file: '~/r.db' } },
  { path, database: { engine: 'command', argv: ['psql', '', '-c', 'a\nb'], audits: [{ name: 'a', query: 'b' }] } },
  { path, hosts: [{ name: 'a', database: { engine: 'clickhouse' } }, 'b'] },
  { path, queue: { label: 'a/{b}/{c}', groups: ['a b'] } },
  { path, queue: { label: '{größe}@{stop-loss}' } },
  { path, checkpoints: [{ directory: '/x' }, { directory: '/y', pattern: 'state.json' }] },
];

/** Files that both refuse, with the place of the fault as `line:column` in the text of two-space JSON, and a part of its message. */
export const badFiles: readonly (readonly [file: unknown, place: string, message: string])[] = [
  [[], '1:1', 'must be an object'],
  ['x', '1:1', 'must be an object'],
  [{}, '1:1', '"path" is missing'],
  [{ path: 'p' }, '2:11', 'absolute path'],
  [{ path: '~p' }, '2:11', 'absolute path'],
  [{ path: '../p' }, '2:11', 'absolute path'],
  [{ path: '/p\n' }, '2:11', 'control characters'],
  [{ path: '' }, '2:11', 'must not be empty'],
  [{ path: `/${'p'.repeat(1000)}` }, '2:11', 'longer than 1000'],
  [{ path: 3 }, '2:11', 'must be a text'],
  [{ path, paths: 1 }, '3:3', '"paths" is no key'],
  [{ path, hosts: [] }, '3:12', 'must name a host'],
  [{ path, hosts: 'a' }, '3:12', 'list of hosts'],
  [{ path, hosts: [4] }, '4:5', '"hosts 1" must be the name'],
  [{ path, hosts: ['a/b'] }, '4:5', 'must not hold "/"'],
  [{ path, hosts: [{ path }] }, '4:5', '"hosts 1.name" is missing'],
  [{ path, hosts: [{ name: 'a', hosts: ['b'] }] }, '6:7', '"hosts 1.hosts" is no key'],
  [{ path, hosts: [{ name: 'a', path: 'b' }] }, '6:15', 'absolute path'],
  [{ path, remote: '--upload-pack=x' }, '3:13', 'not begin with "-"'],
  [{ path, branch: 'a b' }, '3:13', 'no spaces'],
  [{ path, packages: [{ name: '-r x' }] }, '5:15', 'name of a Python package'],
  [{ path, packages: [{}] }, '4:5', '"packages 1.name" is missing'],
  [{ path, packages: [{ name: 'a', install: 'egg' }] }, '6:18', 'must be "wheel" or "editable"'],
  [{ path, packages: [{ name: 'a', version: '>=1' }] }, '6:18', 'one exact version'],
  [{ path, queue: [] }, '3:12', 'must be an object'],
  [{ path, queue: { groups: [] } }, '4:15', 'must name a group'],
  [{ path, queue: { groups: ['a', 'a'] } }, '6:7', 'stands there twice'],
  [{ path, queue: { label: '{a' } }, '4:14', 'has a "{" without its counterpart'],
  [{ path, queue: { label: '{}' } }, '4:14', 'has "{}", which names nothing'],
  [{ path, queue: { label: '{a b}' } }, '4:14', 'by letters, digits, "_" and "-" only'],
  [{ path, queue: { label: '{{a}}' } }, '4:14', 'has a "{" without its counterpart'],
  [{ path, queue: { label: '{a}@{a}' } }, '4:14', 'names "{a}" twice'],
  [{ path, checkpoints: [{ directory: '/x', pattern: '{a}{a}' }] }, '6:18', 'names "{a}" twice'],
  [
    { path, queue: { label: Array.from({ length: 51 }, (_, at) => `{a${at}}`).join('-') } },
    '4:14',
    'more than 50 parameters',
  ],
  [{ path, queue: { forceRefreshFlag: 'refresh' } }, '4:25', 'begins with "-"'],
  [{ path, queue: { forceRefreshFlag: '--a b' } }, '4:25', 'begins with "-"'],
  [{ path, checkpoints: {} }, '3:18', 'list of directories'],
  [{ path, checkpoints: [{ pattern: 'a' }] }, '4:5', '"checkpoints 1.directory" is missing'],
  [{ path, checkpoints: [{ directory: 'x' }] }, '5:20', 'absolute path'],
  [{ path, checkpoints: [{ directory: '/x', pattern: '{a}/{b}' }] }, '6:18', 'must not hold "/"'],
  [{ path, database: 3 }, '3:15', 'object with an "engine"'],
  [{ path, database: {} }, '3:15', '"database.engine" is missing'],
  [{ path, database: { engine: 'psql' } }, '4:15', 'must be "clickhouse", "sqlite" or "command"'],
  [{ path, database: { engine: 'sqlite' } }, '3:15', '"database.file" is missing'],
  [{ path, database: { engine: 'clickhouse', file: '/x' } }, '5:5', '"database.file" is no key'],
  [{ path, database: { engine: 'command', argv: [] } }, '5:13', 'must name a program'],
  [{ path, database: { engine: 'clickhouse', audits: [{ name: 'a' }] } }, '6:7', 'query" is missing'],
  [
    { path, database: { engine: 'clickhouse', audits: [{ name: 'a', query: 'b', timeLimitSeconds: 0 }] } },
    '9:29',
    'at least 1',
  ],
  [{ path, validate: 'make' }, '3:15', 'list of texts'],
  [{ path, validate: [] }, '3:15', 'must name a program'],
];

/** What no schema can say. */
export const badBeyondSchema: typeof badFiles = [
  [{ path, hosts: ['a', { name: 'a' }] }, '3:12', 'one host twice'],
  [{ path: '/p\u202e' }, '2:11', 'cannot be seen'],
  [{ path, validate: ['a', 'b\u200b'] }, '5:5', 'cannot be seen'],
  [{ path, validate: [''] }, '3:15', 'must name a program'],
  [
    {
      path,
      database: {
        engine: 'clickhouse',
        audits: [
          { name: 'a', query: 'b' },
          { name: 'a', query: 'c' },
        ],
      },
    },
    '5:15',
    'two audits of the same name',
  ],
];

export function textOf(file: unknown): string {
  return JSON.stringify(file, null, 2);
}
