/** What is the same work is told by one rule in the client and on the host: by one table. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { withoutRetry } from '../../src/core/audit/sameWork';
import { comparedCommand } from '../../src/core/requeue/refreshFlag';

/** In Python, what its functions make of a list of pairs, see `helper/preconditions.py`. */
const script = `import json, sys
sys.path.insert(0, 'src/host/helper')
import preconditions
commands, labels = json.load(sys.stdin)
print(json.dumps([[preconditions.compared_command(*each) for each in commands],
                  [preconditions.without_retry(each) for each in labels]]))`;

const flag = '--force-refresh';
const commands: readonly (readonly [string, string | null, string])[] = [
  ['run --x', null, 'run --x'],
  ['run  --x ', null, 'run  --x '],
  ['run --x', flag, 'run --x'],
  ['run --x --force-refresh', flag, 'run --x'],
  ['run --force-refresh --x', flag, 'run --x'],
  ['--force-refresh run', flag, 'run'],
  ['run  --x\t--force-refresh\n', flag, 'run --x'],
  ['run --x --force-refresh=yes', flag, 'run --x'],
  ['run --x --force-refreshed', flag, 'run --x --force-refreshed'],
  ["run 'a  b' --force-refresh", flag, "run 'a b'"],
  ['run\u00a0--force-refresh', flag, 'run\u00a0--force-refresh'],
  ['', flag, ''],
];
const labels: readonly (readonly [string, string])[] = [
  ['a@1', 'a@1'],
  ['a@1-retry', 'a@1'],
  ['a@1-retry-retry', 'a@1-retry'],
  ['-retry', ''],
  ['a-retry\n', 'a-retry\n'],
];

describe('what is the same work', () => {
  it('is compared on the host by the rule of the client', async () => {
    const input = JSON.stringify([
      commands.map(([command, without]) => [command, without]),
      labels.map(([label]) => label),
    ]);
    const running = promisify(execFile)('python3', ['-B', '-c', script]);
    running.child.stdin?.end(input);
    const onHost = JSON.parse((await running).stdout) as unknown;
    const wanted = [commands.map(([, , compared]) => compared), labels.map(([, name]) => name)];
    assert.deepEqual(onHost, wanted);
    assert.deepEqual(
      [
        commands.map(([command, without]) => comparedCommand(command, without)),
        labels.map(([label]) => withoutRetry(label)),
      ],
      wanted,
    );
  });
});
