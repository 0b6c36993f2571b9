/** What others do to the queue while jobs are added, at the very moments between two commands of ours; on both versions. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { isProblemError } from '../../src/core/problem';
import { startPueueHost, type PueueHost } from '../lab/pueueHost';
import { jobStates, untilStates } from '../lab/queueState';
import { add, addJobs, jobToAdd, rawTasks, targetOf } from '../support/addJobs';
import { localHost } from '../support/localHost';

for (const version of ['4.0.4', '3.4.1'] as const)
  describe(`a queue that changes while jobs are added, on pueue ${version}`, () => {
    let host: PueueHost;
    const work = { command: 'python run.py', label: 'DOGE@250' };
    const absentWork = () => ({
      labels: [{ group: 'default', label: work.label }],
      commands: [{ directory: join(host.home, 'project'), command: work.command }],
      withoutFlag: null,
    });

    beforeEach(async () => {
      host = await startPueueHost({ version, clientIn: '.cargo/bin' });
      await host.must(['pause', '--wait', '--all']);
    });

    afterEach(async () => {
      await host.stop();
    });

    /** Adds through a client that does something of its own right before or after one command of ours. */
    const addWith = async (
      command: 'add' | 'enqueue' | 'remove',
      when: 'before' | 'after' | 'instead',
      script: string,
      jobs = [jobToAdd(host, work), jobToAdd(host, { command: 'true' })],
      more: Parameters<typeof add>[2] = { absent: absentWork() },
      failing = 'nothing',
    ) => {
      const client = join(host.home, 'client');
      // Without the key of our job, which stands in the environment of our client.
      const other = `env -u PUEUE_WORKER_ID ${host.pueue} -c ${host.config}`;
      const does = script.replaceAll('PUEUE', other);
      const lines = [
        '#!/bin/sh',
        `case " $* " in *" ${failing} "*) exit 1;; *" ${command} "*) ours=1;; *) ours=;; esac`,
        when === 'after' ? '' : `[ -z "$ours" ] || { ${does}; } >/dev/null 2>&1`,
        when === 'instead' ? '[ -z "$ours" ] || exit 1' : '',
        `${host.pueue} "$@"; code=$?`,
        when === 'after' ? `[ -z "$ours" ] || { ${does}; } </dev/null >/dev/null 2>&1` : '',
        'exit $code',
      ];
      await writeFile(client, `${lines.join('\n')}\n`);
      await chmod(client, 0o755);
      const local = localHost(host.env, { pueue: client });
      try {
        return await add(local, jobs, more);
      } finally {
        local.reader.close();
      }
    };

    it('takes its job back where somebody else queues the same work before they are enqueued', async () => {
      const answer = await addWith('add', 'after', `PUEUE add -- '${work.command}'`, [jobToAdd(host, work)], {
        absent: { ...absentWork(), commands: [{ directory: host.home, command: work.command }] },
      });
      assert.deepEqual(
        answer.added.map(({ outcome, newId }) => [outcome, newId]),
        [['refused', null]],
      );
      assert.match(answer.added[0]!.why!, /job \d+ has the same command and is queued/u);
      assert.deepEqual(
        (await rawTasks(host)).map(({ label }) => label),
        [null],
      );
    });

    it('takes its jobs back where the source is started again meanwhile', async () => {
      await host.must(['start', '--all']);
      const id = await host.add('false');
      await untilStates(host, new Map([[id, 'Failed']]));
      await host.must(['pause', '--wait', '--all']);
      const source = await targetOf(host, id, 'failed');
      const answer = await addWith('add', 'after', `PUEUE restart --in-place ${id}`, [jobToAdd(host, { source })]);
      assert.equal(answer.added[0]?.outcome, 'refused');
      assert.match(answer.added[0].why!, new RegExp(`job ${id} is `, 'u'));
      assert.equal((await rawTasks(host)).length, 1);
    });

    it('leaves nothing behind where pueue does not add one of them', async () => {
      const before = (await rawTasks(host)).length;
      const marker = join(host.home, 'second');
      // The first one is added, the second is not.
      const fails = `[ ! -e ${marker} ] && touch ${marker} || exit 1`;
      const failing = await addWith('add', 'before', fails);
      assert.ok(failing.added.every(({ outcome, newId }) => outcome === 'refused' && newId === null));
      assert.match(failing.added[0]!.why!, /pueue did not add it/u);
      assert.equal((await rawTasks(host)).length, before);
    });

    it('names what it cannot take back: stashed, so that it never starts', async () => {
      const same = { ...absentWork(), commands: [{ directory: host.home, command: work.command }] };
      const script = `PUEUE add -- '${work.command}'`;
      const answer = await addWith('add', 'after', script, [jobToAdd(host, work)], { absent: same }, 'remove');
      const [added] = answer.added;
      assert.equal(added?.outcome, 'refused');
      assert.match(added.why!, /has the same command.*It is left stashed/u);
      assert.equal((await jobStates(host)).get(added.newId!), 'Stashed');
    });

    it('says so where a job cannot be enqueued: it is left stashed, under its id', async () => {
      const answer = await addWith('enqueue', 'instead', 'true', [jobToAdd(host, work)]);
      const [added] = answer.added;
      assert.equal(added?.outcome, 'refused');
      assert.match(added.why!, /left stashed/u);
      assert.equal((await jobStates(host)).get(added.newId!), 'Stashed');
    });

    it('names what happened between its last look and the enqueueing', async () => {
      const same = `PUEUE add --label ${work.label}-retry -- true`;
      const answer = await addWith('enqueue', 'before', same, [jobToAdd(host, work)]);
      assert.equal(answer.added[0]?.outcome, 'added');
      assert.match(answer.noticed.join(), /job 1 has the same label and is queued/u);
    });

    it('names a job of its own that was removed meanwhile', async () => {
      const answer = await addWith('enqueue', 'after', 'PUEUE remove 0', [jobToAdd(host, work)]);
      assert.match(answer.added[0]?.why ?? '', /gone by now/u);
    });

    it('does not call a job refused that somebody else has started before it was looked at', async () => {
      const answer = await addWith('add', 'after', 'PUEUE start 0', [jobToAdd(host, { command: 'sleep 60' })]);
      assert.deepEqual([...(await jobStates(host))], [[0, 'Running']]);
      assert.equal(answer.added[0]?.outcome, 'lost');
      assert.match(answer.added[0].why ?? '', /somebody else has started or removed it/u);
    });

    it('adds nothing that would wait for another job than was meant by its id', async () => {
      const id = await host.add('true');
      const parents = [{ id, createdAt: '2020-01-01T00:00:00Z' }];
      const outcome: unknown = await addWith('add', 'before', 'true', [jobToAdd(host, { after: [id] })], {
        parents,
      }).catch((error: unknown) => error);
      assert.ok(isProblemError(outcome));
      assert.match(outcome.problem.message, new RegExp(`job ${id}, which is to be waited for, is another one`, 'u'));
      assert.equal((await rawTasks(host)).length, 1);
    });

    it('says after a lost answer what went into quarantine, and of what that is not known', async () => {
      const act = addJobs([jobToAdd(host)]);
      const run = async (put: string, id: string): Promise<unknown> => {
        const script = `import json, os, sys, threading
sys.path.insert(0, 'src/host/helper')
sys.dont_write_bytecode = True
import adding, operations, quarantine
def put(act, root, entries):
    ${put}
quarantine.put = put
adding._Adding.add = lambda *_: os._exit(0)
request = json.loads(sys.argv[1])
entry = {'kind': 'directory', 'inode': str(os.lstat('/').st_ino), 'bytes': None, 'modified': os.lstat('/').st_mtime}
request.update(act='${id}', quarantine=[{'root': '/r', 'entries': [dict(entry, path='/')]}])
if len(sys.argv) == 2: operations.OPERATIONS['act.add'](request, threading.Event())
print(json.dumps(operations.OPERATIONS['resolveAct'](request, threading.Event())['answer']['targets']))`;
        const argv = ['-B', '-c', script, JSON.stringify(act)];
        await promisify(execFile)('python3', argv, { env: host.env });
        const { stdout } = await promisify(execFile)('python3', [...argv, 'resolve'], { env: host.env });
        return JSON.parse(stdout);
      };
      const done = { target: '/', outcome: 'done', why: '/q/0' };
      assert.deepEqual(await run(`return [${JSON.stringify(done).replace('null', 'None')}]`, randomUUID()), [done]);
      assert.deepEqual(await run('os._exit(0)', randomUUID()), [{ target: '/', outcome: 'lost', why: null }]);
    });

    it('refuses the same work where a lost act has left it stashed', async () => {
      await addWith('enqueue', 'instead', 'true', [jobToAdd(host, work)]);
      const again: unknown = await addWith('add', 'before', 'true', [jobToAdd(host, work)]).catch(
        (error: unknown) => error,
      );
      assert.ok(isProblemError(again));
      assert.match(again.problem.message, /job 0 has the same label and is stashed/u);
    });

    it('puts checkpoints away before a job is added, and adds none where that fails', async () => {
      const root = join(host.home, 'checkpoints');
      await mkdir(root);
      const entry = join(root, 'DOGE.json');
      await writeFile(entry, '{}');
      const run = async (put: string): Promise<string> => {
        const act = addJobs([jobToAdd(host, { stashed: true })]);
        const script = `import json, os, sys, threading
sys.path.insert(0, 'src/host/helper')
sys.dont_write_bytecode = True
import acts, operations, quarantine
status = os.lstat(${JSON.stringify(entry)})
listed = {'path': ${JSON.stringify(entry)}, 'kind': 'file', 'inode': str(status.st_ino), 'bytes': status.st_size, 'modified': status.st_mtime}
seen = []
def put(act, root, entries):
    seen.append([act.intended, len(act.commands)])
    ${put}
quarantine.put = put
request = json.loads(sys.argv[1])
request.update(act=request['id'], quarantine=[{'root': ${JSON.stringify(root)}, 'entries': [listed]}])
print(json.dumps([operations.OPERATIONS['act.add'](request, threading.Event()), seen]))`;
        const { stdout } = await promisify(execFile)('python3', ['-B', '-c', script, JSON.stringify(act)], {
          env: host.env,
        });
        return stdout;
      };
      const outcome = (word: string): string =>
        `return [{'target': entries[0]['path'], 'outcome': '${word}', 'why': '/q/DOGE.json'}]`;
      for (const failing of [outcome('failed'), "raise acts.Refused('stale', what='DOGE.json is another one.')"]) {
        const [{ answer }] = JSON.parse(await run(failing)) as [{ answer: { added: { outcome: string }[] } }];
        assert.deepEqual(
          answer.added.map((each) => each.outcome),
          ['refused'],
        );
        assert.equal((await rawTasks(host)).length, 0);
      }
      const [done, seen] = JSON.parse(await run(outcome('done'))) as [{ answer: Record<string, unknown> }, unknown];
      assert.deepEqual(seen, [[true, 0]]);
      assert.deepEqual(done.answer['targets'], [{ target: entry, outcome: 'done', why: '/q/DOGE.json' }]);
      assert.equal((await rawTasks(host)).length, 1);
      assert.ok((await readFile(entry, 'utf8')) === '{}');
    });
  });
