/**
 * The shape of `pueue-preflight.json`. The shipped schema, media/pueue-preflight.schema.json, says the same as far as a schema
 * can; a `check` is what it cannot say, and a test holds the two against each other.
 */
import * as v from 'valibot';
import { faultOfPattern } from '../checkpoint/pattern';
import { writtenOut } from '../text/visible';
import { nameOfHost } from './nameOfHost';

const text = v.pipe(
  v.string('must be a text'),
  v.nonEmpty('must not be empty'),
  v.maxLength(1000, 'is longer than 1000 characters'),
  v.regex(/^[^\u0000-\u001f\u007f-\u009f]+$/u, 'must not hold control characters'),
  v.check((value) => writtenOut(value) === value, 'must not hold characters that cannot be seen'),
);
/** SQL may have several lines. */
const query = v.pipe(
  v.string('must be a text'),
  v.nonEmpty('must not be empty'),
  v.maxLength(20_000, 'is longer than 20000 characters'),
  v.check((value) => writtenOut(value, '\n\t') === value, 'must not hold characters that cannot be seen'),
);
const hostPath = v.pipe(text, v.regex(/^(?:\/|~\/)/u, 'must be an absolute path on the host or begin with "~/"'));
/** What git takes as an argument must not be taken for an option of it. */
const gitName = v.pipe(text, v.regex(/^[^-\s][^\s]*$/u, 'must hold no spaces and not begin with "-"'));
const argument = v.pipe(
  v.string('must be a text'),
  v.maxLength(20_000, 'is longer than 20000 characters'),
  v.check((value) => writtenOut(value, '\n\t') === value, 'must not hold characters that cannot be seen'),
);
const argv = v.pipe(
  v.array(argument, 'must be a list of texts: the program and its arguments'),
  v.minLength(1, 'must name a program'),
  v.maxLength(1000, 'has more than 1000 parts'),
  v.check(([program]) => program !== '', 'must name a program'),
);
const names = (what: string) =>
  v.pipe(
    v.array(text, `must be a list of ${what}`),
    v.maxLength(1000, 'has more than 1000 entries'),
    // Placed at the second of them, and no `check`: the schema says it too.
    v.checkItems((item, index, list) => list.indexOf(item) === index, 'stands there twice'),
  );

/** Whether a pattern is well formed is said where patterns are read; the schema says the same. */
const pattern = (of: 'name' | 'label') =>
  v.pipe(
    text,
    v.rawCheck(({ dataset, addIssue }) => {
      const message = dataset.typed ? faultOfPattern(dataset.value, of) : null;
      if (message !== null) addIssue({ message });
    }),
  );

/** An object with these keys and no other; a list has keys too and is none. */
const keyed = <Entries extends v.ObjectEntries>(entries: Entries, message = 'must be an object') =>
  v.pipe(
    v.custom<object>((value) => typeof value === 'object' && value !== null && !Array.isArray(value), message),
    v.strictObject(entries),
  );

const packageShape = keyed({
  name: v.pipe(text, v.regex(/^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/u, 'must be the name of a Python package')),
  install: v.optional(v.picklist(['wheel', 'editable'], 'must be "wheel" or "editable"')),
  version: v.optional(v.pipe(text, v.regex(/^[A-Za-z0-9.!+_-]+$/u, 'must be one exact version'))),
  python: v.optional(text),
});
const queueShape = keyed({
  groups: v.optional(v.pipe(names('groups'), v.minLength(1, 'must name a group, or be left out for all of them'))),
  label: v.optional(pattern('label')),
  forceRefreshFlag: v.optional(
    v.pipe(text, v.regex(/^-[^\s]+$/u, 'must be one argument that begins with "-", such as "--force-refresh"')),
  ),
});
const checkpointsShape = keyed({ directory: hostPath, pattern: v.optional(pattern('name')) });
const auditShape = keyed({
  name: text,
  query,
  key: v.optional(names('columns')),
  bad: v.optional(text),
  coverage: v.optional(query),
  timeLimitSeconds: v.optional(
    v.pipe(
      v.number('must be a number'),
      v.minValue(1, 'must be at least 1'),
      v.maxValue(86_400, 'must be at most 86400, which is a day'),
    ),
  ),
});
const audits = v.optional(
  v.pipe(
    v.array(auditShape, 'must be a list of audits'),
    v.check((list) => new Set(list.map(({ name }) => name)).size === list.length, 'has two audits of the same name'),
  ),
);
const databaseShape = v.variant(
  'engine',
  [
    v.strictObject({ engine: v.literal('clickhouse'), audits }),
    v.strictObject({ engine: v.literal('sqlite'), file: text, audits }),
    v.strictObject({ engine: v.literal('command'), argv, audits }),
  ],
  ({ expected }) =>
    expected === 'Object' ? 'must be an object with an "engine"' : 'must be "clickhouse", "sqlite" or "command"',
);

const keys = {
  path: hostPath,
  remote: v.optional(gitName),
  branch: v.optional(gitName),
  packages: v.optional(v.array(packageShape, 'must be a list of packages')),
  queue: v.optional(queueShape),
  checkpoints: v.optional(v.array(checkpointsShape, 'must be a list of directories')),
  database: v.optional(databaseShape),
  validate: v.optional(argv),
};
const hostName = v.pipe(
  text,
  v.maxLength(100, 'is longer than 100 characters'),
  v.regex(/^[^/]+$/u, 'must not hold "/"'),
);
const hostShape = v.lazy((entry) =>
  typeof entry === 'string'
    ? hostName
    : keyed(
        { ...keys, name: hostName, path: v.optional(hostPath) },
        'must be the name of a host, or an object with its "name"',
      ),
);

/** The file as it is written. */
export const projectShape = keyed({
  $schema: v.optional(text),
  hosts: v.optional(
    v.pipe(
      v.array(hostShape, 'must be a list of hosts'),
      v.minLength(1, 'must name a host, or be left out for all of them'),
      v.maxLength(1000, 'has more than 1000 entries'),
      v.check((hosts) => new Set(hosts.map(nameOfHost)).size === hosts.length, 'names one host twice'),
    ),
  ),
  ...keys,
});

export type WrittenProject = v.InferOutput<typeof projectShape>;
