/** Hostile texts as labels, commands, groups and paths of a queue, through the real helper; and what real daemons take. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseHosts } from '../../src/core/hostSettings';
import { startPueueHost } from '../lab/pueueHost';
import { FakeHosts } from '../support/fakePueue';
import { canaryName, hostileTexts, named } from '../support/hostileTexts';
import { localHost } from '../support/localHost';

const signal = new AbortController().signal;
/** Longer texts are cut by the helper, which another test holds. */
const short = hostileTexts.filter((text) => text.length <= 8192);
const time = '2026-11-24T07:00:00.000000000Z';

/** A status with one job for each text, in a group of that name. */
function statusOf(texts: readonly string[]): string {
  const tasks = texts.map((text, id) => {
    const all = { label: text, original_command: text, command: text, path: text, group: text, envs: { [text]: text } };
    const task = {
      id,
      ...all,
      created_at: time,
      dependencies: [],
      priority: 0,
      status: { Queued: { enqueued_at: time } },
    };
    return `"${id}":${JSON.stringify(task)}`;
  });
  // As text: an object literal would take `__proto__` for its prototype.
  const groups = texts.map((text) => `${JSON.stringify(text)}:{"status":"Paused","parallel_tasks":1}`);
  return `{"tasks":{${tasks.join(',')}},"groups":{${groups.join(',')}}}`;
}

describe('hostile texts in a queue', () => {
  const fake = new FakeHosts();

  it(`of ${short.length} jobs arrive as they are, and nothing runs on the way`, async () => {
    await fake.pueue.prints(statusOf(short));
    const local = fake.host();
    const { queue } = await local.reader.read(signal, 15_000);
    for (const [id, text] of short.entries()) {
      const job = queue.jobs[id]!;
      assert.deepEqual([job.label, job.command, job.directory, job.group], [text, text, text, text], named(text));
      assert.equal(job.state.kind, 'queued', named(text));
    }
    assert.deepEqual(new Set(queue.groups.map(({ name }) => name)), new Set(short));
    assert.ok(!existsSync(join(fake.pueue.home, canaryName)));
    assert.ok(!readdirSync('.').includes(canaryName));
  });

  it('as the path of the client, its configuration or the interpreter run nothing', async () => {
    const { pueue } = fake;
    let tried = 0;
    for (const text of short.filter((each) => each.includes(canaryName))) {
      const path = `${pueue.home}/${text.replaceAll('/', '_')}`;
      for (const settings of [{ pueue: path }, { pueueConfig: path }, { python: path }, { checkpoints: [path] }]) {
        // A line break, for one, is refused before.
        if (parseHosts([{ name: 'lab', ...settings }]).hosts.length === 0) continue;
        tried += 1;
        const local = fake.host(settings);
        await local.audit();
        local.reader.close();
      }
    }
    assert.ok(tried > 40, `only ${tried} are taken by the settings`);
    const made = readdirSync(pueue.home).filter((name) => name === canaryName);
    assert.deepEqual(made, []);
    assert.ok(!readdirSync('.').includes(canaryName));
  });
});

for (const version of ['4.0.4', '3.4.1'] as const)
  describe(`hostile texts in a queue of pueue ${version}`, () => {
    it('are labels, commands, groups and paths of real jobs, as far as pueue takes them', async () => {
      const host = await startPueueHost({ version, clientIn: '.cargo/bin' });
      const local = localHost(host.env);
      try {
        // An argument of a program holds no NUL and, here, nothing that is no UTF-8.
        const texts = short.filter((text) => !/[\0\p{Cs}]/u.test(text)).filter((_, index) => index % 6 === 0);
        const added = new Map<number, string>();
        for (const text of texts) {
          const argv = ['add', '--print-task-id', '--stashed', `--label=${text}`, '--working-directory', host.home];
          const { exitCode, stdout } = await host.run([...argv, '--', `: ${text}`]);
          if (exitCode === 0) added.set(Number(stdout.trim().split('\n').at(-1)), text);
        }
        assert.ok(added.size > 40, `pueue took only ${added.size} of ${texts.length}`);
        const { queue } = await local.reader.read(signal, 15_000);
        for (const [id, text] of added) {
          const job = queue.jobs.find((each) => each.id === id)!;
          assert.deepEqual([job.label, job.command], [text, `: ${text}`], named(text));
          assert.equal(job.state.kind, 'stashed', named(text));
        }
        assert.ok(!existsSync(join(host.home, canaryName)));
      } finally {
        local.reader.close();
        await host.stop();
      }
    });
  });
