/** The examination of real hosts: what is installed there, and what it means. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { auditSnapshot } from '../../src/core/audit/auditReport';
import { auditText } from '../../src/core/audit/auditText';
import { examineBeside } from '../../src/core/doctor/doctorReport';
import { systemClock } from '../../src/systemClock';
import { startPueueHost, type PueueHost } from '../lab/pueueHost';
import { localHost, sha256, type LocalHost } from '../support/localHost';

const anySignal = new AbortController().signal;

for (const version of ['4.0.4', '3.4.1'] as const)
  describe(`the examination of a host with pueue ${version}`, () => {
    let host: PueueHost;
    let local: LocalHost;

    before(async () => {
      host = await startPueueHost({ version, clientIn: '.cargo/bin' });
      local = localHost(host.env, { path: '~/project' });
    });

    after(async () => {
      local.reader.close();
      await host.stop();
    });

    it('goes with the reading over one session, and stands in the audit', async () => {
      const reading = local.reader.read(anySignal, 15_000);
      const doctor = await examineBeside('lab', (signal) => local.reader.examine(signal, 15_000), reading, systemClock);
      const report = { ...auditSnapshot('lab', await reading, sha256), doctor };
      assert.equal(local.tap.connections, 1);
      console.log(auditText(report));
      assert.equal(doctor?.examination?.daemons?.[0]?.pid, host.daemonPid());
      assert.equal(join(host.folder, 'pueue'), doctor.examination.pueueDirectory?.path);
    });
  });
