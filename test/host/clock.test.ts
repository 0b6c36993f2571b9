/** A host whose clock is set while a job runs: how long it goes on does not change with that. */
import assert from 'node:assert/strict';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startPueueHost, type PueueHost } from '../lab/pueueHost';
import { untilStates } from '../lab/queueState';
import { localHost } from '../support/localHost';

const day = 86_400;

for (const version of ['3.4.1', '4.0.4'] as const)
  describe(`the clock of a host with pueue ${version}`, () => {
    let pueue: PueueHost;
    before(async () => {
      pueue = await startPueueHost({ version, clientIn: '.local/bin' });
      const id = await pueue.add('while :; do sleep 0.1; done');
      await untilStates(pueue, new Map([[id, 'Running']]));
    });
    after(async () => {
      await pueue.stop();
    });

    /** An interpreter for which it is so many seconds later than when the job began. */
    async function pythonAhead(seconds: number): Promise<string> {
      const path = join(pueue.folder, `python${seconds}`);
      const before = `import time;real=time.time;time.time=lambda:real()+${seconds}`;
      await writeFile(path, `#!/bin/sh\nexec /usr/bin/python3 "$1" "$2" "$3" "$4" "${before}\n$5"\n`);
      await chmod(path, 0o755);
      return path;
    }

    for (const [what, ahead] of [
      ['was not touched', 0],
      ['was set three days ahead', 3 * day],
      ['was set three days back', -3 * day],
    ] as const)
      it(`says how long a job runs where it ${what}, and takes the job for what it is`, async () => {
        const local = localHost(pueue.env, { python: await pythonAhead(ahead) });
        try {
          for (let look = 0; look < 2; look++) {
            const { runSeconds, takenAt } = await local.reader.read(new AbortController().signal, 15_000);
            assert.ok(Math.abs(takenAt - Date.now() / 1000 - ahead) < 30);
            const [[id, seconds] = [], ...others] = [...runSeconds];
            assert.deepEqual([id, others], [0, []]);
            assert.ok(seconds! >= 0 && seconds! < 60, `${seconds} s`);
          }
          const { survivors, active, decision } = await local.audit();
          assert.deepEqual(survivors, []);
          assert.ok(active![0]!.seconds! < 60);
          assert.deepEqual([decision.row, decision.verdict], ['live-only', 'review']);
        } finally {
          local.reader.close();
        }
      });
  });
