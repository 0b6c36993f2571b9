/** What a person looks for among jobs: words that must all fit, matched against what the rows show and nothing else. */
import { isFailed, isLive, isWaiting, shownLabel, stateName, type Job } from '../pueue/job';
import { maskSecrets } from '../text/maskSecrets';
import { visible } from '../text/visible';

/** A filter with at least one word. */
export interface JobFilter {
  /** As it was typed, without blanks around it. */
  readonly text: string;
  readonly terms: readonly Term[];
}

interface Term {
  readonly kind: 'word' | 'state' | 'group' | 'id';
  /** In lower case. */
  readonly value: string;
}

/** Longest command that is looked at: as much of it as the tooltip of a row shows. */
const commandCap = 1000;

/**
 * Words between blanks, each found anywhere in label, command or state, or equal to the id; `state:`, `group:` and `id:` look
 * at that alone. Nothing in a word has a meaning beyond itself.
 *
 * @returns `null` where the text holds no word, which every job fits
 */
export function parseFilter(text: string): JobFilter | null {
  const words = text.toLowerCase().split(/\s+/u).filter(Boolean);
  if (words.length === 0) return null;
  return { text: text.trim(), terms: words.map(parseTerm) };
}

function parseTerm(word: string): Term {
  const [, kind, value] = /^(state|group|id):(.*)$/u.exec(word) ?? [];
  return kind === undefined || value === undefined
    ? { kind: 'word', value: word }
    : { kind: kind as Term['kind'], value };
}

/** Matches jobs, and remembers the searched text of each job for as long as the job is known to anybody. */
export class JobSearch {
  readonly #texts = new WeakMap<Job, string>();

  fits(job: Job, { terms }: JobFilter): boolean {
    return terms.every((term) => this.#fitsTerm(job, term));
  }

  #fitsTerm(job: Job, { kind, value }: Term): boolean {
    switch (kind) {
      case 'word':
        return this.#text(job).includes(value) || String(job.id) === value;
      case 'state':
        return stateTags(job).some((tag) => tag.startsWith(value));
      case 'group':
        return visible(job.group).toLowerCase().includes(value);
      case 'id':
        return value === '' || String(job.id) === value;
    }
  }

  /** Line breaks are written out in each part, so no word reaches over two of them. */
  #text(job: Job): string {
    let text = this.#texts.get(job);
    if (text === undefined) {
      const parts = [visible(shownLabel(job) ?? ''), visible(maskSecrets(job.command), commandCap), stateWord(job)];
      text = parts.join('\n').toLowerCase();
      this.#texts.set(job, text);
    }
    return text;
  }
}

/** `failed to spawn` for `failedToSpawn`. */
function stateWord({ state }: Job): string {
  return stateName(state).replace(/[A-Z]/gu, (capital) => ` ${capital}`);
}

/** The state, and what it counts as. */
function stateTags(job: Job): string[] {
  const tags = [stateName(job.state).toLowerCase()];
  if (isLive(job)) tags.push('live');
  if (isWaiting(job)) tags.push('waiting');
  if (isFailed(job)) tags.push('failed');
  if (job.state.kind === 'done') tags.push('done');
  return tags;
}
