/** The evidence of judgements, as sentences. Everything that comes from a host is made visible. */
import { withoutRetry } from '../audit/sameWork';
import { shownLabel, stateName, type Job } from '../pueue/job';
import type { CheckpointEntry } from '../snapshot';
import { formatCount, formatDuration, formatList } from '../text/format';
import { visible } from '../text/visible';
import type { Pattern } from './pattern';

/** Longest text of a name, a label or a value in a sentence. */
const cap = 80;
/** Most jobs that a sentence names. */
const mostNamed = 4;

export const temporaryBeside = 'A temporary file lies beside it, as writing and renaming leaves one.';
export const untraced = 'Processes of ended jobs could not be looked for, so one may still write it.';

export function notMatching(pattern: Pattern): string {
  return `Its name does not follow the pattern ${visible(pattern.text)}.`;
}

export function ambiguous(pattern: Pattern): string {
  return `Its name can be split in more than one way by the pattern ${visible(pattern.text)}, so its owner is not known.`;
}

export function withoutParameters(pattern: Pattern): string {
  return `The pattern ${visible(pattern.text)} names no parameter, so its owner is not known.`;
}

/** @param pids of processes that outlived the job; `null` where the queue itself does not say that it ended */
export function active(job: Job, pids: readonly number[] | null): string {
  if (job.state.kind === 'unknown') return `${capital(named(job))} owns it and is in a state that is not known.`;
  if (pids === null) return `${capital(named(job))} is ${stateWords(job)} and owns it.`;
  const processes = pids.length === 1 ? 'a process of it still lives' : 'processes of it still live';
  return `${capital(named(job))} owns it; it is ${stateWords(job)}, but ${processes} (pid ${formatList(pids, 3)}).`;
}

/** The very bug that a pattern is written down for: what makes the jobs differ is not in the name. */
export function collision(name: string, jobs: readonly Job[], differing: readonly string[]): string {
  const lacking = formatList(differing.map((each) => `{${visible(each, cap)}}`));
  // Of thousands a sentence names a few.
  const first = apart(jobs.slice(0, mostNamed));
  const more = jobs.length - first.length;
  const who = more === 0 ? formatList(first) : `${first.join(', ')} and ${more} more`;
  return `${who} ${jobs.length === 2 ? 'both' : 'all'} write ${visible(name, cap)}: the pattern lacks ${lacking}.`;
}

/** What is wrong with the entry itself; `null` where nothing is known to be. */
export function damage({ kind, bytes, content }: CheckpointEntry): string | null {
  if (content === 'empty' || (kind === 'file' && bytes === 0)) return 'It is empty.';
  return content === 'broken' ? 'It does not parse as JSON.' : null;
}

/** What else is known of the content; `null` where nothing is. */
export function content({ content: found }: CheckpointEntry): string | null {
  if (found === 'intact') return 'It parses as JSON.';
  return found === 'unchecked'
    ? 'Whether it parses was not checked: it is too large, was just written, or is still to be.'
    : null;
}

export function stale(ageMs: number, staleMs: number): string {
  return `It was last written ${formatDuration(ageMs)} ago, and counts as stale from ${formatDuration(staleMs)} on.`;
}

/** @param count of all owners */
export function ownedBy(owner: Job | null, count: number): string {
  if (owner === null) return 'No job in the queue owns it.';
  const more =
    count === 1
      ? ''
      : `, and so ${count === 2 ? 'does' : 'do'} ${formatCount(count - 1, 'more job')} with the same parameters`;
  return `${capital(named(owner, stateWords(owner)))} owns it${more}.`;
}

export function orphan(values: ReadonlyMap<string, string>): string {
  const shown = [...values].map(([name, value]) => `${visible(name, cap)} ${visible(value, cap)}`);
  return `No job in the queue has ${formatList(shown, 6)}.`;
}

/** @param live jobs of whose parameters none is known */
export function strangersLive(live: readonly Job[]): string {
  return `But the parameters of ${formatList(
    live.map((job) => named(job)),
    3,
  )} are not known, so it may be written by ${live.length === 1 ? 'it' : 'them'}.`;
}

export function noJobKnown(pattern: Pattern, count: number): string {
  const names = formatList(pattern.names.map((name) => `{${visible(name, cap)}}`));
  return `Its owner is not known: of ${formatCount(count, 'job')} neither label nor command says ${names}.`;
}

export function nearlyOwned(job: Job): string {
  return `The label of ${named(job)} leads to it, and the command says otherwise; the job is not over, so it may write it.`;
}

export function temporary(final: string, owner: Job | null): string {
  return `A temporary file of ${visible(final, cap)}, as writing and renaming leaves one. ${ownedBy(owner, 1)}`;
}

function named(job: Job, more = ''): string {
  const label = shownLabel(job);
  const said = [...(label === null ? [] : [visible(label, cap)]), ...(more === '' ? [] : [more])];
  return said.length === 0 ? `job ${job.id}` : `job ${job.id} (${said.join(', ')})`;
}

/** Jobs by labels that tell them apart, or else by their ids. */
function apart(jobs: readonly Job[]): string[] {
  const labels = jobs.map((job) => shownLabel(job));
  const shown = labels.map((label) => (label === null ? null : visible(withoutRetry(label), cap)));
  const areApart = new Set(shown).size === jobs.length && !shown.includes(null);
  return jobs.map((job, index) => (areApart ? (shown[index] ?? '') : `job ${job.id}`));
}

function stateWords({ state }: Job): string {
  return stateName(state).replace(/[A-Z]/gu, (letter) => ` ${letter.toLowerCase()}`);
}

function capital(text: string): string {
  return text.replace(/^./u, (first) => first.toUpperCase());
}
