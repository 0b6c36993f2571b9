/** Which process belongs to which run, where reality cannot be had at will: numbers given anew, other daemons, refusals. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { canarySecret } from '../lab/scenarios';
import { recordedStatus } from '../support/fixtures';

/** A process as a host shows it. `born` counts seconds from the beginning of the story. */
interface Told {
  readonly pid: number;
  readonly parent?: number;
  readonly group?: number;
  readonly session?: number;
  readonly born: number;
  readonly name?: string;
  /** Logs that it can write to. */
  readonly logs?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly refuses?: boolean;
  /** It runs as another user. */
  readonly theirs?: boolean;
}

/** A job as pueue tells of it. Times as for processes; without `end` it runs. */
interface ToldJob {
  readonly id: number;
  readonly start: number | null;
  readonly end?: number;
  readonly envs?: Readonly<Record<string, string>>;
}

interface Look {
  readonly jobs: readonly ToldJob[];
  readonly processes: readonly Told[];
  readonly at: number;
  /** Pids of processes that are no part of a job, with the time when that was said. */
  readonly released?: Readonly<Record<number, number>>;
}

interface Found {
  /** Pids by job. */
  readonly runs: Readonly<Record<string, readonly number[]>>;
  readonly unseen: number;
  readonly refused: number;
  readonly untraced?: string;
}

const script = `import json, os, sys
sys.path.insert(0, 'src/host/helper')
sys.dont_write_bytecode = True
import processes, runs, tracing
looks = json.load(sys.stdin)
EPOCH = 1790000000
def moment(seconds):
    return __import__('datetime').datetime.fromtimestamp(EPOCH + seconds, __import__('datetime').timezone.utc).isoformat()
def task(job):
    times = {'start': job['start'] is not None and moment(job['start']), 'end': 'end' in job and moment(job['end'])}
    status = 'Queued' if job['start'] is None else 'Running' if 'end' not in job else {'Done': 'Killed'}
    return dict(times, id=job['id'], created_at=moment(0), status=status)
told = {}
def make(each):
    process = processes.Process.__new__(processes.Process)
    process.pid, process.parent = each['pid'], each.get('parent', 1)
    process.group, process.session = each.get('group', each['pid']), each.get('session', 1)
    process.name = each.get('name', 'python').encode()
    process.ticks, process.booted, process.born = int(each['born'] * 100), each['born'], EPOCH + each['born']
    return process
processes.is_own = lambda process: not told[process.pid].get('theirs')
processes.written_logs = lambda process: processes.REFUSED if told[process.pid].get('refuses') else told[process.pid].get('logs', [])
processes.environment_of = lambda process: {name.encode(): value.encode() for name, value in told[process.pid].get('environment', {}).items()}
processes.arguments_of = lambda process: ['x']
processes.table = lambda: {each['pid']: make(each) for each in told.values()}
os.getpid = lambda: 900
os.path.realpath = lambda path: path
os.path.isdir = lambda path: True
tracer, marks, answers = tracing.Tracer(), runs.Marks(), []
for look in looks:
    told = {each['pid']: each for each in look['processes']}
    jobs = []
    for job in look['jobs']:
        run = runs.Run(task(job), EPOCH - 100)
        run.mark = marks.of(job.get('envs'))
        jobs.append(run)
    released = {make(told[int(pid)]).identity: EPOCH + at for pid, at in look.get('released', {}).items()}
    daemon = make(told[10]) if 10 in told else None
    answer = tracer.trace(jobs, '/p/task_logs', daemon, EPOCH + look['at'], released)
    answer['runs'] = {str(run['id']): [each[0] for each in run['processes']] for run in answer.get('runs', [])}
    answers.append(answer)
print(json.dumps(answers))`;

async function look(...looks: Look[]): Promise<Found[]> {
  const child = promisify(execFile)('python3', ['-B', '-c', script]);
  child.child.stdin!.end(JSON.stringify(looks));
  return JSON.parse((await child).stdout) as Found[];
}

const daemon: Told = { pid: 10, born: -50, name: 'pueued', session: 9 };
const log = (id: number): string => `/p/task_logs/${id}.log`;
const killed: ToldJob = { id: 1, start: 10, end: 20, envs: { A: '1', PUEUE_WORKER_ID: '0' } };
const environment = { ...killed.envs, MORE: '2' };

describe('the tracing of processes', () => {
  const rows: [string, Told[], number[]][] = [
    ['can write to the log', [{ pid: 20, born: 11, logs: [log(1)] }], [20]],
    ['can write to the log, and was born after the job ended', [{ pid: 20, born: 30, logs: [log(1)] }], [20]],
    ['was born during the run with its whole environment', [{ pid: 20, born: 19, environment }], [20]],
    ['was born before the run', [{ pid: 20, born: 9, environment }], []],
    ['was born after the run', [{ pid: 20, born: 21, environment }], []],
    ['lacks a variable', [{ pid: 20, born: 11, environment: { A: '1' } }], []],
    ['has another value', [{ pid: 20, born: 11, environment: { ...environment, A: '2' } }], []],
    ['has a parent in the run', [{ pid: 20, born: 11, environment }, { pid: 21, parent: 20, born: 40 }], [20, 21]],
    ['shares a group with one', [{ pid: 20, group: 5, born: 11, environment }, { pid: 21, group: 5, born: 10.5 }], [21, 20]],
    ['is in the session of one', [{ pid: 20, session: 20, born: 11, environment }, { pid: 21, session: 20, born: 40 }], [20, 21]],
    ['shares the group of the daemon only', [{ pid: 20, group: 10, born: 11, environment }, { pid: 21, group: 10, born: 40 }], [20]],
    ['shares the session of the daemon only', [{ pid: 20, session: 9, born: 11, environment }, { pid: 21, session: 9, born: 40 }], [20]],
    ['refuses to be read, but has a parent in the run', [{ pid: 20, born: 11, environment }, { pid: 21, parent: 20, born: 12, refuses: true }], [20, 21]],
    ['can write to the log, which was deleted', [{ pid: 20, born: 11, logs: [`${log(1)} (deleted)`] }], [20]],
    ['is of another user, whatever it shows', [{ pid: 20, born: 11, environment, theirs: true }], []],
    ['is of another user, and has a parent in the run', [{ pid: 20, born: 11, environment }, { pid: 21, parent: 20, born: 12, theirs: true }], [20, 21]],
    ['can write to the log of another daemon', [{ pid: 20, born: 11, environment, logs: ['/q/task_logs/1.log'] }], []],
    ['can write to both', [{ pid: 20, born: 11, logs: ['/q/task_logs/1.log', log(1)] }], [20]],
  ]; // prettier-ignore
  for (const [what, processes, expected] of rows)
    it(`${expected.includes(processes.at(-1)!.pid) ? 'counts' : 'does not count'} a process that ${what}`, async () => {
      const [found] = await look({ jobs: [killed], processes: [daemon, ...processes], at: 50 });
      assert.deepEqual(found!.runs['1'] ?? [], expected);
    });

  it('leaves the jobs of another daemon alone, with what they started, whatever environment they have', async () => {
    const other = { pid: 11, born: -40, name: 'pueued' };
    const shell = { pid: 20, parent: 11, born: 11, environment };
    const child = { pid: 21, parent: 20, born: 12, environment };
    const [found] = await look({ jobs: [killed], processes: [daemon, other, shell, child], at: 50 });
    assert.deepEqual(found!.runs, {});
  });

  it('traces nothing where a job of the daemon prints to another directory than was found', async () => {
    const shell = { pid: 20, parent: 10, born: 10, logs: ['/q/task_logs/1.log'] };
    const [found] = await look({ jobs: [{ id: 1, start: 10 }], processes: [daemon, shell], at: 50 });
    assert.equal(found!.untraced, 'noLogs');
  });

  it('traces nothing where no daemon is among the processes: then its jobs are elsewhere too', async () => {
    const [found, other] = await look(
      { jobs: [killed], processes: [{ pid: 20, born: 11 }], at: 50 },
      { jobs: [killed], processes: [{ ...daemon, pid: 12 }], at: 50 },
    );
    assert.equal(found!.untraced, 'noDaemon');
    assert.deepEqual(other!.runs, {}, 'one whose pid is not known is enough');
  });

  it('keeps what it saw of a live run, also what has hidden itself since and what a member started and left', async () => {
    const live = { ...killed, end: undefined } as unknown as ToldJob;
    const shell = { pid: 20, parent: 10, group: 20, session: 9, born: 10, logs: [log(1)] };
    const child = { pid: 21, parent: 20, group: 21, session: 21, born: 11 };
    const [before, after, later] = await look(
      { jobs: [JSON.parse(JSON.stringify(live)) as ToldJob], processes: [daemon, shell, child], at: 15 },
      { jobs: [killed], processes: [daemon, { ...child, parent: 1 }, { pid: 22, group: 20, born: 18 }], at: 50 },
      { jobs: [killed], processes: [daemon, { pid: 23, group: 77, session: 21, born: 55 }], at: 60 },
    );
    assert.deepEqual(before!.runs, {});
    assert.deepEqual([after!.runs['1'], after!.unseen], [[21, 22], 0]);
    assert.deepEqual(later!.runs['1'], [23]);
  });

  it('does not take a process for one of a run whose number it was given anew', async () => {
    const [first, second] = await look(
      { jobs: [killed], processes: [daemon, { pid: 20, born: 11, environment }], at: 30 },
      { jobs: [killed], processes: [daemon, { pid: 20, born: 40 }, { pid: 21, group: 20, born: 41 }], at: 50 },
    );
    assert.deepEqual([first!.runs, second!.runs], [{ 1: [20] }, {}]);
  });

  it('takes no process of a job that began after the status for one of an earlier run', async () => {
    const queued = { id: 1, start: null };
    const shell = { pid: 20, parent: 10, born: 29.99, logs: [log(1)] };
    const [found, later] = await look(
      { jobs: [queued], processes: [daemon, shell], at: 30 },
      { jobs: [{ id: 1, start: 29.99 }], processes: [daemon, shell], at: 60 },
    );
    assert.deepEqual([found!.runs, later!.runs], [{}, {}]);
  });

  it('tells two jobs apart that had the same environment one after the other', async () => {
    const next = { ...killed, id: 2, start: 20.1, end: 30 };
    const processes = [19.9, 20.2].map((born, index) => ({ pid: 20 + index, born, environment }));
    const [found] = await look({ jobs: [next, killed], processes: [daemon, ...processes], at: 50 });
    assert.deepEqual(found!.runs, { 1: [20], 2: [21] });
  });

  it('finds the run among many that are over', async () => {
    const jobs = Array.from({ length: 500 }, (_, id) => ({
      id,
      start: id,
      end: id + (id === 3 ? 490 : 0.8),
      envs: { A: `${id}` },
    }));
    const processes = [3, 250, 499].map((id) => ({
      pid: 1000 + id,
      born: id === 3 ? 400 : id + 0.5,
      environment: { A: `${id}` },
    }));
    const [found] = await look({ jobs, processes: [daemon, ...processes], at: 600 }); // prettier-ignore
    assert.deepEqual(found!.runs, { 3: [1003], 250: [1250], 499: [1499] });
  });

  it('does not count a process that is said to be no part of its job, nor what it starts from then on', async () => {
    const server = { pid: 20, born: 11, environment };
    const children = [25, 35].map((born, index) => ({ pid: 21 + index, parent: 20, group: 21 + index, born }));
    const grandchild = { pid: 23, parent: 22, born: 36 };
    const story = { jobs: [killed], processes: [daemon, server, ...children, grandchild], at: 50 };
    const [found] = await look({ ...story, released: { 20: 30 } });
    assert.deepEqual(found!.runs, { 1: [21] });
    const [all] = await look({ ...story, released: { 20: 30, 21: 40 } });
    assert.deepEqual(all!.runs, {});
  });

  it('counts processes that refuse to be read where they could be of a job', async () => {
    const refused = [9, 12, 30].map((born, index) => ({ pid: 20 + index, born, refuses: true }));
    const [found] = await look({ jobs: [killed], processes: [daemon, ...refused], at: 50 });
    assert.deepEqual([found!.refused, found!.unseen], [2, 1]);
    const login = [
      { pid: 899, born: 12, refuses: true },
      { pid: 900, parent: 899, born: 13, environment },
    ];
    const [own] = await look({ jobs: [killed], processes: [daemon, ...refused, ...login], at: 50 });
    assert.deepEqual([own!.refused, own!.runs], [2, {}], 'not the server of the helper’s own login, nor the helper');
    const theirs = refused.map((process) => ({ ...process, theirs: true }));
    const [strangers] = await look({ jobs: [killed], processes: [daemon, ...theirs], at: 50 });
    assert.equal(strangers!.refused, 0, 'whom sudo and the like let run as another user has its kin');
    const [idle] = await look({ jobs: [], processes: [daemon, ...refused], at: 50 });
    assert.deepEqual([idle!.refused, idle!.unseen], [0, 0]);
  });
});

describe('the command line of a process', () => {
  it('ends before its environment, also where the process wrote over the end of its arguments', async () => {
    // The only argument is the name of the interpreter, so that nothing else ends it.
    const program = `import ctypes, os, sys
sys.path.insert(0, 'src/host/helper')
sys.dont_write_bytecode = True
import processes
end = int(open('/proc/self/stat').read().rsplit(')', 1)[1].split()[46])
ctypes.memset(end - 1, ord('!'), 1)
print(open('/proc/self/cmdline').read(), processes.arguments_of(processes.find(os.getpid())), sep='|')`;
    const child = promisify(execFile)('python3', [], { env: { CANARY: canarySecret } });
    child.child.stdin!.end(program);
    const [shown, told] = (await child).stdout.trim().split('|');
    assert.equal(shown, `python3!CANARY=${canarySecret}\0`, 'the kernel shows the environment');
    assert.equal(told, "['python3!']");
  });
});

describe('the runs of a status', () => {
  const python = async (text: string, input = ''): Promise<unknown> => {
    const begin =
      "import json, sys\nsys.path.insert(0, 'src/host/helper')\nsys.dont_write_bytecode = True\nimport runs\n";
    const child = promisify(execFile)('python3', ['-B', '-c', begin + text]);
    child.child.stdin!.end(input);
    return JSON.parse((await child).stdout);
  };

  for (const version of ['4.0.4', '3.4.1'] as const)
    it(`of pueue ${version} are those that can have a process, since the host booted`, async () => {
      const read = `tasks = json.load(sys.stdin)['tasks'].values()
def told(booted_at):
    read = [runs.Run(task, booted_at) for task in tasks]
    return [[run.key[0] for run in read if run.live], [run.key[0] for run in read if run.earliest is not None and not run.live]]
print(json.dumps([told(None), told(runs.seconds('2026-11-24T09:00:00Z'))]))`;
      assert.deepEqual(await python(read, recordedStatus(version)), [
        [
          [0, 1],
          [2, 3, 4, 5],
        ],
        [[0, 1], []],
      ]);
    });

  it('have times in any time zone, to the fraction, or none', async () => {
    const texts = ['1970-01-01T00:00:01.5Z', '1970-01-01T02:00:01.250000000+02:00', '1969-12-31T18:30:00-05:30'];
    const wrong = ['1970-13-01T00:00:00Z', '1970-01-01T00:00:00', 'x', '', null, 3];
    const all = JSON.stringify([...texts, ...wrong]);
    assert.deepEqual(await python('print(json.dumps([runs.seconds(each) for each in json.load(sys.stdin)]))', all), [
      1.5,
      1.25,
      0,
      ...wrong.map(() => null),
    ]);
  });

  it('are told apart by their environments, and an empty one tells nothing', async () => {
    const script = `marks = runs.Marks()
one, other = marks.of({'A': '1', 'B': 'ä'}), marks.of({'B': '2', 'A': '1'})
environment = {b'A': b'1', b'B': 'ä'.encode(), b'C': b''}
print(json.dumps([runs.has_mark(environment, one), runs.has_mark(environment, other), one[0] is other[0],
                  marks.of({}), marks.of(None), marks.of({'A': 1}), marks.of({'PWD': '/', 'SHLVL': '1'})]))`;
    assert.deepEqual(await python(script), [true, false, true, null, null, null, null]);
  });
});
