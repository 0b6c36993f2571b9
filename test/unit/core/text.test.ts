import assert from 'node:assert/strict';
import fc from 'fast-check';
import { formatBytes, formatCount, formatDuration, formatList, formatSlots } from '../../../src/core/text/format';
import { mask, maskedLine, maskSecrets, maskSpans } from '../../../src/core/text/maskSecrets';
import { shellLine } from '../../../src/core/text/shellQuote';
import { instantOf, secondsToTime } from '../../../src/core/text/time';
import { visible } from '../../../src/core/text/visible';

describe('visible', () => {
  const cases: [string, string][] = [
    ['plain text ä 漢 😀', 'plain text ä 漢 😀'],
    ['a\nb\tc', 'a\\nb\\tc'],
    ['\u001b]52;c;x\u0007', '\\x1b]52;c;x\\x07'],
    ['\u202eexe.txt', '\\u{202e}exe.txt'],
    ['zero\u200bwidth', 'zero\\u{200b}width'],
    ['\udc80\udcff', '\\x80\\xff'],
    ['\ud800', '\\u{d800}'],
    ['\u{e0041}', '\\u{e0041}'],
    ['\u0085\u2028', '\\x85\\u{2028}'],
    ['a \u05e9\u05dc', '\u2068a \u05e9\u05dc\u2069'],
  ];
  for (const [text, shown] of cases)
    it(`shows ${JSON.stringify(text)} as ${shown}`, () => {
      assert.equal(visible(text), shown);
    });

  it('cuts what is longer than the cap and says so', () => {
    assert.equal(visible('x'.repeat(1_000_000), 5), 'xxxxx…');
    assert.equal(visible('xxxxx', 5), 'xxxxx');
  });

  it('leaves no control, format or surrogate character in any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        // Our own isolate around text from right to left is a pair, at both ends.
        assert.doesNotMatch(
          visible(text).replace(/^\u2068([^]*)\u2069$/u, '$1'),
          /[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]/u,
        );
      }),
    );
  });
});

describe('formats', () => {
  it('durations by their two largest units', () => {
    const shown = [0, 999, 59_000, 60_000, 3_599_000, 3_600_000, 90_000_000, 8 * 86_400_000].map(formatDuration);
    assert.deepEqual(shown, ['0 s', '0 s', '59 s', '1 min', '59 min 59 s', '1 h', '1 d 1 h', '8 d']);
    assert.deepEqual([formatDuration(null), formatDuration(-5), formatDuration(NaN)], ['unknown', '0 s', 'unknown']);
  });

  it('sizes in decimal units, rounding up into the next', () => {
    const shown = [0, 999, 1000, 1500, 999_499, 999_500, 123_456_789, 5e12, 5e16].map(formatBytes);
    assert.deepEqual(shown, ['0 B', '999 B', '1 KB', '1.5 KB', '999 KB', '1 MB', '123 MB', '5 TB', '50000 TB']);
    assert.deepEqual([formatBytes(null), formatBytes(-1), formatBytes(NaN)], ['unknown', 'unknown', 'unknown']);
  });

  it('counts and lists', () => {
    assert.deepEqual(
      [formatCount(1, 'job'), formatCount(0, 'job'), formatCount(null, 'entry', 'entries')],
      ['1 job', '0 jobs', 'unknown entries'],
    );
    assert.deepEqual(
      [formatList([]), formatList([1]), formatList([1, 2]), formatList([1, 2, 3]), formatList([1, 2, 3, 4], 2)],
      ['', '1', '1 and 2', '1, 2 and 3', '1, 2 and 2 more'],
    );
    assert.deepEqual(
      [formatSlots(2, 3), formatSlots(1, 1), formatSlots(4, 0), formatSlots(1, null)],
      ['2 of 3 slots used', '1 of 1 slot used', '4 used, no limit', 'slots unknown'],
    );
  });
});

describe('times', () => {
  it('are equal as texts exactly where the instants are', () => {
    const same = ['2026-11-24T00:30:00Z', '2026-11-23T19:30:00.000-05:00', '2026-11-24T09:30:00.000000000+09:00'];
    assert.deepEqual([...new Set(same.map(instantOf))], ['2026-11-24T00:30:00.000000000Z']);
    assert.equal(instantOf('2026-11-24T00:30:00.000000001+00:00'), '2026-11-24T00:30:00.000000001Z');
    assert.equal(instantOf(null), null);
  });

  it('are shown in UTC', () => {
    assert.equal(secondsToTime(Date.parse('2026-11-24T08:14:52.9+01:00') / 1000), '2026-11-24 07:14:52 UTC');
  });
});

describe('maskSecrets', () => {
  const cases: [string, string][] = [
    ['run --token abc --n 3', `run --token ${mask} --n 3`],
    ['run --api-key=abc', `run --api-key=${mask}`],
    ["run --password 'a b' x", `run --password ${mask} x`],
    ['MY_API_KEY=abc python x.py', `MY_API_KEY=${mask} python x.py`],
    ['cd x && DB_PASSWORD="a b" run', `cd x && DB_PASSWORD=${mask} run`],
    ['psql postgres://bob:hunter2@db/x', `psql postgres://bob:${mask}@db/x`],
    ['curl -H "Authorization: Bearer abc.def"', `curl -H "Authorization: Bearer ${mask}"`],
    ["run '--passphrase=correct horse battery' x", `run '--passphrase=${mask}' x`],
    [`run "--token=a 'b' c" x`, `run "--token=${mask}" x`],
    [`sh -c "API_KEY=abc python x.py"`, `sh -c "API_KEY=${mask} python x.py"`],
    ['run --token --verbose', 'run --token --verbose'],
    [
      'uv run python process.py --symbol DOGEUSDT --threshold 250',
      'uv run python process.py --symbol DOGEUSDT --threshold 250',
    ],
  ];
  for (const [command, shown] of cases)
    it(`shows ${command} as ${shown}`, () => {
      assert.equal(maskSecrets(command), shown);
    });

  it('counts each span once', () => {
    assert.equal(maskSpans(`run '--token=a b' --token=c --token d`).spans, 3);
  });

  it('answers in linear time on hostile text', () => {
    const long = 'a-'.repeat(50_000) + '=';
    assert.equal(maskSecrets(long).length, long.length);
  });

  it('leaves nothing of a secret that was quoted inside of a word that is quoted again', () => {
    for (const command of [
      "run --token 'hunter two' x",
      "API_KEY='hunter two' run",
      `run --password "hunter 'two'" x`,
      "run --password 'hunter two",
    ]) {
      const line = maskedLine(['pueue', 'add', '--', command]);
      assert.ok(line.includes(mask) && !/hunter|two/u.test(line), line);
      const joined = maskSecrets(`${shellLine(['pueue', 'add', '--', command])} ; next`);
      assert.ok(!/hunter|two/u.test(joined), joined);
    }
    assert.equal(maskedLine(['pueue', 'add', '--', "run --token 'a b' x"]), `pueue add -- 'run --token ${mask} x'`);
  });
});

describe('shellLine', () => {
  it('quotes what a shell would take apart, and shows what cannot be seen', () => {
    assert.equal(
      shellLine(['/usr/bin/pueue', '-c', '/h/a b.yml', "it's"]),
      "/usr/bin/pueue -c '/h/a b.yml' 'it'\\''s'",
    );
    assert.equal(shellLine(['a\nrm -rf', '']), "'a\\nrm -rf' ''");
  });
});
