/** What went wrong in a command, as text for the output channel. */
import type { Problem } from './problem';

/**
 * @param title what was to be done, in our own words
 * @returns lines ending in a line break; the messages of problems are safe to show
 */
export function problemText(title: string, problems: readonly Problem[], takenAt: string): string {
  const told = problems.flatMap(({ code, message, next }) => [
    `Problem      ${code}`,
    message,
    `What to do   ${next}`,
    '',
  ]);
  return [`${title}: not done · ${takenAt}`, '', ...told].join('\n');
}
