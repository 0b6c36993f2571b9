/** Apply…, Edit Plan… and Cancel: on the plan that is named, whose document is in front, or that the person chooses. */
import * as vscode from 'vscode';
import type { ActionReport } from '../../core/audit/fleetReport';
import { visible } from '../../core/text/visible';
import { documentScheme } from '../contributions';
import type { Output } from '../output';
import { plainLabel } from '../plainLabel';
import type { OpenPlan, Plans } from '../plans';
import { readPlan } from './arguments';
import { actionProblem } from './register';

export interface PlanParts {
  readonly plans: Plans;
  readonly output: Output;
}

/** @returns the report; `undefined` where the person chose no plan */
export function applyPlan(argument: unknown, parts: PlanParts): Promise<object | undefined> {
  return withPlan(argument, parts, (plan) => plan.apply());
}

/** @returns the report of the plan as it is then; `undefined` where the person chose none */
export function editPlan(argument: unknown, parts: PlanParts): Promise<object | undefined> {
  return withPlan(argument, parts, (plan) => plan.edit());
}

export function cancelPlan(argument: unknown, parts: PlanParts): Promise<object | undefined> {
  return withPlan(argument, parts, (plan) => Promise.resolve(plan.cancel()));
}

async function withPlan(
  argument: unknown,
  parts: PlanParts,
  act: (plan: OpenPlan) => Promise<object>,
): Promise<object | undefined> {
  const { plans } = parts;
  const { deployId, path, host } = readPlan(argument);
  if (deployId !== null || path !== null) {
    const plan = deployId === null ? plans.ofDocument(path ?? '') : plans.find(deployId);
    return plan === undefined || (host !== null && plan.host !== host) ? noPlan(host, deployId, parts) : act(plan);
  }
  const inFront = vscode.window.activeTextEditor?.document.uri;
  const shown = inFront?.scheme === documentScheme ? plans.ofDocument(inFront.path) : undefined;
  const open = plans.open.filter((plan) => host === null || plan.host === host);
  const plan = shown !== undefined && open.includes(shown) ? shown : open.length === 0 ? null : await pick(open);
  return plan === undefined ? undefined : plan === null ? noPlan(host, null, parts) : act(plan);
}

async function pick(open: readonly OpenPlan[]): Promise<OpenPlan | undefined> {
  const items = open.map((plan) => ({ label: plainLabel(plan.title), description: plan.deployId.slice(0, 8), plan }));
  return (await vscode.window.showQuickPick(items, { placeHolder: vscode.l10n.t('Which plan?') }))?.plan;
}

function noPlan(host: string | null, deployId: string | null, { output }: PlanParts): ActionReport {
  const which = deployId === null ? 'no plan is open' : `there is no plan ${visible(deployId, 40)}`;
  const problem = {
    code: 'invalidInput',
    message: `${host === null ? '' : `${visible(host, 80)}: `}${which} in this window.`,
    next: 'Make one by Emergency Stop…: a plan lives as long as its window.',
  } as const;
  output.append(`${problem.message}\n${problem.next}\n`);
  return actionProblem(problem, host);
}
