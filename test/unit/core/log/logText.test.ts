import assert from 'node:assert/strict';
import fc from 'fast-check';
import { firstWholeLine, logText, unfinishedBytes } from '../../../../src/core/log/logText';
import { writtenOut } from '../../../../src/core/text/visible';

const shown = (text: string | Buffer): string => logText(Buffer.from(text as string)).text;

describe('the text of a log', () => {
  const cases: [string, string | Buffer, string][] = [
    ['plain lines and tabs', 'a\tb\nc\n', 'a\tb\nc\n'],
    ['characters of every length', 'ä漢😀', 'ä漢😀'],
    ['a progress bar, each state on its line', ' 10%\r 20%\rdone\n', ' 10%\n 20%\ndone\n'],
    ['line ends of other systems', 'a\r\nb\r\r\nc', 'a\nb\nc'],
    ['colours, left out', '\u001b[1;31mred\u001b[0m \u001b[38:2::1:2:3mx\u001b[m', 'red x'],
    ['other sequences, written out', '\u001b[2K\u001b[1A\u001b]52;c;x\u0007', '\\x1b[2K\\x1b[1A\\x1b]52;c;x\\x07'],
    ['a sequence that was built around a colour', '\u001b[\u001b[0m31mx', '\\x1b[31mx'],
    ['an unfinished sequence', '\u001b[31', '\\x1b[31'],
    ['control characters', '\u0000\b\u000b\u000c\u007f', '\\x00\\x08\\x0b\\x0c\\x7f'],
    ['C1 controls', '\u0085\u009b', '\\x85\\x9b'],
    ['bidirectional and invisible characters', 'a\u202eb\u200b\ufeff\u2028', 'a\\u{202e}b\\u{200b}\\u{feff}\\u{2028}'],
    ['a byte order mark', Buffer.from('efbbbf61', 'hex'), '\\u{feff}a'],
    ['bytes that are no UTF-8', Buffer.from('61ff62c3e282ac', 'hex'), 'a\\xffb\\xc3€'],
    [
      'long forms, surrogates and what lies beyond',
      Buffer.from('c0afeda080f4908080', 'hex'),
      '\\xc0\\xaf\\xed\\xa0\\x80\\xf4\\x90\\x80\\x80',
    ],
    ['a character that is cut off', Buffer.from('61e282', 'hex'), 'a\\xe2\\x82'],
  ];
  for (const [what, bytes, expected] of cases)
    it(`shows ${what}`, () => {
      assert.equal(shown(bytes), expected);
    });

  it('counts the colours that it leaves out', () => {
    assert.equal(logText(Buffer.from('\u001b[31ma\u001b[0m')).colours, 2);
    assert.equal(logText(Buffer.from('a')).colours, 0);
  });

  it('shows nothing invisible, for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        assert.doesNotMatch(logText(bytes).text, /[^\P{Cc}\n\t]|\p{Cs}|\p{DI}|[\u202a-\u202e\u2066-\u2069]/u);
      }),
    );
  });

  it('leaves a text as it is that has nothing to write out', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const plain = text.replace(/\r/gu, '').replace(/\p{Cs}/gu, '');
        if (writtenOut(plain, '\n\t') === plain) assert.equal(shown(plain), plain);
      }),
    );
  });

  it('takes a mebibyte of anything within a second', () => {
    const began = performance.now();
    for (const byte of [0x61, 0x0a, 0x0d, 0x1b, 0xff, 0xc3]) logText(Buffer.alloc(1 << 18, byte));
    assert.ok(performance.now() - began < 4000);
  });
});

describe('the edges of a part', () => {
  it('are whole lines where there are any near, and else whole characters', () => {
    assert.equal(firstWholeLine(Buffer.from('rest\nnext\n')), 5);
    assert.equal(firstWholeLine(Buffer.from('82ac61', 'hex')), 2);
    assert.equal(firstWholeLine(Buffer.from('no line end')), 0);
    assert.equal(firstWholeLine(Buffer.concat([Buffer.alloc(70_000, 0x61), Buffer.from('\n')])), 0);
    assert.equal(firstWholeLine(Buffer.alloc(10, 0x80)), 3);
    assert.equal(firstWholeLine(Buffer.alloc(0)), 0);
  });

  for (const [hex, count] of [
    ['', 0],
    ['61', 0],
    ['c3a4', 0],
    ['61c3', 1],
    ['e282', 2],
    ['f09f98', 3],
    ['f09f9880', 0],
    ['ff', 0],
    ['808080', 0],
  ] as const)
    it(`hold back ${count} bytes of ${hex === '' ? 'nothing' : hex}`, () => {
      assert.equal(unfinishedBytes(Buffer.from(hex, 'hex')), count);
    });
});
