/** Judgements of the checkpoint files that real jobs write, on real daemons of both versions. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CheckpointJudge } from '../../src/core/checkpoint/judge';
import type { HostReader } from '../../src/core/ports';
import { createLocalConnector } from '../../src/host/localConnector';
import { createHostReader } from '../../src/host/main';
import { systemClock } from '../../src/systemClock';
import { startPueueHost, type PueueHost } from '../lab/pueueHost';
import { untilStates, type LabState } from '../lab/queueState';
import { hostSettings } from '../support/hostSettings';
import { project } from '../support/judgements';
import { KeptLog } from '../support/localHost';

/** Writes by renaming, as a careful program does. */
const sweep = `#!/bin/sh
# sweep.sh NAME TEXT THEN
printf '%s' "$2" > "$HOME/c/$1.tmp" && mv "$HOME/c/$1.tmp" "$HOME/c/$1"
eval "$3"
`;

for (const version of ['4.0.4', '3.4.1'] as const)
  describe(`the checkpoints of real jobs, on pueue ${version}`, () => {
    let host: PueueHost;
    let reader: HostReader;
    const said = project([{ directory: '~/c', pattern: '{symbol}_{start}.json' }]);

    before(async () => {
      host = await startPueueHost({ version, clientIn: '.cargo/bin' });
      await host.must(['parallel', '10']);
      await mkdir(join(host.home, 'c'));
      await writeFile(join(host.home, 'sweep.sh'), sweep);
      reader = createHostReader({
        ...{ settings: hostSettings('lab', { transport: 'local' }), project: () => said },
        ...{ connector: createLocalConnector('lab', host.env), clock: systemClock, log: new KeptLog() },
      });
    });
    after(async () => {
      reader.close();
      await host.stop();
    });

    const add = (label: string, name: string, text: string, then: string): Promise<number> =>
      host.add(`sh ~/sweep.sh ${name} '${text}' '${then}'`, { label });
    const states = async (): Promise<Record<string, readonly [state: string, reason: string]>> => {
      const judged = new CheckpointJudge(said).judge(
        await reader.read(new AbortController().signal, 15_000),
        3_600_000,
      );
      return Object.fromEntries(
        judged.all.map(({ entry, state, reason }) => [
          entry.path.slice(entry.path.lastIndexOf('/') + 1),
          [state, reason],
        ]),
      );
    };

    it('are active, colliding, damaged, resumable or nobody’s, and active again where a killed job goes on in secret', async () => {
      const ids = [
        await add('DOGE@250', 'DOGE_2024.json', '{"day":1}', 'exit 1'),
        await add('DOGE@500', 'DOGE_2024.json', '{"day":2}', 'exit 1'),
        await add('ETH@250', 'ETH_2024.json', '{"day":', 'exit 1'),
        await add('SOL@250', 'SOL_2024.json', '{"day":1}', 'exit 1'),
        await add('BTC@250', 'BTC_2024.json', '{"day":1}', 'sleep 1000'),
        await add('XRP@250', 'XRP_2024.json', '{"day":1}', 'setsid sleep 1000 & touch ~/escaped; sleep 1000'),
      ];
      await writeFile(join(host.home, 'c/ADA_2023.json'), '{}');
      const words: LabState[] = ['Failed', 'Failed', 'Failed', 'Failed', 'Running', 'Running'];
      await untilStates(host, new Map(ids.map((id, index) => [id, words[index]!])));
      // The last act of the last one: the escape is under way by then, and so is all that was written.
      while (!existsSync(join(host.home, 'escaped'))) await new Promise((resolve) => setImmediate(resolve));
      const [, , , , , escaping] = ids;
      await host.must(['kill', String(escaping)]);
      await untilStates(host, new Map([[escaping!, 'Killed']]));
      const found = await states();
      assert.deepEqual(Object.fromEntries(Object.entries(found).map(([name, [state]]) => [name, state])), {
        'ADA_2023.json': 'orphan',
        'BTC_2024.json': 'active',
        'DOGE_2024.json': 'colliding',
        'ETH_2024.json': 'damaged',
        'SOL_2024.json': 'resumable',
        'XRP_2024.json': 'active',
      });
      assert.equal(
        found['DOGE_2024.json']![1],
        'DOGE@250 and DOGE@500 both write DOGE_2024.json: the pattern lacks {threshold}.',
      );
      assert.match(
        found['XRP_2024.json']![1],
        /it is killed, but (a process of it still lives|processes of it still live)/u,
      );
      assert.match(found['SOL_2024.json']![1], /It parses as JSON\.$/u);
    });
  });
