/** When a host that cannot be read is examined, and what of it is told. */
import assert from 'node:assert/strict';
import type { HostExamination } from '../../../../src/core/doctor/hostExamination';
import { HostDoctor } from '../../../../src/core/doctor/hostDoctor';
import { daemonDown, linkLost, pueueMissing, unexpectedReading } from '../../../../src/core/hostProblems';
import { ProblemError, type Problem } from '../../../../src/core/problem';
import type { HostState } from '../../../../src/core/watch/hostWatch';
import { daemon, examination } from '../../../support/examination';
import { FakeClock } from '../../../support/fakeClock';

const down = daemonDown('gpu-1', ['pueue']);
const missing = pueueMissing('gpu-1', ['PATH']);
const lost = linkLost('gpu-1', 'cut');
const broken = examination({
  daemons: [],
  pueue: { path: null, looked: ['PATH'] },
  config: { path: '/c.yml', origin: 'default', exists: false },
});
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

class Patient {
  readonly clock = new FakeClock();
  readonly asked: AbortSignal[] = [];
  readonly unexpected: unknown[] = [];
  changes = 0;
  answer: () => Promise<HostExamination> = () => Promise.resolve(broken);
  readonly watch = {
    name: 'gpu-1',
    state: { reading: null, problem: null, question: null } as HostState,
    onDidChange: (listener: () => void): void => {
      this.#changed = listener;
    },
  };
  #changed = (): void => undefined;
  readonly doctor = new HostDoctor({
    watch: this.watch,
    clock: this.clock,
    onUnexpected: (error) => {
      this.unexpected.push(error);
      return unexpectedReading('gpu-1');
    },
    reader: {
      examine: (signal) => {
        this.asked.push(signal);
        return this.answer();
      },
    },
  });

  constructor() {
    this.doctor.onDidChange(() => {
      this.changes += 1;
    });
  }

  async has(problem: Problem | null): Promise<void> {
    this.watch.state = { ...this.watch.state, problem };
    this.#changed();
    await turn();
  }

  get told(): string[] {
    return this.doctor.telling.map(({ subject }) => subject);
  }
}

describe('a host that cannot be read', () => {
  let patient: Patient;
  beforeEach(() => {
    patient = new Patient();
  });

  it('is examined once, however often it is tried, and tells what may explain it', async () => {
    for (let times = 0; times < 5; times++) await patient.has({ ...down });
    assert.equal(patient.asked.length, 1);
    assert.deepEqual(patient.told, ['pueue', 'configuration', 'daemon']);
    assert.equal(patient.changes, 1);
  });

  it('is not told again what its problem says already', async () => {
    await patient.has(missing);
    assert.deepEqual(patient.told, ['daemon']);
  });

  it('is examined again for another reason, after ten minutes, and when a person asks', async () => {
    await patient.has(down);
    await patient.has(missing);
    assert.equal(patient.asked.length, 2);
    patient.clock.advance(9 * 60_000);
    await patient.has(missing);
    assert.equal(patient.asked.length, 2);
    patient.clock.advance(60_000);
    await patient.has(missing);
    assert.equal(patient.asked.length, 3);
    patient.doctor.lookAgain();
    await patient.has(missing);
    assert.equal(patient.asked.length, 4);
  });

  it('is not examined where it was not reached, and nothing old is told of it', async () => {
    await patient.has(lost);
    assert.equal(patient.asked.length, 0);
    await patient.has(down);
    await patient.has(lost);
    assert.deepEqual([patient.asked.length, patient.told, patient.changes], [1, [], 2]);
  });

  it('that is well again tells nothing, and is examined anew the next time', async () => {
    await patient.has(down);
    await patient.has(null);
    assert.deepEqual(patient.told, []);
    await patient.has(down);
    assert.equal(patient.asked.length, 2);
  });

  it('that is well again before the answer comes tells nothing', async () => {
    let answer: (found: HostExamination) => void = () => undefined;
    patient.answer = () => new Promise((resolve) => (answer = resolve));
    await patient.has(down);
    await patient.has(null);
    answer(broken);
    await turn();
    assert.deepEqual([patient.told, patient.changes], [[], 0]);
  });

  it('tells nothing where nothing is wrong, or where it cannot be examined', async () => {
    patient.answer = () => Promise.resolve(examination({ daemons: [daemon()] }));
    await patient.has(down);
    patient.answer = () => Promise.reject(new ProblemError(lost));
    await patient.has(missing);
    assert.deepEqual([patient.told, patient.changes, patient.unexpected.length], [[], 0, 0]);
  });

  it('passes on an error that nobody expected', async () => {
    patient.answer = () => Promise.reject(new TypeError('ours'));
    await patient.has(down);
    assert.equal(patient.unexpected.length, 1);
  });

  it('is not waited for when it is closed', async () => {
    await patient.has(down);
    patient.doctor.close();
    assert.equal(patient.asked[0]!.aborted, true);
  });
});
