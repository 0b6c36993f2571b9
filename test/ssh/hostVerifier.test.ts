/** The verifier of host keys on a real server: ssh2 lets in whatever is not exactly `false`, and the adapter does not. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Client, type HostVerifier } from 'ssh2';
import { createHostVerifier } from '../../src/ssh/hostKeys/hostKeyCheck';
import type { Sshd } from '../lab/sshd';
import { labUser, SshLab } from './labConnector';

describe('the verifier of host keys on a real server', () => {
  let lab: SshLab;
  let sshd: Sshd;

  before(async () => {
    lab = await SshLab.open();
    sshd = await lab.sshd();
  });
  after(() => lab.close());

  /** Whether ssh2 logs in with this verifier, or with none. */
  function logsIn(hostVerifier?: HostVerifier): Promise<boolean> {
    return new Promise((resolve) => {
      const client = new Client();
      client.on('ready', () => {
        resolve(true);
        client.end();
      });
      client.on('error', () => {
        resolve(false);
      });
      client.on('close', () => {
        resolve(false);
      });
      client.connect({
        ...{ host: '127.0.0.1', port: sshd.port, username: labUser },
        privateKey: readFileSync(lab.identity.path),
        ...(hostVerifier === undefined ? {} : { hostVerifier }),
      });
    });
  }

  const fails = (): never => {
    throw new Error('no');
  };
  const judges: readonly (readonly [title: string, judge: () => unknown])[] = [
    ['false', () => false],
    ['a promise of false', () => Promise.resolve(false)],
    ['a promise that is rejected', () => Promise.reject(new Error('no'))],
    ['a synchronous throw', fails],
    ['0', () => 0],
    ['null', () => null],
    ['an error', () => new Error('no')],
    ['undefined', () => undefined],
  ];

  it('lets in where it says true', async () => {
    assert.equal(await logsIn(createHostVerifier(() => true)), true);
  });

  for (const [title, judge] of judges)
    it(`lets nobody in where the judgement is ${title}`, async () => {
      assert.equal(await logsIn(createHostVerifier(judge)), false);
    });

  // Why there is an adapter: what ssh2 makes of the same answers without it.
  const accepted: readonly (readonly [
    title: string,
    verifier: (key: Buffer, verify: (answer: unknown) => void) => unknown,
  ])[] = [
    ['a promise of false', () => Promise.resolve(false)],
    ['0', () => 0],
    ['null', () => null],
    [
      'a call back with null',
      (_key, verify) => {
        verify(null);
      },
    ],
    [
      'a call back with an error',
      (_key, verify) => {
        verify(new Error('no'));
      },
    ],
  ];
  for (const [title, verifier] of accepted)
    it(`is needed: ssh2 alone takes ${title} for a yes`, async () => {
      assert.equal(await logsIn(verifier as unknown as HostVerifier), true);
    });

  it('is needed: ssh2 alone takes no verifier for a yes', async () => {
    assert.equal(await logsIn(), true);
  });
});
