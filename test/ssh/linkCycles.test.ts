/** A sample of `npm run soak`: a link that is cut again and again, in ways and at moments that a seed picks. */
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { soakLink } from '../soak/linkSoak';
import { RemoteHost } from './remoteHost';

const cycles = 20;
/**
 * In so few cycles code is still being compiled, some 30 KB of it a cycle, so that only what is large is found here: a
 * session that is kept with what it has received. What is counted does not depend on that.
 */
const mostHeapBytesPerCycle = 150 * 1024;

describe('a link that is cut again and again', function () {
  this.timeout(180_000);
  let host: RemoteHost;

  before(async () => {
    host = await RemoteHost.start({ version: '4.0.4' });
  });
  after(async () => {
    await host.stop();
  });

  for (const transport of ['ssh2', 'openssh'] as const)
    it(`comes back each time, and leaves nothing behind, over ${transport}`, async () => {
      const seed = randomInt(2 ** 31);
      // Printed first: a run that hangs or throws is to be repeated by it, with npm run soak -- --seed.
      console.log(`      seed ${seed}`);
      const { lines, isGood } = await soakLink({
        host,
        transport,
        cycles,
        seed,
        cyclesALook: 1,
        mostHeapBytesPerCycle,
      });
      assert.ok(isGood, lines.join('\n'));
    });
});
