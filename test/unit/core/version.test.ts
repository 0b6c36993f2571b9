import assert from 'node:assert/strict';
import { formatVersion, parsePueueVersion, versionSupport } from '../../../src/core/pueue/version';

describe('the version of pueue', () => {
  const cases: [string, string | null, string | null][] = [
    ['pueue 4.0.4', '4.0.4', 'known'],
    ['pueue 3.2.0-rc.1', '3.2.0', 'known'],
    ['Pueue client 3.0.0', '3.0.0', 'known'],
    ['Pueue client 2.1.0', '2.1.0', 'unsupported'],
    ['pueue 5.0.0', '5.0.0', 'unfamiliar'],
    ['node v4.1.1\npueue 5.0.0', '5.0.0', 'unfamiliar'],
    ['wrapper 4.0.0', null, null],
    ['pueue', null, null],
    ['', null, null],
  ];
  for (const [text, version, support] of cases)
    it(`in ${JSON.stringify(text)} is ${version ?? 'not told'}`, () => {
      const parsed = parsePueueVersion(text);
      assert.equal(parsed && formatVersion(parsed), version);
      assert.equal(parsed && versionSupport(parsed), support);
    });
});
