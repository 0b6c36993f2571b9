import assert from 'node:assert/strict';
import fc from 'fast-check';
import { FollowScreen } from '../../../../src/core/follow/followScreen';
import { ownMark, TerminalText } from '../../../../src/core/follow/terminalText';

function filtered(...parts: readonly (string | Uint8Array)[]): string {
  const text = new TerminalText();
  return parts.map((part) => text.feed(Buffer.from(part as string))).join('') + text.end();
}

const escape = '\u001b';
const table: Record<string, readonly [string | Uint8Array, string]> = {
  'plain lines': ['a\nb\n', 'a\r\nb\r\n'],
  'carriage return and tab': ['10%\r20%\tx', '10%\r20%\tx'],
  'Windows line ends': ['a\r\nb', 'a\r\r\nb'],
  'wide characters': ['漢字 😀 e\u0301', '漢字 😀 e\u0301'],
  colours: [`${escape}[1;38;2;1;2;3mx${escape}[0m${escape}[my`, `${escape}[1;38;2;1;2;3mx${escape}[0m${escape}[my`],
  'colours with colons': [`${escape}[4:3mx`, `${escape}[4:3mx`],
  'a colour by one control character': ['\u009b31mx', `${escape}[31mx`],
  'what only looks like a colour': [`${escape}[>4;2mx${escape}[?1mx${escape}[ mx`, 'xxx'],
  'clipboard, ended by BEL and by ST': [`${escape}]52;c;ZQ==\u0007a${escape}]52;c;ZQ==${escape}\\b`, 'ab'],
  'link, mark and title': [
    `${escape}]8;;http://x\u0007y${escape}]8;;\u0007${escape}]633;A\u0007${escape}]0;t\u0007`,
    'y',
  ],
  'strings of every kind': [
    `${escape}Pq#0${escape}\\1${escape}_G${escape}\\2${escape}^x${escape}\\3${escape}Xx${escape}\\4`,
    '1234',
  ],
  'strings by one control character': ['\u009d52;c;x\u009ca\u0090x\u009cb', 'ab'],
  'moves and erasures': [`${escape}[2J${escape}[1;1H${escape}[10A${escape}[Kx${escape}7${escape}8${escape}c`, 'x'],
  'modes and questions': [`${escape}[?1049h${escape}[?2004h${escape}[6n${escape}[cx`, 'x'],
  'character sets': [`${escape}(0x${escape}#8y`, 'xy'],
  'bell, backspace, NUL, DEL and shifts': ['a\u0007b\bc\0d\u007fe\u000ef\u000fg\vh\fi', 'abcdefghi'],
  'an escape character within a sequence': [`${escape}[3${escape}[31mx`, `${escape}[31mx`],
  'a sequence that is broken off': [`${escape}[31\u0018x${escape}]0;\u001ay`, 'xy'],
  'a control character within a colour': [`${escape}[3\u00071mx`, `${escape}[31mx`],
  'a letter of another alphabet within a sequence': [`${escape}[31漢x`, 'x'],
  'a string that no line feed belongs to': [`${escape}]0;never ended\nnext\n`, '\r\nnext\r\n'],
  'a sequence without an end': [`a${escape}[31`, 'a'],
  'bidirectional and zero-width': ['a\u202eb\u200bc\ufeffd\u2028e', 'a\\u{202e}b\\u{200b}c\\u{feff}d\\u{2028}e'],
  'bytes that are no UTF-8': [
    Buffer.from('e9 74 e9 20 ff c3 28 ed a0 80'.replaceAll(' ', ''), 'hex'),
    '\\xe9t\\xe9 \\xff\\xc3(\\xed\\xa0\\x80',
  ],
  'a character that is not finished': [Buffer.from('61e282', 'hex'), 'a\\xe2\\x82'],
  'what our own lines begin with': [`${ownMark} Job 1 succeeded.`, '\\u{a6} Job 1 succeeded.'],
};

describe('the text of a followed log', () => {
  for (const [name, [given, shown]] of Object.entries(table))
    it(`is right for ${name}`, () => {
      assert.equal(filtered(given), shown);
      const bytes = Buffer.from(given as string);
      assert.equal(filtered(...[...bytes].map((byte) => Uint8Array.of(byte))), shown, 'byte by byte');
    });

  it('waits for the end of a string for 4 KB and no longer', () => {
    assert.equal(filtered(`${escape}]${'x'.repeat(4094)}\u0007y`), 'y');
    assert.equal(filtered(`${escape}]${'x'.repeat(5000)}y`), `${'x'.repeat(905)}y`);
  });

  it('costs no more for sequences that do not end, and for lines that are drawn over, than for plain lines', () => {
    const bytes = 64 << 10;
    const cost = (unit: string): number => {
      const given = Buffer.from(unit.repeat(Math.ceil(bytes / unit.length)).slice(0, bytes));
      const times = Array.from({ length: 3 }, () => {
        const began = performance.now();
        new TerminalText().feed(given);
        return performance.now() - began;
      });
      return Math.min(...times);
    };
    const plain = cost('a line of a log\n');
    const long = '1;'.repeat(2000);
    for (const unit of [
      `${escape}[${long}`,
      `${escape}]${long}`,
      `${escape}${' '.repeat(4000)}`,
      `\u009b${long}`,
      '9%\r',
    ])
      assert.ok(
        cost(unit) < 10 * plain + 2,
        `${JSON.stringify(unit.slice(0, 3))}: ${cost(unit)} ms, plain ${plain} ms`,
      );
  });

  const piece = fc.oneof(
    fc.constantFrom(
      escape,
      '[',
      ']',
      'm',
      '31',
      ';',
      '\u0007',
      '\\',
      '\n',
      '\r',
      '\u009b',
      '\u009c',
      'P',
      '?',
      '\u0018',
      ownMark,
      '漢',
      '😀',
      '\u202e',
      'x',
    ),
    fc.string({ unit: 'binary', maxLength: 3 }),
  );
  const bytes = fc.oneof(
    fc.array(piece, { maxLength: 40 }).map((pieces) => new Uint8Array(Buffer.from(pieces.join('')))),
    fc.uint8Array({ maxLength: 60 }),
  );

  it('is the same however the bytes are cut', () => {
    fc.assert(
      fc.property(bytes, fc.array(fc.nat(100), { maxLength: 6 }), (all, cuts) => {
        const edges = [0, ...cuts.map((cut) => Math.min(cut, all.length)).sort((a, b) => a - b), all.length];
        const parts = edges.slice(1).map((edge, index) => all.subarray(edges[index], edge));
        assert.equal(filtered(...parts), filtered(all));
      }),
      { numRuns: 2000 },
    );
  });

  it('never holds a control character or sequence but those that are let through', () => {
    fc.assert(
      fc.property(bytes, (all) => {
        const rest = filtered(all)
          .replace(/\u001b\[[\d;:]*m/gu, '')
          .replace(/[\r\t]|\r\n/gu, '')
          .replaceAll('\n', '');
        assert.doesNotMatch(rest, /[\p{Cc}\p{Cs}\p{DI}\u202a-\u202e\u2066-\u2069\u00a6]/u);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('a line of ours in the terminal of a followed job', () => {
  function written(act: (screen: FollowScreen) => void): string {
    let all = '';
    act(new FollowScreen((text) => (all += text)));
    return all;
  }
  const said = (line: string): string => `${escape}[0m${escape}[2m${ownMark} ${line}${escape}[0m\r\n`;

  it('stands on a line of its own, in no colour of the output', () => {
    const all = written((screen) => {
      screen.say('begin');
      screen.output(Buffer.from(`${escape}[31mhalf a line`));
      screen.say('lost');
      screen.output(Buffer.from(' and the rest\n'));
      screen.say('end');
      screen.output(Buffer.from(`50%\r${escape}[0m`));
      screen.say('end');
    });
    assert.equal(
      all,
      `${said('begin')}${escape}[31mhalf a line\r\n${said('lost')} and the rest\r\n${said('end')}50%\r${escape}[0m\r\n${said('end')}`,
    );
  });

  it('does not break a character or a colour that is half there', () => {
    const all = written((screen) => {
      screen.output(Buffer.from('a\u00e9'.slice(0, 1)));
      screen.output(Buffer.from([0xc3]));
      screen.output(Buffer.from(''));
      screen.say('lost');
      screen.output(Buffer.from([0xa9]));
      screen.output(Buffer.from(`${escape}[3`));
      screen.say('lost');
      screen.output(Buffer.from('1mred'));
    });
    assert.equal(all, `a\r\n${said('lost')}é\r\n${said('lost')}${escape}[31mred`);
  });

  it('leaves nothing of a sequence behind where the output is broken off', () => {
    const all = written((screen) => {
      screen.output(Buffer.from(`a${escape}[3`));
      screen.breakOff();
      screen.output(Buffer.from('1mb'));
    });
    assert.equal(all, 'a1mb');
  });

  it('is one line, whatever is in it', () => {
    assert.equal(
      written((screen) => {
        screen.say('a\nb\u001b[31mc');
      }),
      said('a\\nb\\x1b[31mc'),
    );
  });
});
