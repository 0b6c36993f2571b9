/** The table of a requeue as the items of a quick pick: a list that can be read and worked in without a mouse. */
import { causeLine, sharedCauseWarning, type FailureCause } from '../../core/requeue/failureCauses';
import { readyRows, type RequeuePlan, type RequeueRow } from '../../core/requeue/requeuePlan';
import { actionWord, shownCommand, sourceName } from '../../core/requeue/requeueText';
import { plainLabel, withoutIcons } from '../plainLabel';
import type { Translate } from '../tree/rows';

/** What an item stands for: all of it, its document, those that failed with it, or one row. */
export type RequeueChoice = 'requeue' | 'table' | 'dependants' | RequeueRow;

export interface RequeueItem {
  readonly label: string;
  readonly description?: string;
  readonly detail?: string;
  /** `null` for a line that divides. */
  readonly choice: RequeueChoice | null;
}

const commandCap = 160;

/** @param dependants how many jobs failed because of chosen ones and are not chosen */
export function requeueItems(
  host: string,
  plan: RequeuePlan,
  causes: readonly FailureCause[],
  dependants: number,
  t: Translate,
): RequeueItem[] {
  const ready = readyRows(plan).length;
  const open = plan.rows.filter(({ status }) => status === 'open').length;
  const warning = sharedCauseWarning(causes);
  const rows = new Map(plan.rows.map((row) => [row.source.job, row]));
  const shownHost = plainLabel(host, 80);
  const first: RequeueItem =
    open > 0
      ? {
          label: t('$(question) Answer what {0} of {1} jobs need…', open, plan.rows.length),
          description: shownHost,
          choice: 'requeue',
        }
      : ready === 0
        ? { label: t('$(circle-slash) Nothing to requeue'), description: shownHost, choice: 'requeue' }
        : {
            label: ready === 1 ? t('$(debug-restart) Requeue 1 Job…') : t('$(debug-restart) Requeue {0} Jobs…', ready),
            description: shownHost,
            choice: 'requeue',
          };
  return [
    { ...first, ...(warning === null ? {} : { detail: warning }) },
    { label: t('$(table) Open as Table'), choice: 'table' },
    ...(dependants === 0
      ? []
      : [
          {
            label: t('$(add) Also requeue {0} that failed because of these', dependants),
            choice: 'dependants' as const,
          },
        ]),
    ...causes.flatMap((cause) => [
      { label: withoutIcons(causeLine(cause)), choice: null },
      ...cause.jobs.flatMap((job) => rows.get(job) ?? []).map((row) => rowItem(row, t)),
    ]),
  ];
}

function rowItem(row: RequeueRow, t: Translate): RequeueItem {
  const becomes =
    row.label === null || row.status === 'refused' || row.status === 'skipped' ? '' : ` → ${plainLabel(row.label, 80)}`;
  const typed = row.typed.length === 0 ? [] : [t('typed consent')];
  const environment = row.environment === 'login' ? [t('environment of a login shell')] : [];
  return {
    label: `${withoutIcons(sourceName(row))}${becomes}`,
    description: [actionWord(row), ...typed, ...environment].join(' · '),
    detail: withoutIcons(
      [row.reason, ...(row.status === 'refused' ? [] : [shownCommand(row.command, commandCap)])].join('  ·  '),
    ),
    choice: row,
  };
}
