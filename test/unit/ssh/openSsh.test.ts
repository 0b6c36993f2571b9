import assert from 'node:assert/strict';
import { isProblemError, type ProblemCode } from '../../../src/core/problem';
import { masterCheckArguments, openSshArguments } from '../../../src/ssh/openSsh/openSshArguments';
import {
  describeConnectFailure,
  describeStreamEnd,
  endOfLogin,
  type OpenSshEnd,
} from '../../../src/ssh/openSsh/openSshFailure';
import { parseSshConfig, type ResolvedSshConfig } from '../../../src/ssh/config/sshConfig';
import { hostSettings } from '../../support/hostSettings';

function config(more = ''): ResolvedSshConfig {
  const parsed = parseSshConfig(`hostname depot-1\nuser runner\nport 22\n${more}`);
  assert.ok(parsed !== null);
  return parsed;
}

describe("the command line of the system's ssh", () => {
  const call = {
    settings: hostSettings('depot'),
    sshConfigFile: '',
    environment: {},
    config: config(),
    connectMs: 12_000,
    isJoined: false,
    mayAsk: false,
    command: 'exec x',
  };
  const optionsOf = (argv: readonly string[]): string[] => argv.filter((_, index) => argv[index - 1] === '-o');

  it('asks nobody, accepts no unknown key, changes nothing and forwards nothing', () => {
    assert.deepEqual(optionsOf(openSshArguments(call)), [
      'BatchMode=yes',
      'StrictHostKeyChecking=yes',
      'UpdateHostKeys=no',
      'AddKeysToAgent=no',
      'LogLevel=VERBOSE',
      'RequestTTY=no',
      'PermitLocalCommand=no',
      'ClearAllForwardings=yes',
      'Tunnel=no',
      'ForwardAgent=no',
      'ForwardX11=no',
      'ControlMaster=no',
      'ControlPersist=no',
      'ControlPath=none',
      'ServerAliveInterval=15',
      'ServerAliveCountMax=3',
      'ConnectTimeout=12',
    ]);
  });

  it('asks only where it may, once, and about the key of a host only where the configuration lets it', () => {
    const asking = optionsOf(
      openSshArguments({ ...call, mayAsk: true, config: config('stricthostkeychecking true\n') }),
    );
    assert.deepEqual(asking.slice(0, 6), [
      ...['BatchMode=no', 'NumberOfPasswordPrompts=1', 'FingerprintHash=sha256', 'VisualHostKey=no'],
      ...['StrictHostKeyChecking=yes', 'UpdateHostKeys=no'],
    ]);
    const unsure = config('stricthostkeychecking accept-new\n');
    assert.ok(
      optionsOf(openSshArguments({ ...call, mayAsk: true, config: unsure })).includes('StrictHostKeyChecking=ask'),
    );
    assert.ok(optionsOf(openSshArguments({ ...call, config: unsure })).includes('StrictHostKeyChecking=yes'));
  });

  it('ends with the destination behind the end of the options, and the command', () => {
    const argv = openSshArguments(call);
    assert.deepEqual(argv.slice(0, 3), ['-T', '-e', 'none']);
    assert.deepEqual(argv.slice(-3), ['--', 'depot', 'exec x']);
  });

  it('joins a shared connection only where it is told to', () => {
    const joined = optionsOf(openSshArguments({ ...call, isJoined: true }));
    assert.ok(!joined.includes('ControlPath=none') && joined.includes('ControlMaster=no'));
  });

  it('gives directives of later versions only to an ssh that knows them', () => {
    const known = 'sessiontype none\nstdinnull yes\nremotecommand x\ngssapidelegatecredentials yes\n';
    const argv = openSshArguments({ ...call, config: config(known) });
    const options = optionsOf(argv);
    assert.ok(options.includes('SessionType=default') && options.includes('StdinNull=no'));
    assert.ok(options.includes('RemoteCommand=none') && options.includes('GSSAPIDelegateCredentials=no'));
    assert.ok(!options.includes('ForkAfterAuthentication=no'));
  });

  it('passes on what the settings say, each as one argument', () => {
    const settings = hostSettings('depot', {
      ...{ host: 'depot-2', port: 2200, user: 'me', proxyJump: 'a,b' },
      identityFile: '~/my keys/"id" %h',
    });
    const argv = openSshArguments({ ...call, settings, sshConfigFile: '/c d/config', connectMs: 1_200 });
    const rest = ['-F', '/c d/config', '-l', 'me', '-p', '2200', '-J', 'a,b', '--', 'depot-2'];
    assert.deepEqual(argv.slice(-rest.length - 1), [...rest, 'exec x']);
    const options = optionsOf(argv);
    assert.ok(options.includes('IdentityFile="~/my keys/\\"id\\" %h"') && options.includes('ConnectTimeout=2'));
    assert.deepEqual(masterCheckArguments({ ...call, settings, sshConfigFile: '/c d/config' }), [
      ...['-O', 'check'],
      ...rest,
    ]);
  });
});

const context = { host: 'depot', sshCommand: 'ssh depot' };
const own: OpenSshEnd = { exitCode: 255, signal: null };

const warning = (what: string): string =>
  [
    '@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@',
    `@    WARNING: ${what}     @`,
    '@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@',
    'IT IS POSSIBLE THAT SOMEONE IS DOING SOMETHING NASTY!',
    'The fingerprint for the ED25519 key sent by the remote host is',
    'SHA256:P3GT7b8gQk0yhT0y0w4bm6AeA7qvPUSZgTV0yFq6Gng.',
    'Please contact your system administrator.',
    'Add correct host key in /home/me/.ssh/known_hosts to get rid of this message.',
    'Offending ED25519 key in /home/me/.ssh/known_hosts:3',
    'Host key for depot-1 has changed and you have requested strict checking.',
    'Host key verification failed.',
  ].join('\r\n');

describe('what ssh says before the login', () => {
  const cases: readonly (readonly [string, ProblemCode, ...RegExp[]])[] = [
    [
      warning('REMOTE HOST IDENTIFICATION HAS CHANGED!'),
      'hostKeyChanged',
      /fingerprint SHA256:P3GT7b8gQk0yhT0y0w4bm6AeA7qvPUSZgTV0yFq6Gng\./u,
    ],
    [warning('REVOKED HOST KEY DETECTED!'), 'hostKeyChanged', /REVOKED HOST KEY DETECTED/u],
    [
      'Host key ED25519 SHA256:abc revoked by file /etc/ssh/revoked\r\nHost key verification failed.\r\n',
      'hostKeyChanged',
      /revoked by file \/etc\/ssh\/revoked/u,
    ],
    [
      'No ED25519 host key is known for depot-1 and you have requested strict checking.\r\nHost key verification failed.\r\n',
      'hostKeyUnknown',
      /No ED25519 host key is known for depot-1/u,
    ],
    [
      'Host key verification failed.\r\nkex_exchange_identification: Connection closed by remote host\r\n',
      'hostKeyUnknown',
      /or that of a host on the way/u,
    ],
    ['runner@depot-1: Permission denied (publickey,password).\r\n', 'authenticationFailed', /\(publickey,password\)/u],
    [
      'Received disconnect from 10.0.0.1 port 22:2: Too many authentication failures\r\nDisconnected from 10.0.0.1 port 22\r\n',
      'authenticationFailed',
      /Too many authentication failures/u,
    ],
    [
      '@         WARNING: UNPROTECTED PRIVATE KEY FILE!          @\r\nLoad key "/k": bad permissions\r\nme@depot-1: Permission denied (publickey).\r\n',
      'authenticationFailed',
      /It also says "Load key/u,
    ],
    ['ssh_askpass: exec(/usr/bin/ssh-askpass): No such file or directory\r\n', 'authenticationFailed', /ssh_askpass/u],
    [
      'Unable to negotiate with 10.0.0.1 port 22: no matching host key type found. Their offer: ssh-dss\r\n',
      'notSupported',
      /Their offer: ssh-dss/u,
    ],
    [
      '/home/me/.ssh/config: line 3: Bad configuration option: nosuch\r\n/home/me/.ssh/config: terminating, 1 bad configuration options\r\n',
      'invalidInput',
      /line 3: Bad configuration option: nosuch/u,
    ],
    ['Bad owner or permissions on /home/me/.ssh/config\r\n', 'invalidInput', /Bad owner/u],
    ['command-line: line 0: Bad number.\r\n', 'invalidInput', /command-line: line 0/u],
    ['ssh: Could not resolve hostname depot-1: Name or service not known\r\n', 'unreachable', /Could not resolve/u],
    ['ssh: connect to host depot-1 port 22: Connection refused\r\n', 'unreachable', /Connection refused/u],
    ['ssh: connect to host depot-1 port 22: Connection timed out\r\n', 'unreachable', /timed out/u],
    ['Connection timed out during banner exchange\r\n', 'unreachable', /banner exchange/u],
    ['ssh: connect to host depot-1 port 22: No route to host\r\n', 'unreachable', /No route/u],
    [
      'sh: 1: exec: proxy: not found\r\nkex_exchange_identification: Connection closed by remote host\r\n',
      'unreachable',
      /closed by remote host", and before that "sh: 1: exec: proxy: not found"/u,
    ],
    [
      'Control socket connect(/run/me/cm): Connection refused\r\nConnection timed out during banner exchange\r\n',
      'unreachable',
      /"Connection timed out during banner exchange"\.$/u,
    ],
    ['Connection reset by 10.0.0.1 port 22\r\n', 'unreachable', /Connection reset/u],
    [
      'something that no version has said\r\n',
      'unreachable',
      /ended with code 255 before the login, and said "something/u,
    ],
    ['', 'unreachable', /without a word/u],
    ['\u001b[31mred\r\n', 'unreachable', /\\x1b\[31mred/u],
    ['résumé \r\n', 'unreachable', /résumé/u],
  ];
  for (const [said, code, ...words] of cases) {
    it(`${JSON.stringify(said.slice(-70))} is ${code}`, () => {
      const { problem } = describeConnectFailure(own, Buffer.from(said).toString('latin1'), context);
      assert.equal(problem.code, code, problem.message);
      assert.match(problem.message, /\bdepot\b/u);
      assert.notEqual(problem.next, '');
      for (const word of words) assert.match(problem.message, word);
    });
  }

  it('names file and line of a key that has changed', () => {
    const { problem } = describeConnectFailure(own, warning('REMOTE HOST IDENTIFICATION HAS CHANGED!'), context);
    assert.match(problem.next, /\/home\/me\/\.ssh\/known_hosts:3/u);
  });

  it('is not believed where another exit code came with it', () => {
    const end = { exitCode: 1, signal: null };
    const { problem } = describeConnectFailure(end, 'me@depot: Permission denied (publickey).', context);
    assert.equal(problem.code, 'unreachable');
    assert.match(problem.message, /ended with code 1/u);
    const killed = describeConnectFailure({ exitCode: null, signal: 'SIGKILL' }, '', context);
    assert.match(killed.problem.message, /was ended by SIGKILL/u);
  });

  it('cannot be turned by the banner of a server into a changed key', () => {
    const said = 'REMOTE HOST IDENTIFICATION HAS CHANGED\r\nme@depot: Permission denied (publickey).\r\n';
    assert.equal(describeConnectFailure(own, said, context).problem.code, 'authenticationFailed');
  });

  for (const [said, rest] of [
    ['Authenticated to depot-1 ([10.0.0.1]:22) using "publickey".\r\nhello', 'hello'],
    ['a banner\r\nAuthenticated to depot-1 (via proxy).\n', ''],
    ['Authenticated to depot-1 ([10.0', null],
    ['it is not Authenticated to anything\n', null],
    ['', null],
  ] as const) {
    it(`${rest === null ? 'is no' : 'tells the'} end of the login: ${JSON.stringify(said)}`, () => {
      const at = endOfLogin(said);
      assert.equal(at === null ? null : said.slice(at), rest);
    });
  }
});

describe('how a stream over ssh ends', () => {
  const cases: readonly (readonly [OpenSshEnd, said: string, joined: boolean, outcome: string])[] = [
    [{ exitCode: 0, signal: null }, '', false, 'exit 0'],
    [{ exitCode: 7, signal: null }, 'Connection reset by peer', false, 'exit 7'],
    // A remote command may end so, too: then nothing is known beyond the code.
    [own, '', false, 'exit 255'],
    [own, 'warning of a program\n', false, 'exit 255'],
    [own, 'Connection to depot-1 closed by remote host.\r\n', false, 'cut'],
    [own, 'client_loop: send disconnect: Broken pipe\r\n', false, 'cut'],
    [own, 'Timeout, server depot-1 not responding.\r\n', false, 'cut'],
    [own, 'Killed by signal 15.\r\n', false, 'cut'],
    [own, 'Shared connection to depot-1 closed.\r\n', true, 'cut'],
    [{ exitCode: null, signal: 'SIGKILL' }, '', false, 'cut'],
    [own, 'channel 0: open failed: administratively prohibited: open failed\r\n', false, 'refused'],
    [own, 'exec request failed on channel 0\r\n', false, 'refused'],
    // A shared connection that was gone when ssh wanted to join it: the failure is one of connecting.
    [own, 'me@depot: Permission denied (publickey).\r\n', true, 'authenticationFailed'],
    [own, 'ssh: connect to host depot-1 port 22: Connection refused\r\n', true, 'unreachable'],
    [own, 'me@depot: Permission denied (publickey).\r\n', false, 'exit 255'],
  ];
  for (const [end, said, joined, outcome] of cases) {
    it(`${JSON.stringify(end)} ${JSON.stringify(said)}${joined ? ' joined' : ''}: ${outcome}`, () => {
      const { exitCode, signal, error } = describeStreamEnd(end, said, joined, context);
      assert.equal(signal, null);
      const seen =
        exitCode !== null
          ? `exit ${String(exitCode)}`
          : error !== null && isProblemError(error)
            ? error.problem.code
            : 'cut';
      assert.equal(seen, outcome);
      assert.equal(error === null, exitCode !== null);
    });
  }
});
