import assert from 'node:assert/strict';
import { readSshPrompt, type SshPrompt } from '../../../src/ssh/askpass/sshPrompt';

const print = 'SHA256:P3GT7b8gQk0yhT0y0w4bm6AeA7qvPUSZgTV0yFq6Gng';
const hostKey = (name: string, type = 'ED25519', more = '', is = 'is'): string =>
  `The authenticity of host '${name}' can't be established.\n${type} key fingerprint ${is} ${print}.\n${more}Are you sure you want to continue connecting (yes/no/[fingerprint])? `;

describe('a prompt of ssh', () => {
  const cases: readonly (readonly [string, string, Partial<SshPrompt>])[] = [
    ['the key of a host', hostKey('depot-1 (10.0.0.1)'), { kind: 'hostKey', name: 'depot-1', keyType: 'ED25519' }],
    ['on another port', hostKey('[Depot-1]:2222 ([10.0.0.1]:2222)', 'RSA'), { name: '[depot-1]:2222', keyType: 'RSA' }],
    ['through a program', hostKey('depot-1 (<no hostip for proxy command>)'), { kind: 'hostKey', fingerprint: print }],
    ['of OpenSSH 10', hostKey('depot-1 (10.0.0.1)', 'ED25519', '', 'is:'), { kind: 'hostKey', fingerprint: print }],
    [
      'known under another name',
      hostKey(
        'depot-1 (::1)',
        'ECDSA',
        'This host key is known by the following other names/addresses:\n    ~/.ssh/known_hosts:3: other\n',
      ),
      { kind: 'hostKey', keyType: 'ECDSA' },
    ],
    ['with another digest', hostKey('depot-1 (::1)').replace(print, 'MD5:aa:bb'), { kind: 'unclear' }],
    ['about an address', 'Are you sure you want to continue connecting (yes/no)? ', { kind: 'unclear' }],
    ['that comes again', "Please type 'yes', 'no' or the fingerprint: ", { kind: 'unclear' }],
    ['about further keys', 'Accept updated hostkeys? (yes/no): ', { kind: 'unclear' }],
    ['for a passphrase', "Enter passphrase for key '/home/me/.ssh/id': ", { kind: 'passphrase', asker: null }],
    ['for a PIN', 'Enter PIN for ED25519-SK key /home/me/.ssh/id_sk: ', { kind: 'passphrase' }],
    ['for the PIN of a token', "Enter PIN for 'card': ", { kind: 'passphrase' }],
    ['for a password', "me@depot-1's password: ", { kind: 'password', asker: 'me@depot-1' }],
    ['of a server', '(me@depot-1) Code: ', { kind: 'secondFactor', asker: 'me@depot-1', text: 'Code:' }],
    ['of a server, on two lines', '(me@depot-1) A\nB: ', { kind: 'secondFactor', text: 'A\nB:' }],
    ['of a server, empty', '(me@depot-1) ', { kind: 'secondFactor', text: '' }],
    ['to change a password', "Enter me@depot-1's old password: ", { kind: 'secondFactor', asker: null }],
    ['of nobody', 'What is your quest?', { kind: 'secondFactor', asker: null, text: 'What is your quest?' }],
    ['without a word', '', { kind: 'secondFactor', text: '' }],
  ];
  for (const [title, text, expected] of cases)
    it(`is recognised: ${title}`, () => {
      const prompt = readSshPrompt({ hint: '', text });
      assert.deepEqual({ ...prompt, ...expected }, prompt);
    });

  it('is a permission or a notice where ssh says so, whatever the words', () => {
    for (const text of [hostKey('depot-1 (::1)'), 'Allow?', "Enter passphrase for key '/k': "]) {
      assert.deepEqual(readSshPrompt({ hint: 'confirm', text }), { kind: 'permission', text });
      assert.deepEqual(readSshPrompt({ hint: 'none', text }), { kind: 'notice', text });
    }
  });

  it('of a server never passes for one of ssh itself', () => {
    for (const [, text] of cases)
      assert.deepEqual(
        [readSshPrompt({ hint: '', text: `(me@depot-1) ${text}` })].map(({ kind }) => kind),
        ['secondFactor'],
      );
  });
});
