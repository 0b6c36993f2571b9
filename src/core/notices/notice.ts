/** What a person is told without asking, and how several become one. */
import type { HostState } from '../watch/hostReadings';
import { failureKey, idleGroups, openFailures, type FailedRun } from './hostNews';

/** What there is to tell of one host. */
export interface Notice {
  readonly host: string;
  readonly failed: readonly FailedRun[];
  /** Names of groups, which come from the host: they are counted, and never shown in a message. */
  readonly drained: readonly string[];
  /** Whether it could not be read for long. */
  readonly isLost: boolean;
}

export function isEmpty({ failed, drained, isLost }: Notice): boolean {
  return failed.length === 0 && drained.length === 0 && !isLost;
}

/** Adds what is to be told of a host to what waits to be told: one notice for each host, in the order they came. */
export function joined(waiting: readonly Notice[], more: Notice): readonly Notice[] {
  const known = waiting.find(({ host }) => host === more.host);
  if (known === undefined) return [...waiting, more];
  const both: Notice = {
    host: more.host,
    failed: [...known.failed, ...more.failed],
    drained: [...new Set([...known.drained, ...more.drained])],
    isLost: known.isLost || more.isLost,
  };
  return waiting.map((each) => (each === known ? both : each));
}

/** What of a notice is still so: a host that is back, a failure that was made good, a group at work again need no words. */
export function stillSo(notice: Notice, { reading, problem }: HostState): Notice {
  if (reading === null) return notice;
  const open = openFailures(reading);
  const idle = new Set(idleGroups(reading));
  return {
    host: notice.host,
    failed: notice.failed.filter((run) => open.has(failureKey(run))),
    drained: notice.drained.filter((group) => idle.has(group)),
    isLost: notice.isLost && problem !== null,
  };
}
