/**
 * The one boundary of all commands: Restricted Mode is checked here, so it holds for calls by id too, and what nobody
 * expected ends here. Below it nothing shows an error by itself.
 */
import * as vscode from 'vscode';
import type { ActionReport } from '../../core/audit/fleetReport';
import type { Problem } from '../../core/problem';
import { commandId, commands, type CommandEntry, type CommandName } from '../contributions';
import type { Output } from '../output';
import { joinSelected } from './arguments';

/** One handler for each command of the table. It resolves with a report, `undefined` only where the person cancelled. */
export type Handlers = { readonly [Name in CommandName]: (argument: unknown) => unknown };

export function registerCommands(handlers: Handlers, output: Output): vscode.Disposable {
  const names = Object.keys(commands) as CommandName[];
  return vscode.Disposable.from(
    ...names.map((name) =>
      vscode.commands.registerCommand(commandId(name), async (argument: unknown, selected: unknown) => {
        const { restrictedMode }: CommandEntry = commands[name];
        if (!restrictedMode && !vscode.workspace.isTrusted) {
          // Not awaited: a message that stays open must not hold the caller's answer.
          void showUntrusted(output);
          return actionProblem(untrusted(name));
        }
        try {
          return await handlers[name](joinSelected(argument, selected));
        } catch (error) {
          output.unexpected(commandId(name), error);
          // Not awaited: a message that stays open must not hold the caller's answer.
          void showUnexpected(output);
          throw error;
        }
      }),
    ),
  );
}

/** The report of a command that has none of its own, made now. */
export function actionOf(
  host: string | null,
  targets: ActionReport['targets'],
  problem: Problem | null = null,
): ActionReport {
  return { kind: 'action', version: 1, host, takenAt: new Date().toISOString(), problem, targets };
}

/** The report of a command that could not begin. */
export function actionProblem(problem: Problem, host: string | null = null): ActionReport {
  return actionOf(host, [], problem);
}

/** The report of a command about one thing, which it did or did not do. */
export function actionDone(
  target: string,
  host: string | null = null,
  outcome: ActionReport['targets'][number]['outcome'] = 'done',
  reason: string | null = null,
): ActionReport {
  return actionOf(host, [{ target, outcome, reason }]);
}

function untrusted(name: CommandName): Problem {
  return {
    code: 'untrusted',
    message: `${commandId(name)} may change something on a host, and this window is in Restricted Mode.`,
    next: 'Trust the workspace by "Workspaces: Manage Workspace Trust", then run it again.',
  };
}

/** Who clicked would else see nothing happen. Cannot reject. */
async function showUntrusted(output: Output): Promise<void> {
  const manage = vscode.l10n.t('Manage Workspace Trust');
  const text = vscode.l10n.t('This may change something on a host, so it is not available in Restricted Mode.');
  try {
    if ((await vscode.window.showWarningMessage(text, manage)) !== manage) return;
    await vscode.commands.executeCommand('workbench.trust.manage');
  } catch (error) {
    output.unexpected('managing the trust of the workspace', error);
  }
}

async function showUnexpected(output: Output): Promise<void> {
  const show = vscode.l10n.t('Show Log');
  const answer = await vscode.window.showErrorMessage(
    vscode.l10n.t('Pueue Preflight met an unexpected error. The log has the details.'),
    show,
  );
  if (answer === show) output.showLog();
}
