/** A reading as the watch of a host keeps it, of jobs that a test makes. */
import { scopeOf } from '../../src/core/audit/decide';
import type { Job } from '../../src/core/pueue/job';
import type { HostSnapshot } from '../../src/core/snapshot';
import type { Reading } from '../../src/core/watch/hostReadings';
import { snapshot } from './fixtures';

export function readingOf(jobs: readonly Job[], more: Partial<HostSnapshot> = {}): Reading {
  const read = snapshot(jobs, more);
  return { snapshot: read, scope: scopeOf(read), readAt: 0, readAtWall: 0 };
}
