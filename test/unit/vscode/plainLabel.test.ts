import assert from 'node:assert/strict';
import { plainLabel } from '../../../src/vscode/plainLabel';

describe('a text in a quick pick', () => {
  it('is shown with every character, and names no icon', () => {
    assert.equal(plainLabel('a $(trash) b'), 'a \\$(trash) b');
    assert.equal(plainLabel('a\u202e\nb'), 'a\\u{202e}\\nb');
  });
});
