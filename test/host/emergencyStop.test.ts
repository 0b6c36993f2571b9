/** Whole emergency stops on real daemons: programs that heed, ignore or have left, what is kept, what is left, and bad days. */
import assert from 'node:assert/strict';
import { readFile, readdir, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stepIds } from '../../src/core/emergency/emergencyPlan';
import { identify, processesAtHome } from '../lab/processes';
import { jobStates, untilStates } from '../lab/queueState';
import { runProgram } from '../lab/runProgram';
import { EmergencyLab, type Stopped } from '../support/emergencyLab';
import { layOutliving } from '../support/survivors';

const states = ({ end }: Stopped): string[] => end.steps.map(({ id, state }) => `${id} ${state}`);
const allDone = stepIds.map((id) => `${id} done`);

/** An interpreter whose programs signal nobody, and look as well as others. */
const powerless = `#!/usr/bin/python3 -ISB
import os, signal, sys
os.kill = lambda *_: None
signal.pidfd_send_signal = lambda *_: None
loader = sys.argv[sys.argv.index('-c') + 1]
sys.argv = ['-c']
exec(loader)
`;

for (const version of ['4.0.4', '3.4.1'] as const)
  describe(`an emergency stop on pueue ${version}`, () => {
    let lab: EmergencyLab;

    /** Programs of jobs of this host that live: not the daemon's, not ours. */
    const living = (): string[] =>
      processesAtHome(lab.host.home)
        .map(({ pid }) => pid)
        .filter((pid) => pid !== lab.host.daemonPid())
        .map(String);
    const programs = async (): Promise<string[]> => {
      const found: string[] = [];
      for (const pid of living()) {
        const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
        if (line.includes('job.py')) found.push(pid);
      }
      return found;
    };

    beforeEach(async () => {
      lab = await EmergencyLab.start(version);
      await lab.host.must(['parallel', '10']);
      await lab.host.must(['group', 'add', 'other']);
      while ((await lab.groups())['other'] === undefined) await new Promise((resolve) => setImmediate(resolve));
    });
    afterEach(() => lab.close());

    it('ends what heeds, ignores, has left or is paused, removes all with their logs, and takes their checkpoints', async () => {
      const { heeds, ignores, escapes, paused } = await lab.begin({ heeds: '', ignores: 'ignore', escapes: 'escape', paused: '' }); // prettier-ignore
      const after = await lab.host.add('true', { after: [heeds!] });
      const late = await lab.host.add('true', { delay: '3h', group: 'other' });
      await lab.host.must(['pause', String(paused)]);
      await untilStates(lab.host, new Map([[paused!, 'Paused'], [after, 'Queued']])); // prettier-ignore
      assert.ok((await programs()).length >= 5);

      const stopped = await lab.stop();
      assert.deepEqual(states(stopped), allDone, stopped.text);
      assert.equal(lab.asked, 5);
      assert.equal(stopped.report.outcome, 'stopped');
      assert.deepEqual(await programs(), []);
      assert.deepEqual([...(await jobStates(lab.host))], []);
      assert.deepEqual(await lab.groups(), { default: 'Paused', other: 'Paused' });
      assert.deepEqual(await lab.checkpoints(), []);

      const places = new Map(stopped.end.moved.map(({ target, why }) => [target, why]));
      const of = async (name: string): Promise<string> =>
        readFile(places.get(join(lab.host.home, 'c', `${name}_1.json`)) ?? '', 'utf8');
      assert.equal(await of('heeds'), '{"saved": "at the end"}', 'what was written while it ended is what is kept');
      assert.equal(await of('paused'), '{"saved": "at the end"}', 'a paused one saw SIGTERM too');
      assert.equal(await of('ignores'), '{"day": 1}');

      const { kept } = stopped.end;
      const { jobs } = JSON.parse(await readFile(kept!.path, 'utf8')) as { jobs: { id: number }[] };
      assert.deepEqual(jobs.map(({ id }) => id), [heeds, ignores, escapes, paused, after, late].sort((a, b) => a! - b!)); // prettier-ignore
      const logs = join(kept!.path, '../../logs');
      const saved = (await readdir(logs, { recursive: true })).filter((name) => name.endsWith('.log'));
      assert.equal(saved.length, 4, 'of those that have run');
      for (const part of [
        'Stopped. Everything that was planned is done. Deploy fresh code, then requeue.',
        `Snapshot of 6 jobs: ${kept!.path}`,
        `Logs: below ${logs}`,
        `Checkpoints: ${join(lab.host.home, 'c')}.pueue-preflight-quarantine/`,
        'Deploy fresh code, then requeue: Requeue… takes the jobs from the snapshot.',
        `remove -- ${jobs.map(({ id }) => id).join(' ')}  (exit 0`,
      ])
        assert.ok(stopped.text.includes(part), `${part} in\n${stopped.text}`);
    });

    it('of a group touches no job of another, leaves what is queued meanwhile, and names it', async () => {
      const { kept } = await lab.begin({ kept: '' });
      const { ended } = await lab.begin({ ended: '' }, 'other');
      let added = -1;
      const stopped = await lab.stop({
        group: 'other',
        before: async ({ kind }) => {
          if (kind === 'jobs' && added < 0) added = await lab.host.add('sleep 1000', { group: 'other' });
        },
      });
      assert.deepEqual(states(stopped), allDone, stopped.text);
      assert.deepEqual([...(await jobStates(lab.host))], [[kept, 'Running'], [added, 'Queued']]); // prettier-ignore
      assert.ok(!(await jobStates(lab.host)).has(ended!));
      assert.deepEqual(await lab.groups(), { default: 'Running', other: 'Paused' });
      assert.deepEqual(await lab.checkpoints(), ['kept_1.json']);
      assert.ok(
        stopped.report.noticed.some((line) => line === `Job ${added} was added.`),
        stopped.text,
      );
      assert.match(stopped.text, /kept_1\.json: job \d+ still lives and may write it/u);
    });

    it('is done as it was edited: at once, jobs and checkpoints left', async () => {
      const { heeds } = await lab.begin({ heeds: '' });
      const stopped = await lab.stop({ choices: { graceMs: 0, remove: false, quarantine: false } });
      assert.deepEqual(states(stopped), ['drain done', 'kill done', 'look done', 'remove skipped', 'quarantine skipped']); // prettier-ignore
      assert.deepEqual([...(await jobStates(lab.host))], [[heeds, 'Killed']]);
      assert.equal(await readFile(join(lab.host.home, 'c/heeds_1.json'), 'utf8'), '{"day": 1}', 'no SIGTERM came');
      assert.deepEqual(await programs(), []);
    });

    it('leaves job and checkpoint of what cannot be ended, and says who lives', async () => {
      const { heeds, escapes } = await lab.begin({ heeds: '', escapes: 'escape' });
      // Signals of ours come to nothing here, as for a program that hangs in the kernel; those of pueue reach its own jobs.
      const wrapper = join(lab.host.home, 'powerless');
      await writeFile(wrapper, powerless, { mode: 0o755 });
      const window = lab.window({ python: wrapper });
      const stopped = await lab.apply(await lab.plan({}, window), {}, window);
      window.reader.close();
      assert.deepEqual(states(stopped), ['drain done', 'kill failed', 'look failed', 'remove done', 'quarantine done']);
      assert.deepEqual([stopped.report.outcome, stopped.end.problem?.code, stopped.end.stoppedAt], ['refused', 'refused', 'look']); // prettier-ignore
      const [pid, ...more] = await programs();
      assert.deepEqual(more, []);
      assert.match(
        stopped.text,
        new RegExp(`Still alive\\n {2}job ${escapes} escapes@1: pid ${pid} of it still runs`, 'u'),
      );
      assert.deepEqual([...(await jobStates(lab.host)).keys()], [escapes]);
      assert.ok(heeds !== undefined && !(await lab.checkpoints()).includes('heeds_1.json'));
      assert.deepEqual(await lab.checkpoints(), ['escapes_1.json']);
      assert.match(stopped.text, /escapes_1\.json: job \d+ still lives and may write it/u);
    });

    it('ends what lives of a job that is over', async () => {
      const outliving = await layOutliving(lab.host);
      const job = await outliving.add('in a session of its own');
      await lab.read();
      await lab.host.must(['kill', String(job.id)]);
      await untilStates(lab.host, new Map([[job.id, 'Killed']]));
      assert.ok(identify(job.pid));
      const stopped = await lab.stop();
      assert.equal(stopped.report.outcome, 'stopped', stopped.text);
      assert.equal(identify(job.pid), null);
      await outliving.stop();
    });

    for (const step of ['drain', 'kill', 'look', 'remove'] as const)
      it(`cancelled while it does ${step} begins nothing more, and says what is done`, async () => {
        await lab.begin({ heeds: '' });
        let at: string | null = null;
        const isCancelled = (): boolean => at === step;
        const seen: Record<string, (typeof stepIds)[number]> = { emergency: 'drain', kill: 'kill', remove: 'remove' };
        const plan = await lab.plan();
        const stopped = await lab.apply(plan, {
          isCancelled: () => (step === 'look' ? at === 'kill' && lab.asked === 3 : isCancelled()),
          before: (act) => void (at = seen[act.kind === 'jobs' ? act.verb : act.kind] ?? at),
        });
        const { problem, stoppedAt } = stopped.end;
        assert.deepEqual([problem?.code, stopped.report.outcome], ['cancelled', 'refused']);
        assert.equal(stoppedAt, stepIds[stepIds.indexOf(step) + 1]);
        assert.deepEqual(await lab.groups(), { default: 'Paused', other: 'Paused' });
        const now = [...(await jobStates(lab.host))];
        assert.deepEqual(now.map(([, state]) => state), step === 'drain' ? ['Running'] : step === 'remove' ? [] : ['Killed']); // prettier-ignore
        assert.deepEqual(await lab.checkpoints(), ['heeds_1.json']);
        assert.ok((await stat(stopped.end.kept!.path)).size > 0);
      });

    it('is refused in a second window while it is done in the first, which changes nothing', async () => {
      await lab.begin({ ignores: 'ignore' });
      const second = lab.window();
      const other = await lab.plan();
      let both: Promise<Stopped> | null = null;
      const first = lab.stop({
        choices: { graceMs: 8_000 },
        before: ({ kind }) => {
          if (kind === 'jobs') both ??= new Promise((r) => setTimeout(r, 500)).then(() => lab.apply(other, {}, second));
        },
      });
      const [one, two] = [await first, await both!];
      second.reader.close();
      assert.equal(one.report.outcome, 'stopped', one.text);
      assert.deepEqual([two.end.problem?.code, states(two)[0], two.end.kept], ['busy', 'drain refused', null]);
      assert.deepEqual(await programs(), []);
    });

    it('cut in each step goes on to the end, or says how far it came', async () => {
      for (const step of ['emergency', 'kill', 'read', 'remove', 'quarantine'] as const) {
        await lab.host.must(['start', '--all']);
        await lab.begin({ heeds: '', ignores: 'ignore' });
        const plan = await lab.plan({ choices: { graceMs: 1_500 } });
        let cuts = 0;
        const stopped = await lab.apply(plan, {
          before: (act) => {
            const word = act.kind === 'jobs' || act.kind === 'entries' ? act.verb : act.kind;
            if (word === step && cuts++ === 0) setTimeout(() => { lab.local.tap.cut(); }, step === 'kill' ? 500 : 5); // prettier-ignore
            if (step === 'read' && word === 'remove') lab.local.tap.cut();
          },
        });
        const left = await programs();
        if (stopped.report.outcome === 'stopped') {
          assert.deepEqual(left, [], `${step}: ${stopped.text}`);
          assert.deepEqual([(await jobStates(lab.host)).size, await lab.checkpoints()], [0, []], `${step}: ${stopped.text}`); // prettier-ignore
          continue;
        }
        // The link went before the host had begun: then it has done nothing of this step, and none comes behind it.
        assert.match(stopped.end.problem?.message ?? '', /nothing was done, for the host had not begun/u, stopped.text);
        const { stoppedAt } = stopped.end;
        assert.equal(left.length > 0, stoppedAt === 'drain' || stoppedAt === 'kill', stopped.text);
        assert.deepEqual((await lab.checkpoints()).length, 2, stopped.text);
        if (stoppedAt === 'quarantine') {
          assert.match(stopped.text, /ignores_1\.json: it was not come to; Quarantine… takes it/u);
          continue;
        }
        const again = await lab.stop();
        assert.equal(again.report.outcome, 'stopped', again.text);
      }
    });

    it('of 1,000 jobs takes five requests, and starts none that waits', async () => {
      const { host } = lab;
      // One call of the shell adds them all: a client each from here would take a minute.
      const add = `${host.pueue} -c ${host.config} add -- 'touch ~/started-$i; sleep 1000'`;
      const text = `i=0; while [ $i -lt 1000 ]; do ${add.replaceAll("'", '"')} >/dev/null; i=$((i+1)); done`;
      await runProgram('/bin/sh', ['-c', text], { env: { ...host.env, SHELL: '/bin/sh' }, cwd: host.home });
      const plan = await lab.plan();
      assert.equal(plan.jobs.length, 1000);
      const began = performance.now();
      const writes = lab.local.tap.writes;
      const stopped = await lab.apply(plan);
      console.log(`      ${version}: ${Math.round(performance.now() - began)} ms`);
      assert.equal(stopped.report.outcome, 'stopped', stopped.text.slice(0, 2000));
      assert.ok(lab.local.tap.writes - writes <= 5);
      assert.equal((await jobStates(host)).size, 0);
      assert.equal((await readdir(host.home)).filter((name) => name.startsWith('started-')).length, 10);
    }).timeout(180_000);

    it('never says that all is stopped where processes cannot be traced', async () => {
      const { heeds } = await lab.begin({ heeds: '' });
      const logs = join(lab.host.folder, 'pueue/task_logs');
      await rename(logs, `${logs}.away`);
      const stopped = await lab.stop({ choices: { remove: false } });
      assert.equal(stopped.report.outcome, 'lost', stopped.text);
      assert.deepEqual(states(stopped).slice(0, 3), ['drain done', 'kill lost', 'look lost']);
      assert.match(stopped.end.problem?.message ?? '', /cannot be seen/u);
      assert.match(stopped.text, new RegExp(`job ${heeds} .*pueue calls it ended`, 'u'));
      assert.doesNotMatch(stopped.text, /By now/u);
    });
  });
