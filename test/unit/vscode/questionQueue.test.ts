import assert from 'node:assert/strict';
import type { HostKeyQuestion, PassphraseQuestion } from '../../../src/core/ports';
import { QuestionQueue } from '../../../src/vscode/questionQueue';
import { KeptLog } from '../../support/localHost';

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const never = new AbortController().signal;

function queued() {
  const shown: { host: string; answer: (yes: boolean) => void; fail: (error: Error) => void }[] = [];
  const show = ({ host }: { readonly host: string }): Promise<boolean> =>
    new Promise((resolve, reject) => {
      shown.push({ host, answer: resolve, fail: reject });
    });
  const log = new KeptLog();
  const answer = (): Promise<null> => Promise.resolve(null);
  const requestTouch = async (host: string): Promise<void> => {
    await show({ host });
  };
  const queue = new QuestionQueue({ trustHostKey: show, unlockKey: show, answer, requestTouch }, log);
  const trust = (host: string, signal = never, more: Partial<HostKeyQuestion> = { address: host }): Promise<boolean> =>
    queue.trustHostKey(
      {
        ...{ host, address: '', keyType: '', fingerprint: '', compareCommand: '', store: { reason: '' } },
        ...more,
      } satisfies HostKeyQuestion,
      signal,
    );
  const unlock = (host: string, key: string, isOpen = (): boolean => false, signal = never): Promise<boolean> =>
    queue.unlockKey({ host, key, isOpen, open: () => 'wrong' } satisfies PassphraseQuestion, signal);
  const hosts = (): string[] => shown.map(({ host }) => host);
  return { shown, hosts, log, trust, unlock, queue };
}

describe('the questions to a person', () => {
  it('come one at a time over all hosts, in their order', async () => {
    const { shown, hosts, trust, unlock } = queued();
    const answers = [trust('a'), unlock('b', 'key'), trust('c')];
    await settled();
    assert.deepEqual(hosts(), ['a']);
    shown[0]!.answer(true);
    assert.equal(await answers[0], true);
    await settled();
    assert.deepEqual(hosts(), ['a', 'b']);
    shown[1]!.answer(false);
    await settled();
    shown[2]!.answer(true);
    assert.deepEqual(await Promise.all(answers), [true, false, true]);
  });

  it('do not hold up the request to touch a security key, nor does it hold them up, or fail', async () => {
    const { shown, hosts, log, trust, queue } = queued();
    const answers = [trust('a'), queue.requestTouch('b', never), trust('c')];
    await settled();
    assert.deepEqual(hosts(), ['b', 'a']);
    shown[1]!.answer(true);
    await settled();
    assert.deepEqual(hosts(), ['b', 'a', 'c']);
    shown[0]!.fail(new Error('refused'));
    shown[2]!.answer(true);
    await Promise.all(answers);
    assert.match(log.lines.join(), /touch a security key could not be shown: Error: refused/u);
    await queue.requestTouch('d', AbortSignal.abort());
    assert.deepEqual(hosts(), ['b', 'a', 'c']);
  });

  it('are put once about a key for all hosts that wait for it, whatever the answer, and about another key anew', async () => {
    const gate = { address: 'gate:22', keyType: 'ED25519', fingerprint: 'SHA256:x', store: { file: '/known' } };
    for (const isTrusted of [true, false]) {
      const { shown, hosts, trust } = queued();
      const same = ['a', 'b', 'c'].map((host) => trust(host, never, gate));
      const others = [
        trust('d', never, { ...gate, fingerprint: 'SHA256:y' }),
        trust('e', never, { ...gate, address: 'gate:23' }),
        trust('f', never, { ...gate, store: { file: '/other' } }),
      ];
      await settled();
      shown[0]!.answer(isTrusted);
      assert.deepEqual(await Promise.all(same), [isTrusted, isTrusted, isTrusted]);
      for (const index of [1, 2, 3]) {
        await settled();
        shown[index]!.answer(!isTrusted);
      }
      assert.deepEqual(await Promise.all(others), [!isTrusted, !isTrusted, !isTrusted]);
      assert.deepEqual(hosts(), ['a', 'd', 'e', 'f']);
      const later = trust('g', never, gate);
      await settled();
      assert.equal(hosts().at(-1), 'g', 'who comes after the answer is asked');
      shown[4]!.answer(true);
      await later;
    }
  });

  it('about a key that was withdrawn on the screen are put again for the next host, which still waits', async () => {
    const { shown, hosts, trust } = queued();
    const abort = new AbortController();
    const gate = { address: 'gate:22' };
    const answers = [trust('a', abort.signal, gate), trust('b', never, gate)];
    await settled();
    abort.abort();
    shown[0]!.answer(true);
    await settled();
    assert.deepEqual(hosts(), ['a', 'b']);
    shown[1]!.answer(false);
    assert.deepEqual(await Promise.all(answers), [false, false]);
  });

  it('are answered with no where they cannot be shown, and the next one comes all the same', async () => {
    const { shown, log, trust } = queued();
    const answers = [trust('a'), trust('b')];
    await settled();
    shown[0]!.fail(new Error('refused to show dialog in tests'));
    await settled();
    shown[1]!.answer(true);
    assert.deepEqual(await Promise.all(answers), [false, true]);
    assert.match(log.lines.join('\n'), /could not be shown: Error: refused to show dialog/u);
  });

  it('are not put where they were withdrawn while they waited', async () => {
    const { shown, hosts, trust } = queued();
    const abort = new AbortController();
    const answers = [trust('a'), trust('b', abort.signal), trust('c')];
    await settled();
    abort.abort();
    assert.equal(await answers[1], false, 'at once');
    shown[0]!.answer(true);
    await settled();
    assert.deepEqual(hosts(), ['a', 'c']);
  });

  it('count for nothing once they were withdrawn, and hold up the next while they are on the screen', async () => {
    const { shown, hosts, trust } = queued();
    const abort = new AbortController();
    const answers = [trust('a', abort.signal), trust('b')];
    await settled();
    abort.abort();
    assert.equal(await answers[0], false);
    await settled();
    assert.deepEqual(hosts(), ['a']);
    shown[0]!.answer(true);
    await settled();
    assert.deepEqual(hosts(), ['a', 'b']);
  });

  it('for a key that was opened for another host meanwhile need no box', async () => {
    const { shown, hosts, unlock } = queued();
    let open = false;
    const answers = ['a', 'b', 'c'].map((host) => unlock(host, 'key', () => open));
    await settled();
    open = true;
    shown[0]!.answer(true);
    assert.deepEqual(await Promise.all(answers), [true, true, true]);
    assert.deepEqual(hosts(), ['a']);
  });

  it('for a key whose box was dismissed are dismissed with it, where they waited behind it; a later one is put', async () => {
    const { shown, hosts, unlock } = queued();
    const answers = [unlock('a', 'key'), unlock('b', 'other'), unlock('c', 'key')];
    await settled();
    shown[0]!.answer(false);
    await settled();
    shown[1]!.answer(true);
    assert.deepEqual(await Promise.all(answers), [false, true, false]);
    assert.deepEqual(hosts(), ['a', 'b']);
    void unlock('c', 'key');
    await settled();
    assert.deepEqual(hosts(), ['a', 'b', 'c']);
  });

  it('for a key whose box was withdrawn are put to the next who needs it', async () => {
    const { shown, hosts, unlock } = queued();
    const abort = new AbortController();
    const answers = [unlock('a', 'key', () => false, abort.signal), unlock('b', 'key')];
    await settled();
    abort.abort();
    shown[0]!.answer(false);
    await settled();
    assert.deepEqual(hosts(), ['a', 'b']);
    shown[1]!.answer(true);
    assert.deepEqual(await Promise.all(answers), [false, true]);
  });
});
