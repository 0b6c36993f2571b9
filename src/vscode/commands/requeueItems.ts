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
      { label: '', choice: null },
      // A divider would show these words inside the row below it, at the cost of that row's own.
      { label: `$(list-tree) ${withoutIcons(causeLine(cause))}`, choice: 'table' as const },
      ...cause.jobs.flatMap((job) => rows.get(job) ?? []).map((row) => rowItem(row, t)),
    ]),
  ];
}

/** A list cuts its lines at about 90 characters: the reason stands beside the job, the command below has a line of its own. */
function rowItem(row: RequeueRow, t: Translate): RequeueItem {
  const label = withoutIcons(`${sourceName(row)}: ${actionWord(row)}`);
  // Where there is nothing to run yet, the reason is all there is to read.
  if (row.status !== 'ready') return { label, detail: withoutIcons(row.reason), choice: row };
  const typed = row.typed.length === 0 ? [] : [t('typed consent')];
  const environment = row.environment === 'login' ? [t('environment of a login shell')] : [];
  return {
    label,
    description: [...typed, ...environment, withoutIcons(row.reason)].join(' · '),
    detail: [
      row.label === null ? t('no label') : plainLabel(row.label, 80),
      withoutIcons(shownCommand(row.command, commandCap)),
    ].join(' · '),
    choice: row,
  };
}
