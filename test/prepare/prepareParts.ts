/** Brings parts up one after another, telling the person who waits what goes on; two runs at once wait for each other. */
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { identify, isAlive, type ProcessIdentity } from '../lab/processes';
import { cachePath } from './cache';
import { CannotPrepare, type Part, type Say } from './part';

/**
 * Makes all parts ready, in order.
 * @returns why not, one line a part that cannot be had; empty where everything is ready
 */
export async function prepareParts(parts: readonly Part[], say: Say): Promise<readonly string[]> {
  const reasons: string[] = [];
  for (const part of parts) {
    if (await part.isReady()) continue;
    const release = await takeLock(say);
    try {
      // Another run may have done it while this one waited for the lock.
      if (await part.isReady()) continue;
      const began = performance.now();
      say(`${part.name}: ${part.effort} …`);
      await part.prepare();
      say(`${part.name}: ready in ${((performance.now() - began) / 1000).toFixed(0)} s`);
    } catch (error) {
      if (!(error instanceof CannotPrepare)) throw error;
      const reason = `${part.name}: ${error.message}`;
      say(reason);
      reasons.push(reason);
    } finally {
      release();
    }
  }
  return reasons;
}

/** One preparation at a time on a cache. A lock whose holder is gone is broken. */
async function takeLock(say: Say): Promise<() => void> {
  const path = cachePath('prepare.lock');
  const own = `${path}.${process.pid}`;
  mkdirSync(cachePath(), { recursive: true });
  writeFileSync(own, JSON.stringify(identify(process.pid)));
  try {
    for (let told = false; ; told = true) {
      // A link appears with its content, so a lock without a holder's name cannot exist.
      if (tryLink(own, path)) {
        return () => {
          rmSync(path, { force: true });
        };
      }
      const holder = readHolder(path);
      if (holder === null) continue;
      if (!isAlive(holder)) {
        rmSync(path, { force: true });
        continue;
      }
      if (!told) say(`Another run prepares the same cache (process ${holder.pid}); waiting for it …`);
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  } finally {
    rmSync(own, { force: true });
  }
}

function tryLink(own: string, path: string): boolean {
  try {
    linkSync(own, path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

/** The lock's holder; `null` where the lock was given back in this moment. */
function readHolder(path: string): ProcessIdentity | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as ProcessIdentity;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
