/** Adding while link, helper or pueued are taken away: what is answered is held against the real queue. A sample of the soak. */
import assert from 'node:assert/strict';
import { startPueueHost, type PueueHost } from '../lab/pueueHost';
import { addJobs, jobToAdd, rawTasks } from '../support/addJobs';
import { localHost } from '../support/localHost';
import { loseAdds, type Loss } from '../soak/lostAdds';
import { seeded } from '../soak/seeded';
import { isProblemError } from '../../src/core/problem';

const rounds = 5;

for (const version of ['4.0.4', '3.4.1'] as const)
  describe(`jobs whose answer is lost, on pueue ${version}`, () => {
    let host: PueueHost;

    beforeEach(async () => {
      host = await startPueueHost({ version, clientIn: '.cargo/bin' });
      await host.must(['parallel', '4']);
    });

    afterEach(async () => {
      await host.stop();
    });

    for (const loss of ['link', 'helper', 'daemon'] as const satisfies readonly Loss[])
      it(`are told as they are, where the ${loss} went at any moment`, async () => {
        const { outcomes, wrong } = await loseAdds(host, loss, rounds, seeded(1));
        assert.deepEqual(wrong, []);
        console.log(`      ${[...outcomes].map(([outcome, count]) => `${outcome} ${count}`).join(', ')}`);
      });

    it('are told as they are, where the answer is cut after any byte', async () => {
      const local = localHost(host.env);
      await local.audit();
      const before = local.tap.bytesReceived;
      await local.reader.act(addJobs([jobToAdd(host)]), 60_000);
      const length = local.tap.bytesReceived - before;
      for (let at = 0; at < 12; at += 1) {
        await local.audit();
        local.tap.cutAfter(Math.floor((length * at) / 12));
        const answer = await local.reader.act(addJobs([jobToAdd(host)]), 60_000);
        assert.equal(answer.added[0]?.outcome, 'added');
        assert.equal((await rawTasks(host)).length, at + 2);
      }
      assert.ok(local.tap.connections > 6);
      local.reader.close();
    });

    it('never begin once they were given up', async () => {
      const act = addJobs([jobToAdd(host)]);
      const local = localHost(host.env);
      await local.audit();
      const answered = local.reader.act(act, 60_000).catch((error: unknown) => error);
      local.tap.cut();
      const outcome: unknown = await answered;
      // The helper reads what was written before it sees the end of the link, so either may come first.
      const isVoid = isProblemError(outcome);
      assert.equal((await rawTasks(host)).length, isVoid ? 0 : 1);
      local.reader.close();
    });
  });
