/** Readings that hold only what differs: whatever happens on the way, the client's queue is the one of the host. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { isProblemError } from '../../src/core/problem';
import type { Job, Queue } from '../../src/core/pueue/job';
import { parseQueue } from '../../src/core/pueue/parseQueue';
import type { HostSnapshot } from '../../src/core/snapshot';
import { decodeReply } from '../../src/host/frames';
import { recordedStatus } from '../support/fixtures';
import { FakeHosts } from '../support/fakePueue';
import type { LocalHost } from '../support/localHost';

interface Status {
  readonly tasks: Record<string, Record<string, unknown>>;
  readonly groups: Record<string, object>;
}

const recorded = JSON.parse(recordedStatus('4.0.4')) as Status;
const lenders = Object.values(recorded.tasks);
const never = new AbortController().signal;

/** What a whole look at a status would give. */
function queueOf(status: Status): Queue {
  const queue = parseQueue(JSON.parse(JSON.stringify(status)));
  assert.ok(queue !== null);
  return queue;
}

function drop(from: object, key: string): void {
  Reflect.deleteProperty(from, key);
}

function copy(status: Status): Status {
  return structuredClone(status);
}

describe('a reading that follows another one', () => {
  const fake = new FakeHosts();
  const { host } = fake;

  const read = (local: LocalHost, signal = never): Promise<HostSnapshot> => local.reader.read(signal, 20_000);
  const show = (status: Status): Promise<void> => fake.pueue.prints(JSON.stringify(status));

  /** Like `show`, while a reading that was given up may still run the script: only the file that it prints is replaced. */
  async function replace(status: Status): Promise<void> {
    await writeFile(`${fake.pueue.status}.next`, JSON.stringify(status));
    await rename(`${fake.pueue.status}.next`, fake.pueue.status);
  }

  /** The helper's last reading as a value. A sign of life may be answered behind it. */
  async function lastReply(local: LocalHost): Promise<Record<string, unknown>> {
    const messages = await Promise.all(local.tap.replies()!.map(decodeReply));
    const readings = (messages as { ok: Record<string, unknown> }[]).filter(({ ok }) => Array.isArray(ok['t']));
    return readings.at(-1)!.ok;
  }

  it('says nothing but times where nothing changed, and gives the same objects', async () => {
    const local = host({ checkpoints: ['~/'] });
    const first = await read(local);
    const second = await read(local);
    const reply = await lastReply(local);
    assert.deepEqual(Object.keys(reply).sort(), ['t']);
    assert.equal(second.queue, first.queue);
    assert.equal(second.checkpoints, first.checkpoints);
    assert.ok(second.takenAt >= first.takenAt);
    const timeless = (snapshot: HostSnapshot): object => ({
      ...snapshot,
      takenAt: 0,
      hostMilliseconds: 0,
      commands: snapshot.commands.map(({ argv, exitCode }) => ({ argv, exitCode })),
    });
    assert.deepEqual(timeless(second), timeless(first));
  });

  it('says what changed and no more, and keeps the objects of all that did not', async () => {
    const status = copy(recorded);
    await show(status);
    const local = host();
    const first = await read(local);
    const [one, two, three] = Object.keys(status.tasks);
    status.tasks[one!]!['label'] = 'another';
    drop(status.tasks, two!);
    status.tasks['4711'] = { ...status.tasks[three!], id: 4711 };
    await show(status);
    const second = await read(local);
    const reply = await lastReply(local);
    assert.deepEqual(Object.keys(reply['jobs'] as object), [one, '4711']);
    assert.deepEqual(reply['gone'], [Number(two)]);
    // A job more or less can be one more or less whose processes were not seen.
    const others = Object.keys(reply['s'] ?? {}).filter((name) => name !== 'processes');
    assert.deepEqual(others, []);
    assert.deepEqual(second.queue, queueOf(status));
    assert.equal(second.queue.groups, first.queue.groups);
    for (const job of second.queue.jobs)
      assert.equal(first.queue.jobs.includes(job), job.id !== Number(one) && job.id !== 4711, `job ${job.id}`);
  });

  it('says of groups, checkpoints and commands only what changed', async () => {
    await mkdir(join(fake.pueue.home, 'c'));
    const status = copy(recorded);
    await show(status);
    const local = host({ checkpoints: ['~/c'] });
    const first = await read(local);
    await writeFile(join(fake.pueue.home, 'c/one.ckpt'), '');
    const second = await read(local);
    assert.deepEqual(Object.keys((await lastReply(local))['s']!), ['checkpoints']);
    assert.equal(second.checkpoints[0]!.entries.length, 1);
    assert.equal(second.queue, first.queue);
    status.groups['third'] = { status: 'Paused', parallel_tasks: 3 };
    await show(status);
    const third = await read(local);
    assert.deepEqual(Object.keys((await lastReply(local))['s']!), ['groups']);
    assert.deepEqual(third.queue, queueOf(status));
    assert.equal(third.queue.jobs, first.queue.jobs);
    await fake.pueue.prints(JSON.stringify(status), 'pueue 4.0.5');
    const fourth = await read(local);
    assert.deepEqual(Object.keys((await lastReply(local))['s']!), ['pueue']);
    assert.equal(fourth.version.patch, 5);
    assert.equal(fourth.queue, third.queue);
  });

  it('is whole again after a failure of pueue and after a new session, and a failure is never covered by what is held', async () => {
    const local = host();
    const first = await read(local);
    await fake.pueue.runs('echo oops; exit 1');
    assert.equal((await local.problem()).code, 'badReply');
    await show(recorded);
    const second = await read(local);
    assert.deepEqual(second.queue, first.queue);
    local.tap.cut();
    const third = await read(local);
    assert.deepEqual(third.queue, first.queue);
    assert.notEqual(third.queue.jobs, second.queue.jobs, 'another helper knows nothing of what is held');
    await show({ ...recorded, tasks: { x: {} } });
    assert.equal((await local.problem()).code, 'badReply');
  });

  it('tells a change of the environment of a job to nobody', async () => {
    const local = host();
    await read(local);
    const status = copy(recorded);
    for (const task of Object.values(status.tasks)) task['envs'] = { A: 'another secret' };
    await show(status);
    await read(local);
    assert.deepEqual(Object.keys(await lastReply(local)).sort(), ['t']);
  });

  it('is right for each of several at once, whatever order they end in', async () => {
    const status = copy(recorded);
    await show(status);
    const local = host();
    await read(local);
    for (let round = 0; round < 5; round++) {
      status.tasks[String(1000 + round)] = { ...lenders[0], id: 1000 + round };
      await show(status);
      const expected = queueOf(status);
      const readings = await Promise.all(Array.from({ length: 6 }, () => read(local)));
      for (const { queue } of readings) assert.deepEqual(queue, expected);
    }
    await read(local);
    assert.deepEqual(Object.keys(await lastReply(local)).sort(), ['t']);
  });

  type Step =
    | { readonly kind: 'change' | 'add'; readonly id: number; readonly lender: number; readonly label: string }
    | { readonly kind: 'remove'; readonly id: number }
    | { readonly kind: 'group'; readonly paused: boolean; readonly there: boolean }
    | { readonly kind: 'clean' | 'read' | 'twice' | 'cut' }
    | { readonly kind: 'cancel'; readonly afterMs: number }
    | { readonly kind: 'lose'; readonly bytes: number };
  const id = fc.integer({ min: 0, max: 30 });
  const lender = fc.nat(lenders.length - 1);
  const step: fc.Arbitrary<Step> = fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('change', 'add'), id, lender, label: fc.string() }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('remove'), id }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('group'), paused: fc.boolean(), there: fc.boolean() }) },
    { weight: 5, arbitrary: fc.record({ kind: fc.constantFrom('clean', 'read', 'read', 'read', 'twice', 'cut') }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('cancel'), afterMs: fc.nat(15) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('lose'), bytes: fc.nat(200) }) },
  );

  /** @returns whether the step is one of the queue, and no reading */
  function change(status: Status, how: Step): boolean {
    switch (how.kind) {
      case 'change':
      case 'add':
        status.tasks[how.id] = { ...lenders[how.lender], id: how.id, label: how.label };
        return true;
      case 'remove':
        drop(status.tasks, String(how.id));
        return true;
      case 'group':
        delete status.groups['odd'];
        if (how.there) status.groups['odd'] = { status: how.paused ? 'Paused' : 'Running', parallel_tasks: 2 };
        return true;
      case 'clean':
        for (const key of Object.keys(status.tasks)) drop(status.tasks, key);
        return true;
      default:
        return false;
    }
  }

  it('always gives the queue of the host, however it changes and whichever replies are lost, cancelled or overtaken', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
        const status = copy(recorded);
        await replace(status);
        const local = host();
        let known: readonly Job[] = [];
        const check = async (): Promise<void> => {
          const { connections } = local.tap;
          const { queue } = await read(local);
          assert.deepEqual(queue, queueOf(status));
          if (connections === local.tap.connections) {
            const held = new Map(known.map((job) => [JSON.stringify(job), job]));
            for (const job of queue.jobs)
              assert.equal(job, held.get(JSON.stringify(job)) ?? job, 'it keeps its object');
          }
          known = queue.jobs;
        };
        await check();
        for (const each of steps) {
          if (change(status, each)) {
            await replace(status);
            continue;
          }
          if (each.kind === 'cut') local.tap.cut();
          else if (each.kind === 'lose') {
            local.tap.cutAfter(each.bytes + 1);
            known = [];
            await check();
          } else if (each.kind === 'cancel') {
            // It may have read, or have opened a session in which nothing is held.
            known = [];
            const abort = new AbortController();
            const reading = read(local, abort.signal).then(
              ({ queue }) => {
                assert.deepEqual(queue, queueOf(status));
              },
              (error: unknown) => {
                assert.ok(isProblemError(error) && error.problem.code === 'cancelled', String(error));
              },
            );
            await pause(each.afterMs);
            abort.abort();
            await reading;
          } else if (each.kind === 'twice') {
            await Promise.all([read(local), read(local)]);
            known = [];
          } else await check();
        }
        await check();
        local.reader.close();
      }),
      { numRuns: process.env['DELTA_RUNS'] === undefined ? 15 : Number(process.env['DELTA_RUNS']), endOnFailure: true },
    );
  });

  it('keeps what the client holds, and of what it may hold no more than the last few, however many replies were lost', async () => {
    const script = `import json,sys
sys.path.insert(0,'src/host/helper')
import deltas
known=deltas.Deltas()
known.begin('asked')
reply=lambda held,label: known.reply('asked',held,{},{'1':{'label':label}})[1]
numbers=[reply(None,'first')]
for turn in range(20): numbers.append(reply(known.recall(1)[1],str(turn)))
later=numbers[-1][0]
print(json.dumps([numbers[:2],numbers[-1],len(known._sent),known.recall(later)[1] is not None,len(known._sent),known.recall(1)[1]]))`;
    const { stdout } = await promisify(execFile)('python3', ['-B', '-c', script]);
    assert.deepEqual(JSON.parse(stdout), [
      [
        [1, null],
        [2, 1],
      ],
      [21, 1],
      5,
      true,
      1,
      null,
    ]);
  });

  it('goes on where the client says a number that nobody knows', async () => {
    await rm(join(fake.pueue.home, 'c'), { force: true, recursive: true });
    const local = host();
    const { queue } = await read(local);
    // More readings than are remembered, all of them thrown away.
    for (let count = 0; count < 8; count++) {
      const abort = new AbortController();
      const reading = read(local, abort.signal);
      await pause(20);
      abort.abort();
      await reading.catch((error: unknown) => {
        assert.ok(isProblemError(error));
      });
    }
    assert.equal((await read(local)).queue.jobs.length, queue.jobs.length);
  });
});
