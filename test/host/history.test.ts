/** What was done on a host, as its journal tells it: real acts, acts without an end, torn lines, and nothing at all. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { appendFile, chmod, mkdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { historyText } from '../../src/core/history/historyText';
import { historyOf } from '../../src/core/history/journalRecords';
import { savedLogsIn, savedLogText } from '../../src/core/history/savedLog';
import { isProblemError } from '../../src/core/problem';
import { planRequeue } from '../../src/core/requeue/planRequeue';
import { requeueAct } from '../../src/core/requeue/requeueAct';
import { startPueueHost, type PueueHost } from '../lab/pueueHost';
import { untilStates } from '../lab/queueState';
import { localHost, type LocalHost } from '../support/localHost';
import { restartOf, snapshotOf, targetOf } from '../support/restart';

describe('the history of a host', () => {
  let host: PueueHost;
  let local: LocalHost;
  const journal = (): string => join(host.home, '.local/state/pueue-preflight/journal.jsonl');

  const shown = async (): Promise<string> =>
    historyText('lab', await local.reader.readHistory(15_000), (await snapshotOf(local)).queue);
  const restartOne = async (): Promise<number> => {
    const id = await host.add('echo run --token abc; test -e again');
    await untilStates(host, new Map([[id, 'Failed']]));
    await writeFile(join(host.home, 'project/again'), '');
    await local.reader.act(restartOf([await targetOf(local, id)]), 20_000);
    await untilStates(host, new Map([[id, 'Success']]));
    return id;
  };

  beforeEach(async () => {
    host = await startPueueHost({ version: '4.0.4', clientIn: '.cargo/bin' });
    local = localHost(host.env);
  });

  afterEach(async () => {
    local.reader.close();
    await host.stop();
  });

  it('is empty before anything was done', async () => {
    assert.match(await shown(), /\n\nNothing was done yet\.\n$/u);
  });

  it('says who did what to which jobs, by which commands, and leads to the saved log', async () => {
    const id = await restartOne();
    const text = await shown();
    assert.match(text, /UTC · [^ ]+ · restart · ended /u);
    assert.match(text, new RegExp(`job ${id}: done · /`, 'u'));
    assert.match(
      text,
      new RegExp(`\\$ \\S+pueue --color never restart --in-place --stashed -- ${id} +\\(exit 0, \\d+ ms\\)`, 'u'),
    );
    const [saved] = savedLogsIn(text);
    assert.equal(text.slice(saved!.at, saved!.at + saved!.length).startsWith(host.home), true);
    const part = await local.reader.readSavedLog(saved!.name, 15_000);
    assert.match(savedLogText('lab', saved!.name, part), /Shown in full: 16 B\.[^]*run --token abc\n$/u);
  });

  it('says what a job became, and why, in words', async () => {
    const id = await host.add('exit 1', { label: 'DOGE@250' });
    await untilStates(host, new Map([[id, 'Failed']]));
    const reading = await snapshotOf(local);
    const plan = planRequeue({
      ...{ snapshot: reading, refreshFlag: null, word: 'internalOnly', withoutCheckpoint: false, edits: new Map() },
      sources: reading.queue.jobs.map((job) => ({ job, snapshotId: null })),
      checkpointsOf: () => ({ kind: 'judged', judgements: [] }),
      database: () => 'notAvailable',
    });
    await local.reader.act(requeueAct(plan, reading, randomUUID), 20_000);
    const text = await shown();
    assert.match(
      text,
      new RegExp(
        `\n  job ${id} → job ${id + 1} DOGE@250-retry: added, resume\\. It has left no checkpoint, [^\n]*\n`,
        'u',
      ),
    );
    for (const raw of ['"key"', 'ground:', 'absent:', 'lines:']) assert.ok(!text.includes(raw), `${raw} in ${text}`);
  });

  it('reads no other file than a saved log', async () => {
    for (const name of ['../journal.jsonl', 'daemon-0123456789abcdef/../../journal.jsonl', '/etc/passwd', ''])
      await assert.rejects(local.reader.readSavedLog(name, 15_000), (error) => isProblemError(error), name);
  });

  it('calls an act unknown whose end was torn off at any place, and says what is true now', async () => {
    const id = await restartOne();
    const whole = await readFile(journal());
    const lines = whole.toString().trimEnd().split('\n');
    const outcomeAt = whole.length - lines.at(-1)!.length - 1;
    for (const at of [outcomeAt + 1, outcomeAt + 20, Math.floor((outcomeAt + whole.length) / 2), whole.length - 3]) {
      await truncate(journal(), at);
      const text = await shown();
      assert.match(text, /UNKNOWN: 1 without a recorded end/u);
      assert.match(text, /1 torn line:/u);
      assert.match(text, new RegExp(`job ${id}: now succeeded`, 'u'));
      await writeFile(journal(), whole);
    }
    assert.doesNotMatch(await shown(), /UNKNOWN|torn/u);
  });

  it('tells newest first, in parts that meet, of a journal with long lines and strange ones', async () => {
    await mkdir(join(journal(), '..'), { recursive: true });
    const record = (kind: string, data: object): string =>
      JSON.stringify({ kind, time: 1, user: 'u', boot: null, data });
    const acts = Array.from({ length: 700 }, (_, at) => [
      record('intent', {
        act: `act-${at}`,
        verb: 'jobs',
        what: { targets: [{ id: at }], pad: 'x'.repeat(at % 7 === 0 ? 300_000 : 10) },
      }),
      record('outcome', { act: `act-${at}`, verb: 'jobs', answer: { targets: [], noticed: [] } }),
    ]);
    await writeFile(journal(), `[1]\n\n${acts.flat().join('\n')}\n`);
    const part = await local.reader.readHistory(15_000);
    const ids = historyOf(part).map((entry) => (entry.kind === 'act' ? entry.act.id : '?'));
    assert.ok(ids.length > 100 && ids.length <= 500, String(ids.length));
    assert.deepEqual(
      ids,
      Array.from({ length: ids.length }, (_, at) => `act-${699 - at}`),
    );
    assert.ok(part.from > 0);
    assert.ok(historyOf(part).every((entry) => entry.kind === 'act' && entry.act.outcome !== null));
    // Where it says that it begins, a record begins.
    const begun = (await readFile(journal())).subarray(part.from, part.from + 20).toString();
    assert.ok(begun.startsWith('{"kind":"'), begun);
  });

  it('masks secrets in commands and makes hostile text visible', async () => {
    await mkdir(join(journal(), '..'), { recursive: true });
    const lines = [
      { kind: 'intent', time: 1, user: 'u\n', data: { act: 'a', verb: 'add', what: { reason: '--token=abc \u202e' } } },
      {
        kind: 'command',
        time: 1,
        user: 'u',
        data: { act: 'a', argv: ['pueue', 'add', '--', 'run --token abc\u001b[31m'] },
      },
      { kind: 'odd\u0007', time: null, user: 'u', data: { note: '\u0000' } },
    ];
    await appendFile(journal(), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    const text = await shown();
    assert.doesNotMatch(text, /abc/u);
    assert.doesNotMatch(text, /[\u0000-\u0009\u000b-\u001f\u202e]/u);
  });

  it('is a problem where the journal cannot be read, and never empty', async () => {
    await mkdir(journal(), { recursive: true });
    await chmod(journal(), 0o700);
    await assert.rejects(local.reader.readHistory(15_000), /cannot be read \(EISDIR\)/u);
  });
});
