/** A plan as the document that a person reads before agreeing to it, and in which it is seen being done. */
import type { Problem } from '../problem';
import type { PlanStep, StepState } from './plan';

/** A heading with lines below it; without lines it is left out. */
export interface PlanSection {
  readonly title: string;
  readonly lines: readonly string[];
}

export interface PlanDocument {
  readonly title: string;
  /** Where the plan is, in a sentence, and what can be done with it. */
  readonly status: string;
  readonly problem: Problem | null;
  readonly facts: readonly (readonly [name: string, value: string])[];
  /** What has to be known before the steps: what cannot be undone first. */
  readonly before: readonly PlanSection[];
  readonly steps: readonly PlanStep[];
  /** Id of the step that is being done. */
  readonly current: string | null;
  /** Lists that the steps speak of. */
  readonly after: readonly PlanSection[];
}

const marks: Readonly<Record<StepState, string>> = {
  pending: '[ ]',
  skipped: '[-]',
  alreadySo: '[=]',
  done: '[x]',
  failed: '[!]',
  lost: '[?]',
  refused: '[!]',
};
const words: Readonly<Record<StepState, string>> = {
  pending: '',
  skipped: 'skipped',
  alreadySo: 'already so',
  done: 'done',
  failed: 'FAILED',
  lost: 'LOST',
  refused: 'NOT DONE',
};

/** @returns lines, the last one ended too */
export function planText(document: PlanDocument): string {
  const { title, status, problem, facts, before, steps, current, after } = document;
  const width = Math.max(...facts.map(([name]) => name.length)) + 2;
  const lines = [
    title,
    '',
    status,
    ...(problem === null ? [] : ['', `Problem: ${problem.message}`, `What to do: ${problem.next}`]),
    '',
    ...facts.map(([name, value]) => `${name.padEnd(width)}${value}`),
    ...before.flatMap(sectionLines),
    '',
    'Steps',
    ...steps.flatMap((step, index) => stepLines(step, index + 1, step.id === current)),
    ...after.flatMap(sectionLines),
  ];
  return `${lines.join('\n')}\n`;
}

function sectionLines({ title, lines }: PlanSection): string[] {
  return lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${line}`)];
}

function stepLines({ title, command, risk, state, result }: PlanStep, place: number, isCurrent: boolean): string[] {
  const word = isCurrent ? 'under way …' : words[state];
  return [
    `  ${isCurrent ? '[>]' : marks[state]} ${place}. ${title}${word === '' ? '' : ` · ${word}`}`,
    ...command
      .split('\n')
      .filter(Boolean)
      .map((line) => `         ${line}`),
    ...(risk === '' ? [] : [`         ${risk}`]),
    ...(result === null ? [] : [`         → ${result}`]),
  ];
}
