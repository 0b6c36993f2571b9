/** Acts of the program on the host against a model of the queue, in stories of a seed, while others act in between. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

export interface Stories {
  readonly stories: number;
  /** By act and how it ended. */
  readonly counts: Readonly<Record<string, number>>;
  /** The first of them, each with the seed of its story. */
  readonly violations: readonly string[];
  readonly violated: number;
}

/** @param first seed of the first story; each later one has the next */
export async function tellStories(first: number, count: number): Promise<Stories> {
  const state = await mkdtemp(join(tmpdir(), 'pp-stories-'));
  try {
    const argv = ['-B', 'test/interleavings/interleave.py', 'src/host/helper', String(first), String(count), state];
    const { stdout } = await promisify(execFile)('python3', argv, { maxBuffer: 1 << 24 });
    return JSON.parse(stdout) as Stories;
  } finally {
    await rm(state, { recursive: true, force: true });
  }
}
