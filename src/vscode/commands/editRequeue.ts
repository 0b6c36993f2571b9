/** One row of a requeue, changed by the person: what is done, its command, its label, its environment. */
import * as vscode from 'vscode';
import type { EnvironmentDifference } from '../../core/acts/environmentDifference';
import { isProblemError } from '../../core/problem';
import { mayResume } from '../../core/requeue/refreshDecision';
import type { RequeueRow, RowEdit } from '../../core/requeue/requeuePlan';
import { shownCommand, sourceName } from '../../core/requeue/requeueText';
import { maskSpans } from '../../core/text/maskSecrets';
import { writtenOut } from '../../core/text/visible';
import type { HostWatch } from '../../core/watch/hostWatch';
import { plainLabel, withoutIcons, withoutLinks } from '../plainLabel';

const environmentMs = 30_000;

/** @returns what is changed; `undefined` where nothing is */
export async function editRequeue(row: RequeueRow, watch: HostWatch): Promise<RowEdit | undefined> {
  const { t } = vscode.l10n;
  const colliding = row.decision !== null && !mayResume({ checkpoint: checkpointOf(row) });
  const items: (vscode.QuickPickItem & { readonly edit: () => Promise<RowEdit | undefined> | RowEdit })[] = [
    ...(colliding
      ? []
      : [{ label: t('Resume'), description: t('keep its checkpoint'), edit: () => ({ action: 'resume' }) as const }]),
    {
      label: t('Refresh'),
      description: withoutIcons(row.price ?? t('begin anew; its checkpoint goes to quarantine first')),
      edit: () => ({ action: 'refresh' }),
    },
    { label: t('Leave Out'), edit: () => ({ action: 'skip' }) },
    { label: t('Edit Command…'), detail: withoutIcons(shownCommand(row.command, 300)), edit: () => editCommand(row) },
    {
      label: t('Edit Label…'),
      description: row.label === null ? t('none') : plainLabel(row.label),
      edit: () => editLabel(row),
    },
    {
      label: t('Environment…'),
      description: row.environment === 'original' ? t('of the original job') : t('of a login shell'),
      edit: () => chooseEnvironment(row, watch),
    },
  ];
  const title = withoutLinks(plainLabel(sourceName(row)));
  const options = {
    title,
    placeHolder: withoutLinks(withoutIcons([row.reason, ...row.notes].join(' '))),
    ignoreFocusOut: true,
  };
  return (await vscode.window.showQuickPick(items, options))?.edit();
}

function checkpointOf({ quarantine, kept, decision }: RequeueRow): 'colliding' | 'none' {
  const isColliding =
    [...quarantine, ...kept].some(({ state }) => state === 'colliding') || decision?.row === 'colliding';
  return isColliding ? 'colliding' : 'none';
}

/** The real text is shown only after a click that says so, where something of it is masked. */
export async function editCommand({ command, status, reason }: RequeueRow): Promise<RowEdit | undefined> {
  const { t } = vscode.l10n;
  if (writtenOut(command) !== command) {
    await vscode.window.showInformationMessage(
      t('This command holds line breaks or characters that cannot be seen, which one line of input would change.'),
      { modal: true },
    );
    return undefined;
  }
  const { spans } = maskSpans(command);
  if (spans > 0) {
    const show = t('Show the real text');
    const placeHolder = t(
      'Parts of this command look like secrets and are masked. To edit it, its real text is shown.',
    );
    if ((await vscode.window.showQuickPick([show], { placeHolder, ignoreFocusOut: true })) !== show) return undefined;
  }
  const value = await vscode.window.showInputBox({
    title: t('Exactly what sh is to run'),
    value: command,
    ...(status === 'open' ? { prompt: withoutLinks(withoutIcons(reason)) } : {}),
    ignoreFocusOut: true,
  });
  return value === undefined || value === command ? undefined : { command: value };
}

async function editLabel({ label }: RequeueRow): Promise<RowEdit | undefined> {
  const { t } = vscode.l10n;
  const value = await vscode.window.showInputBox({
    ...{ title: t('Label'), prompt: t('Empty for none.'), value: label ?? '', ignoreFocusOut: true },
  });
  return value === undefined ? undefined : { label: value === '' ? null : value };
}

/** Which names differ is looked up on the host; values never leave it. */
async function chooseEnvironment({ source }: RequeueRow, watch: HostWatch): Promise<RowEdit | undefined> {
  const { t } = vscode.l10n;
  const { id, createdAt } = source.job;
  if (createdAt === null) return undefined;
  const owner = { id, createdAt, snapshotId: source.snapshotId };
  const told = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Window, title: t('Comparing environments…') },
    async () => {
      try {
        const [difference] = await watch
          .forPerson()
          .compareEnvironment([owner], new AbortController().signal, environmentMs);
        return difference === undefined || difference === null
          ? t('How it differs from a login shell is not known.')
          : differenceWords(difference);
      } catch (error) {
        if (!isProblemError(error)) throw error;
        return plainLabel(error.problem.message, 400);
      }
    },
  );
  const choice = await vscode.window.showQuickPick(
    [
      {
        label: t('Original'),
        description: t('of job {0}; it stays on the host', id),
        detail: told,
        environment: 'original' as const,
      },
      { label: t('Login Shell'), description: t('as a fresh login gets it'), environment: 'login' as const },
    ],
    { placeHolder: t('Which environment?'), ignoreFocusOut: true },
  );
  return choice === undefined ? undefined : { environment: choice.environment };
}

export function differenceWords({ onlyJob, onlyLogin, changed, more }: EnvironmentDifference): string {
  const { t } = vscode.l10n;
  const names = (list: readonly string[]): string => plainLabel(list.join(', '), 300);
  const parts = [
    ...(changed.length === 0 ? [] : [t('other values: {0}', names(changed))]),
    ...(onlyJob.length === 0 ? [] : [t('only in the job: {0}', names(onlyJob))]),
    ...(onlyLogin.length === 0 ? [] : [t('only in a login shell: {0}', names(onlyLogin))]),
    ...(more === 0 ? [] : [t('and {0} more', more)]),
  ];
  return parts.length === 0 ? t('The same as in a login shell.') : t('Differs by name: {0}', parts.join('; '));
}
