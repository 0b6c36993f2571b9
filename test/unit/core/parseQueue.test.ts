import assert from 'node:assert/strict';
import fc from 'fast-check';
import { jobStateNames, stateName } from '../../../src/core/pueue/job';
import { parseQueue } from '../../../src/core/pueue/parseQueue';
import { recordedQueue, recordedStatus } from '../../support/fixtures';

interface RawTask {
  status: unknown;
  [field: string]: unknown;
}

/** A copy of the recorded status, to be changed. */
function raw(version: '4.0.4' | '3.4.1') {
  return JSON.parse(recordedStatus(version)) as { tasks: Record<string, RawTask>; groups: Record<string, unknown> };
}

function stateOf(change: (task: RawTask) => void, version: '4.0.4' | '3.4.1' = '4.0.4'): string | null {
  const status = raw(version);
  change(status.tasks['0']!);
  const queue = parseQueue(status);
  return queue === null ? null : stateName(queue.jobs[0]!.state);
}

describe('parseQueue', () => {
  for (const version of ['4.0.4', '3.4.1'] as const)
    it(`reads every state that a real pueue ${version} was brought into`, () => {
      const { jobs, groups } = recordedQueue(version);
      assert.deepEqual(
        jobs.map((job) => [job.id, stateName(job.state), job.group, job.label]),
        [
          [0, 'running', 'sweep', 'DOGEUSDT@250'],
          [1, 'paused', 'sweep', 'ETHUSDT@100'],
          [2, 'failed', 'default', 'failing@1'],
          [3, 'succeeded', 'default', 'ok@1'],
          [4, 'failed', 'default', null],
          [5, 'killed', 'sweep', 'killed@1'],
          [6, 'dependencyFailed', 'default', 'child@1'],
          [7, 'failedToSpawn', 'default', 'gone@1'],
          [8, 'queued', 'held', 'held@1'],
          [9, 'queued', 'held', 'after@1'],
          [10, 'stashed', 'default', 'stashed@1'],
          [11, 'scheduled', 'default', 'delayed@1'],
          [12, 'locked', 'default', 'locked@1'],
        ],
      );
      assert.deepEqual(groups, [
        { name: 'default', status: 'running', parallel: 1 },
        { name: 'held', status: 'paused', parallel: 1 },
        { name: 'sweep', status: 'running', parallel: 3 },
      ]);
      assert.deepEqual(jobs[9]!.dependencies, [8]);
      assert.equal(jobs[8]!.priority, 5);
      assert.ok(jobs[0]!.state.kind === 'running' && jobs[0]!.state.start !== null);
      assert.ok(jobs[2]!.state.kind === 'done' && jobs[2]!.state.start !== null && jobs[2]!.state.end !== null);
      assert.deepEqual(jobs[4]!.state.kind === 'done' && jobs[4]!.state.result, { kind: 'failed', exitCode: 127 });
    });

  it('keeps nothing of an environment', () => {
    for (const version of ['4.0.4', '3.4.1'] as const)
      assert.doesNotMatch(JSON.stringify(recordedQueue(version)), /canary/u);
  });

  const strange: [string, unknown][] = [
    ['an unknown word', 'Dreaming'],
    ['an unknown variant', { Dreaming: {} }],
    ['two variants at once', { Running: {}, Queued: {} }],
    ['no variant', {}],
    ['a list', ['Running']],
    ['a number', 3],
    ['nothing', null],
    ['a variant without fields', { Running: 'yes' }],
    ['an unknown result', { Done: { result: 'Vanished' } }],
    ['a result with two words', { Done: { result: { Failed: 1, Killed: 1 } } }],
    ['an exit code that is a text', { Done: { result: { Failed: '1' } } }],
    ['an exit code that is no whole number', { Done: { result: { Failed: 1.5 } } }],
    ['an unknown 3.x result', { Done: 'Vanished' }],
    ['a stash without its time', { Stashed: {} }],
    ['a stash with a time that is none', { Stashed: { enqueue_at: 'tomorrow' } }],
  ];
  for (const [what, status] of strange)
    it(`takes ${what} as unknown, never as idle or done`, () => {
      assert.equal(
        stateOf((task) => (task.status = status)),
        'unknown',
      );
    });

  for (const field of ['id', 'created_at', 'group', 'original_command', 'path', 'label', 'dependencies', 'status'])
    it(`takes a job without ${field} as unknown`, () => {
      const change = (task: RawTask): void => {
        Reflect.deleteProperty(task, field);
      };
      assert.equal(stateOf(change), 'unknown');
      assert.equal(stateOf(change, '3.4.1'), 'unknown');
    });

  it('takes a job under another id than its key as unknown', () => {
    assert.equal(
      stateOf((task) => (task['id'] = 99)),
      'unknown',
    );
  });

  it('takes a task that is no object as an unknown job, and does not drop it', () => {
    const queue = parseQueue({ tasks: { '7': null }, groups: { default: { status: 'Running', parallel_tasks: 1 } } });
    assert.equal(queue!.jobs[0]!.state.kind, 'unknown');
    assert.equal(queue!.jobs[0]!.id, 7);
  });

  for (const parallel of [undefined, null, -1, 1.5, '1'])
    it(`takes a group with ${String(parallel)} slots as unknown`, () => {
      const groups = { default: { status: 'Running', parallel_tasks: parallel } };
      assert.deepEqual(parseQueue({ tasks: {}, groups })!.groups, [
        { name: 'default', status: 'unknown', parallel: null },
      ]);
    });

  it('reads every status of a group, and another as unknown', () => {
    const statuses = ['Running', 'Paused', 'Reset', 'Sleeping', undefined].map((status) => {
      const groups = { g: { status, parallel_tasks: 0 } };
      return parseQueue({ tasks: {}, groups })!.groups[0]!.status;
    });
    assert.deepEqual(statuses, ['running', 'paused', 'reset', 'unknown', 'unknown']);
  });

  it('sorts jobs by number and not by text', () => {
    const task = raw('4.0.4').tasks['0'];
    const { groups } = raw('4.0.4');
    const ids = ['10', '9', '100'];
    const tasks = Object.fromEntries(ids.map((id) => [id, { ...task, id: Number(id) }]));
    assert.deepEqual(
      parseQueue({ tasks, groups })!.jobs.map(({ id }) => id),
      [9, 10, 100],
    );
  });

  it('adds a group that jobs name but the reply lacks, as unknown', () => {
    const status = raw('4.0.4');
    Reflect.deleteProperty(status.groups, 'held');
    assert.deepEqual(
      parseQueue(status)!.groups.filter(({ name }) => name === 'held'),
      [{ name: 'held', status: 'unknown', parallel: null }],
    );
  });

  for (const [what, document] of [
    ['nothing', undefined],
    ['null', null],
    ['a list', []],
    ['a text', 'no'],
    ['an object without tasks', { groups: {} }],
    ['an object without groups', { tasks: {} }],
    ['tasks as a list', { tasks: [], groups: {} }],
    ['a task key that is no id', { tasks: { x1: {} }, groups: {} }],
  ] as const)
    it(`refuses ${what} as a whole`, () => {
      assert.equal(parseQueue(document), null);
    });

  it('is total: whatever stands in a task, it is one job in one state, and never throws', () => {
    const keys = fc.constantFrom(
      'Running',
      'Paused',
      'Queued',
      'Stashed',
      'Locked',
      'Done',
      'Failed',
      'result',
      'enqueue_at',
      '__proto__',
    );
    const status = fc.letrec<{ any: unknown }>((tie) => ({
      any: fc.oneof(
        { maxDepth: 4 },
        keys,
        fc.jsonValue(),
        fc.constantFrom('Success', 'Killed', 'Errored', 'DependencyFailed', '2026-11-24T07:00:00Z'),
        fc.dictionary(keys, tie('any'), { maxKeys: 2 }),
      ),
    })).any;
    const known = new Set<string>(jobStateNames);
    fc.assert(
      fc.property(status, fc.constantFrom('4.0.4' as const, '3.4.1' as const), (value, version) => {
        const document = raw(version);
        document.tasks['0']!.status = value;
        const queue = parseQueue(document);
        assert.ok(queue !== null && queue.jobs.length === 13);
        assert.ok(known.has(stateName(queue.jobs[0]!.state)));
      }),
      { numRuns: 500 },
    );
  });

  it('never throws on any JSON at all', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        parseQueue(value);
        parseQueue({ tasks: value, groups: value });
      }),
    );
  });
});
