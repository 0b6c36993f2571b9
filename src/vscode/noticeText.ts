/**
 * What a notification and the badge say, as plain data. Ids and counts only: VS Code makes links, command links too, of what
 * looks like one, so no text of a host goes in here. Names of hosts are of the settings.
 */
import { lostAfterMs } from '../core/notices/newsOfHost';
import type { FailedRun, FailureKind } from '../core/notices/hostNews';
import type { Notice } from '../core/notices/notice';
import { formatDuration, formatList } from '../core/text/format';
import { visible } from '../core/text/visible';
import { withoutLinks } from './plainLabel';
import type { Translate } from './tree/rows';

/** What one wants to do next. */
export type NoticeAction =
  | { readonly kind: 'openLog'; readonly host: string; readonly run: FailedRun }
  | { readonly kind: 'show'; readonly host: string }
  | { readonly kind: 'refresh' | 'audit'; readonly hosts: readonly string[] };

export interface NoticeMessage {
  readonly text: string;
  /** Whether something is wrong. */
  readonly isWarning: boolean;
  readonly actions: readonly NoticeAction[];
}

/** Most hosts that a message names. */
const mostNames = 3;

/** @param notices at least one, none of them empty */
export function noticeMessage(notices: readonly Notice[], t: Translate): NoticeMessage {
  const failed = notices.filter((notice) => notice.failed.length > 0);
  const drained = notices.filter((notice) => notice.drained.length > 0);
  const lost = notices.filter(({ isLost }) => isLost);
  const sentences = [failedWords(failed, t), drainedWords(drained, t), lostWords(lost, t)];
  return {
    text: withoutLinks(sentences.filter(Boolean).join(' ')),
    isWarning: failed.length > 0 || lost.length > 0,
    actions: actionsOf(failed, drained, lost),
  };
}

/** The badge's tooltip; its number is the sum of the counts. */
export function badgeText(counts: readonly { readonly host: string; readonly count: number }[], t: Translate): string {
  const total = counts.reduce((sum, { count }) => sum + count, 0);
  const where = formatList(
    counts.map(({ host, count }) => t('{0} on {1}', count, visible(host, 80))),
    mostNames,
  );
  return total === 1
    ? t('1 job failed since you last looked: {0}', where)
    : t('{0} jobs failed since you last looked: {1}', total, where);
}

function actionsOf(
  failed: readonly Notice[],
  drained: readonly Notice[],
  lost: readonly Notice[],
): readonly NoticeAction[] {
  const [first] = [...failed, ...lost, ...drained];
  if (first === undefined) return [];
  const show: NoticeAction = { kind: 'show', host: first.host };
  const hosts = (notices: readonly Notice[]): string[] => notices.map(({ host }) => host);
  if (failed.length > 0) {
    const [run, ...more] = failed.flatMap((notice) => notice.failed);
    const isAlone = more.length === 0 && lost.length === 0 && drained.length === 0;
    return run !== undefined && isAlone && hasLog(run.kind) ? [{ kind: 'openLog', host: first.host, run }] : [show];
  }
  if (lost.length > 0) return drained.length > 0 ? [show] : [{ kind: 'refresh', hosts: hosts(lost) }, show];
  return [{ kind: 'audit', hosts: hosts(drained) }];
}

function hasLog(kind: FailureKind): boolean {
  return kind !== 'failedToSpawn' && kind !== 'dependencyFailed';
}

function failedWords(notices: readonly Notice[], t: Translate): string {
  const [only, ...more] = notices.flatMap(({ failed }) => failed);
  if (only === undefined) return '';
  if (more.length > 0) return t('{0} jobs failed on {1}.', more.length + 1, names(notices));
  const where = names(notices);
  switch (only.kind) {
    case 'failed':
      return t('Job {0} failed on {1}.', only.id, where);
    case 'killed':
      return t('Job {0} was killed on {1}.', only.id, where);
    case 'failedToSpawn':
      return t('Job {0} could not be started on {1}.', only.id, where);
    case 'dependencyFailed':
      return t('Job {0} will not run on {1}: a job that it depends on failed.', only.id, where);
    case 'errored':
      return t('Job {0} ended on {1}, and pueue lost track of how.', only.id, where);
  }
}

function drainedWords(notices: readonly Notice[], t: Translate): string {
  const count = notices.reduce((sum, { drained }) => sum + drained.length, 0);
  if (count === 0) return '';
  return count === 1
    ? t('1 group drained on {0}: none of its jobs runs or waits.', names(notices))
    : t('{0} groups drained on {1}: none of their jobs runs or waits.', count, names(notices));
}

function lostWords(notices: readonly Notice[], t: Translate): string {
  return notices.length === 0 ? '' : t('{0} could not be read for {1}.', names(notices), formatDuration(lostAfterMs));
}

function names(notices: readonly Notice[]): string {
  return formatList(
    notices.map(({ host }) => visible(host, 80)),
    mostNames,
  );
}
