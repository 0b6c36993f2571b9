/** An examination beside a reading: as a part of the audit's report and of its text. */
import { timedOut } from '../hostProblems';
import type { Clock } from '../ports';
import { isProblemError, type Problem } from '../problem';
import { diagnose } from './diagnose';
import { isExplained } from './explained';
import type { Finding } from './finding';
import type { HostExamination } from './hostExamination';

/** How the host is set up, and what that means; or, where it could not be examined, why. */
export type DoctorReport =
  | { readonly problem: null; readonly examination: HostExamination; readonly findings: readonly Finding[] }
  | { readonly problem: Problem; readonly examination: null; readonly findings: null };

/** How long an audit waits for an examination when the queue has been read. The helper gives none more than 3 s. */
const graceMs = 5_000;

/**
 * Examines a host while it is read, over the same session, so that it costs no round trip of its own.
 *
 * @param reading the reading that goes on; how it ends is its own affair
 * @returns `null` where the host was not reached, so that nothing could be asked of it. Rejects only for an error that is
 * no known failure
 */
export async function examineBeside(
  host: string,
  examine: (signal: AbortSignal) => Promise<HostExamination>,
  reading: Promise<unknown>,
  clock: Clock,
): Promise<DoctorReport | null> {
  const abort = new AbortController();
  let cancelTimer = (): void => undefined;
  const waitFor = (milliseconds: number): void => {
    cancelTimer = clock.after(milliseconds, () => {
      abort.abort();
    });
  };
  const unread = reading.then(
    () => {
      waitFor(graceMs);
      return null;
    },
    (error: unknown) => {
      const problem = isProblemError(error) ? error.problem : null;
      waitFor(problem !== null && isExplained(problem.code) ? graceMs : 0);
      return problem;
    },
  );
  try {
    const examination = await examine(abort.signal);
    return { problem: null, examination, findings: diagnose(examination, (await unread) === null) };
  } catch (error) {
    if (!isProblemError(error)) throw error;
    const known = await unread;
    // What keeps the host from being reached is told once, by the reading.
    if (known !== null && (!isExplained(known.code) || known.message === error.problem.message)) return null;
    const problem = abort.signal.aborted ? timedOut(host, graceMs) : error.problem;
    return { problem, examination: null, findings: null };
  } finally {
    cancelTimer();
  }
}

/** The section of a report: a line for each finding, what is wrong marked in front of it. */
export function doctorLines(report: DoctorReport | null): string[] {
  if (report === null) return [];
  if (report.problem !== null) return [`Host         not known: ${report.problem.message}`];
  const width = Math.max(...report.findings.map(({ subject }) => subject.length));
  return report.findings.flatMap(({ subject, level, text, next }, index) => {
    const mark = index === 0 ? 'Host' : level === 'ok' ? '' : `  ${level}`;
    const lines = [`${mark.padEnd(13)}${subject.padEnd(width)}  ${text}`];
    if (next !== null) lines.push(`${' '.repeat(13 + width)}  Next: ${next}`);
    return lines;
  });
}
