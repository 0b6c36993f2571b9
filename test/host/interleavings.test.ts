/** What others do between a look and the command that rests on it: by a model in many orders, and on real daemons. */
import assert from 'node:assert/strict';
import { randomInt, randomUUID } from 'node:crypto';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ActAnswer, JobVerb } from '../../src/core/acts/hostAct';
import { outcomes, startActingHost, type ActingHost } from '../support/actingHost';
import { localHost } from '../support/localHost';
import { tellStories } from '../soak/interleavings';

describe('acts while others act', () => {
  it('change nothing on changed ground, nothing twice, and say what they met instead', async function () {
    this.timeout(120_000);
    const first = randomInt(2 ** 31);
    const { stories, counts, violations } = await tellStories(first, 600);
    assert.deepEqual(violations, [], `the stories from ${first} on`);
    assert.equal(stories, 600);
    // They are of all kinds: one that never comes about would be tried by none.
    for (const kind of [
      'add answered',
      'add cut, ended',
      'kill answered',
      'remove refused stale',
      'emergency answered',
    ])
      assert.ok((counts[kind] ?? 0) > 0, `${kind} in the stories from ${first} on`);
  });

  for (const version of ['4.0.4', '3.4.1'] as const)
    describe(`on pueue ${version}`, () => {
      let acting: ActingHost;

      beforeEach(async () => {
        acting = await startActingHost(version);
        for (const label of ['a', 'b', 'c'])
          await acting.host.must(['add', '--stashed', '--label', label, '--', 'true']);
      });

      afterEach(() => acting.stop());

      /** Acts on jobs 0 and 1 through a client that does something of its own once, before or after a command of ours. */
      const actWith = async (
        verb: JobVerb,
        when: 'before' | 'after',
        command: string,
        other: readonly string[],
      ): Promise<ActAnswer> => {
        const { host } = acting;
        const client = join(host.home, 'client');
        const once = `[ -e '${client}.did' ] || { : >'${client}.did'; '${host.pueue}' -c '${host.config}' ${other.join(' ')}; }`;
        const lines = [
          '#!/bin/sh',
          `case " $* " in *" ${command} "*) ours=1;; *) ours=;; esac`,
          when === 'before' ? `[ -z "$ours" ] || { ${once}; } </dev/null >/dev/null 2>&1` : '',
          `'${host.pueue}' "$@"; code=$?`,
          when === 'after' ? `[ -z "$ours" ] || { ${once}; } </dev/null >/dev/null 2>&1` : '',
          'exit $code',
        ];
        const targets = await acting.targets(0, 1);
        await writeFile(client, `${lines.join('\n')}\n`);
        await chmod(client, 0o755);
        const local = localHost(host.env, { pueue: client });
        try {
          const act = { kind: 'jobs', id: randomUUID(), verb, graceMs: null, saveLogs: false, targets } as const;
          return await local.reader.act(act, 60_000);
        } finally {
          local.reader.close();
        }
      };
      const labels = async (): Promise<Record<number, string | null>> =>
        Object.fromEntries((await acting.snapshot()).queue.jobs.map(({ id, label }) => [id, label]));

      it('leaves alone what was switched between the look and the command', async () => {
        const answer = await actWith('remove', 'after', 'status', ['switch', '1', '2']);
        assert.deepEqual(outcomes(answer), { 0: 'done', 1: 'refused: gone' });
        assert.deepEqual(await labels(), { 1: 'c', 2: 'b' });
      });

      it('names the job that it removed in place of one that was switched at the last moment', async () => {
        const answer = await actWith('remove', 'before', 'remove', ['switch', '1', '2']);
        assert.deepEqual(outcomes(answer), { 0: 'done', 1: 'failed: moved 2' });
        assert.deepEqual(answer.noticed, ['job 1 is job 2 by now', 'job 2 was removed']);
        assert.deepEqual(await labels(), { 2: 'b' });
      });

      it('names the job that it enqueued in place of one that was switched at the last moment', async () => {
        await acting.host.must(['pause', '--wait', '--all']);
        const answer = await actWith('enqueue', 'before', 'enqueue', ['switch', '1', '2']);
        assert.deepEqual(outcomes(answer), { 0: 'done', 1: 'failed: moved 2' });
        assert.deepEqual(answer.noticed, [
          'job 1 is job 2 by now',
          'job 2 is job 1 by now and was stashed and is queued',
        ]);
      });
    });
});
