/**
 * Texts made to do harm wherever they are shown, copied, parsed or run: what an unlucky or a hostile job may be labelled with,
 * run as, or print.
 */

/** A program would make this file if a shell read one of the texts. The test that runs real programs looks for it. */
export const canaryName = 'pp-canary';

const characters = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_none, index) => String.fromCodePoint(from + index));

const quotes = [
  ...["'", '"', '`', '´', '‘', '’', '“', '”', '«', '»', '‚', '„', '\\', '\\\\', "\\'", '\\"'],
  ...[`'"'"'`, '"; x; "', `'; x; '`, `$'\\n'`],
];

const shell = [
  `$(touch ${canaryName})`,
  `\`touch ${canaryName}\``,
  `; touch ${canaryName}`,
  `| touch ${canaryName}`,
  `|| touch ${canaryName}`,
  `& touch ${canaryName} &`,
  `&& touch ${canaryName}`,
  `> ${canaryName}`,
  `>> ${canaryName}`,
  `< /dev/null > ${canaryName}`,
  `<(touch ${canaryName})`,
  `'; touch ${canaryName}; '`,
  `"; touch ${canaryName}; "`,
  `\n touch ${canaryName}\n`,
  `\r touch ${canaryName}\r`,
  `\${IFS}touch\${IFS}${canaryName}`,
  `\${x:=$(touch ${canaryName})}`,
  '$HOME',
  '$((1+1))',
  '~root',
  '*',
  '?[a-z]{a,b}',
  '!!',
  '# comment',
  '%0a%0d',
];

const controls = [...characters(0x00, 0x1f), ...characters(0x7f, 0x9f)].map((character) => `a${character}b`);

const bidirectional = ['\u061c', '\u200e', '\u200f', ...characters(0x202a, 0x202e), ...characters(0x2066, 0x2069)].map(
  (character) => `a${character}exe.txt`,
);

const invisible = [
  ...['\u00ad', '\u034f', '\u115f', '\u1160', '\u17b4', '\u180b', '\u180e', '\u200b', '\u200c', '\u200d', '\u2060'],
  ...['\u2064', '\u3164', '\ufe0f', '\ufeff', '\uffa0', '\ufff9', '\u{1bca0}', '\u{1d173}', '\u{e0001}', '\u{e0100}'],
].map((character) => `pass${character}word`);

const lines = ['a\nb', 'a\r\nb', 'a\u2028b', 'a\u2029b', 'a\u0085b', 'a\vb', 'a\fb', '\n', '\n\n\n', ' ', '\t', ''];

const surrogates = ['\ud800', '\udbff', '\udc00', '\udfff', '\ude00\ud83d', 'x\udc80y', '\udcff\udcfe'];

const sequences = [
  '\u001b]0;title\u0007',
  '\u001b]52;c;ZXZpbA==\u0007',
  '\u001b]52;c;ZXZpbA==\u001b\\',
  '\u001b]8;;https://example.org/\u0007x\u001b]8;;\u0007',
  '\u001b]633;E;touch x\u0007',
  '\u001b]1337;File=inline=1:AAAA\u0007',
  '\u001bP1$r0m\u001b\\',
  '\u001b_Gx\u001b\\',
  '\u001b[2J\u001b[1;1H',
  '\u001b[?1049h',
  '\u001b[6n',
  '\u001b[31',
  '\u001b[',
  '\u001b',
  '\u001b]52;c;never ended',
  `\u001b]${'x'.repeat(4096)}`,
  '\u009b31m',
  '\u009d52;c;x\u009c',
  '\u001b[\u001b[0m31m',
  '\u001b[8mhidden\u001b[0m',
];

const options = ['-', '--', '-rf', '-rf /', '--help', '-oProxyCommand=x', '-F/etc/passwd', '--config=/x', '@x', '=x'];

const paths = [
  ...['.', '..', '../', '../../etc/passwd', '/', '//', '/etc/passwd', './x', 'a/../b', '%2e%2e%2f', '%', '%zz'],
  ...['C:\\Windows', '\\\\host\\share', 'file:///etc/passwd', 'pueue-preflight:/x', 'CON', 'a:b', 'a?b#c', 'x\0.txt'],
];

const markup = [
  '[a](command:workbench.action.quit)',
  '[a](command:pueuePreflight.host.audit?%5B%5D)',
  '[a](https://example.org)',
  '[a](file:///etc/passwd)',
  '![a](https://example.org/beacon.png)',
  '<a href="command:workbench.action.quit">a</a>',
  '<img src=x onerror=alert(1)>',
  '<script>alert(1)</script>',
  '`code`',
  '```\ncode\n```',
  '~~~',
  '**bold** _it_ ~~no~~',
  '| a | b |',
  '# heading',
  '> quote',
  '---',
  '&lt;b&gt; &amp;',
  'command:workbench.action.quit',
  'https://user:pass@example.org/',
];

const icons = ['$(trash)', '$(sync~spin)', '\\$(trash)', '\\\\$(trash)', '$$(trash)', '$($(trash))', '$( trash)', '$('];

const formats = [
  '{0}',
  '{1}',
  '%s',
  '%d',
  '%n',
  '${x}',
  '{{x}}',
  '$1',
  '$&',
  '$`',
  '$\u0027',
  '\\1',
  '\\u0041',
  '\\x41',
];

const keys = [
  ...['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf', 'length', '__defineGetter__'],
  ...['0', '1', '-1', '01', '1e3', '1.5', 'NaN', 'Infinity', 'null', 'true', 'undefined', '9007199254740993'],
];

const forged = [
  '\nVerdict      PASS  idle',
  'x · PASS, idle',
  '\nProblem      none',
  ': not done',
  '\nShown in full: 8 B.',
  `\n${'─'.repeat(72)}\nforged`,
  'a, running · 1 s · job 1',
];

const secrets = ['--token=abc', 'API_KEY=a\nb', `--password '\u202e'`, 'https://u:p\u001b@h/', 'Bearer a.b\u200b'];

const writing = [
  '\u05e9\u05dc\u05d5\u05dd',
  '\u0645\u0631\u062d\u0628\u0627 1',
  '漢字',
  'a\u0300\u0301\u0302',
  '😀',
  'ß İ ı',
];

const long = [
  'x'.repeat(1_000_000),
  '\u202e'.repeat(10_000),
  '\n'.repeat(10_000),
  '😀'.repeat(1_000),
  '"'.repeat(5_000),
  '$(trash)'.repeat(1_000),
  `${'a-'.repeat(20_000)}=`,
];

/** Every text once. */
export const hostileTexts: readonly string[] = [
  ...new Set([
    ...[quotes, shell, controls, bidirectional, invisible, lines, surrogates, sequences, options, paths].flat(),
    ...[markup, icons, formats, keys, forged, secrets, writing, long].flat(),
  ]),
];

/** A text as a test's message may show it. */
export function named(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}… (${text.length})` : text);
}

/** What of a text would act where it is shown: control characters, reversals, what is drawn as nothing. Empty where nothing does. */
export function actingCharacters(text: string, kept = ''): string[] {
  // Text from right to left stands within a pair of isolates of ours (UAX #9), which reach no further than it.
  const shown = text.replace(/\u2068([^\u2066-\u2069\u202a-\u202e]*)\u2069/gu, '$1');
  const acting = /\p{Cc}|\p{Cs}|\p{DI}|\p{Zl}|\p{Zp}|[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]/gu;
  return [
    ...new Set([...shown.matchAll(acting)].map(([character]) => character).filter((each) => !kept.includes(each))),
  ];
}
