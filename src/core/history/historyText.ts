/** The journal of a host as a document: who did what, when, to what, by which commands, and what came of it. */
import { stateName, type Queue } from '../pueue/job';
import { maskedLine, maskSecrets } from '../text/maskSecrets';
import { secondsToTime } from '../text/time';
import { visible } from '../text/visible';
import { historyOf, type JournaledAct, type JournalPart, type JournalRecord } from './journalRecords';

/** Most targets that one act lists: the journal has them all. */
const listedTargets = 50;

/** @param queue what is in the queue now, by which acts without an end are told; `null` where it could not be read */
export function historyText(host: string, part: JournalPart, queue: Queue | null): string {
  const entries = historyOf(part);
  const unknown = entries.filter((entry) => entry.kind === 'act' && entry.act.outcome === null).length;
  const head = [
    `What was done on ${visible(host, 80)} by this extension, newest first`,
    `Read ${secondsToTime(part.takenAt)} from ${visible(part.path, 400)}; times by the clock of the host`,
    ...(unknown === 0
      ? []
      : [
          `UNKNOWN: ${unknown} without a recorded end. What is true now stands beside ${unknown === 1 ? 'it' : 'each'}.`,
        ]),
    ...(part.torn === 0
      ? []
      : [
          `${part.torn} torn ${part.torn === 1 ? 'line' : 'lines'}: a full disk or a crash cut what was being written there, so it is unknown.`,
        ]),
    ...(part.from === 0 ? [] : [`Not all: ${part.from} bytes of the journal lie before what is shown.`]),
  ];
  const nothing =
    part.from === 0 && part.torn === 0 ? 'Nothing was done yet.' : 'Nothing that is whole stands in this part.';
  const blocks =
    entries.length === 0
      ? [[nothing]]
      : entries.map((entry) => (entry.kind === 'act' ? actLines(entry.act, queue) : recordLines(entry.record)));
  return `${[head, ...blocks].map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function actLines({ intent, commands, notes, outcome }: JournaledAct, queue: Queue | null): string[] {
  const what = objectOf(intent.data['what']);
  const { answer, code } = answerOf(outcome);
  const targets = listOf(answer['targets']).map(objectOf);
  const codes = listOf(answer['commands']).map(objectOf);
  return [
    `${whenAndWho(intent)} · ${visible(textOf(intent.data['verb']), 60)} · ${endWords(outcome, code)}`,
    ...(outcome === null ? nowLines(what, queue) : capped(targets.map(targetLine))),
    ...(targets.length === 0 && outcome !== null
      ? capped(listOf(what['targets']).map((target) => `  ${targetName(target)}`))
      : []),
    ...commands.map((argv, at) => `  $ ${visible(maskedLine(argv), 2000)}${exitWords(codes[at])}`),
    ...(outcome === null ? [] : capped(addedLines(what, answer))),
    ...notes
      .filter(({ kind }) => outcome === null || kind !== 'added')
      .map(({ kind, data }) => `  ${visible(kind, 40)}: ${compact({ ...data, act: undefined })}`),
    ...restOf(outcome === null ? what : { ...what, logs: null, ...(answer['added'] === undefined ? {} : toldOfAdded) }),
    ...listOf(answer['noticed']).map((sentence) => `  noticed: ${visible(textOf(sentence), 300)}`),
  ];
}

/** What the end of an act that adds jobs says better: the lines that were run, what was added and what was moved. */
const toldOfAdded = { lines: null, jobs: null, quarantine: null, ground: null, absent: null };

/** `job 17 → job 18 ADA@250-retry: added, refresh. The fix is said to change the output.` */
function addedLines(
  what: Readonly<Record<string, unknown>>,
  answer: Readonly<Record<string, unknown>>,
): readonly string[] {
  const outcomes = new Map(
    listOf(answer['added'])
      .map(objectOf)
      .map((added) => [added['key'], added]),
  );
  return listOf(what['jobs'])
    .map(objectOf)
    .map((job) => {
      const { newId, outcome, why } = objectOf(outcomes.get(job['key']));
      const { id } = objectOf(job['source']);
      const source = id === undefined ? '' : `${targetName(id)} → `;
      const words = [
        textOf(outcome) || 'lost',
        ...(id === undefined ? [] : [job['refresh'] === true ? 'refresh' : 'resume']),
      ];
      const told = [textOf(job['reason']), textOf(why)].filter((each) => each !== '').join(' ');
      const became = newId === null || newId === undefined ? 'no new job' : targetName(newId);
      return (
        `  ${source}${became} ${visible(textOf(job['label']), 120)}`.trimEnd() +
        `: ${visible(words.join(', '), 60)}. ${visible(told, 400)}`
      );
    });
}

function recordLines(record: JournalRecord): string[] {
  const when = whenAndWho(record);
  if (record.kind === 'void')
    return [`${when} · given up before it began: its request was lost, and it can never begin`];
  if (record.kind === 'release') {
    const job = objectOf(record.data['job']);
    return [
      `${when} · process ${visible(textOf(record.data['life']).split('/')[1] ?? '', 20)} is no part of job ${visible(textOf(job['id']), 20)}`,
    ];
  }
  return [`${when} · ${visible(record.kind, 60)}`, `  ${compact(record.data)}`];
}

function endWords(outcome: JournalRecord | null, broken: string | null): string {
  if (outcome === null) return 'UNKNOWN: begun, and its end is not recorded';
  if (broken !== null) return `STOPPED IN THE MIDDLE (${visible(broken, 120)})`;
  return outcome.data['answer'] === null ? 'ended; what came of it found no room' : `ended ${timeOf(outcome)}`;
}

function answerOf(outcome: JournalRecord | null): { answer: Readonly<Record<string, unknown>>; code: string | null } {
  const answer = objectOf(outcome?.data['answer']);
  const broken = answer['broken'] === undefined ? null : objectOf(answer['broken']);
  return {
    answer,
    code:
      broken === null
        ? null
        : [broken['code'], broken['error'], broken['what']].filter((word) => typeof word === 'string').join(' '),
  };
}

/** Of an act without an end: each job as it is now. */
function nowLines(what: Readonly<Record<string, unknown>>, queue: Queue | null): string[] {
  const lines = listOf(what['targets']).map((target) => {
    const { id, createdAt } = objectOf(target);
    if (typeof id !== 'number') return `  ${targetName(target)}: look at it on the host`;
    if (queue === null) return `  job ${id}: the queue could not be read`;
    const job = queue.jobs.find((each) => each.id === id && each.createdAt === createdAt);
    return `  job ${id}: ${job === undefined ? 'no longer in the queue' : `now ${stateName(job.state)}`}`;
  });
  return capped(lines);
}

function targetLine({ target, outcome, why }: Readonly<Record<string, unknown>>): string {
  const reason = why === null || why === undefined ? '' : ` · ${visible(textOf(why), 1000)}`;
  return `  ${targetName(target)}: ${visible(textOf(outcome), 20)}${reason}`;
}

function targetName(target: unknown): string {
  const { id, path } = objectOf(target);
  const name = textOf(id ?? path ?? target);
  return /^\d{1,15}$/u.test(name) ? `job ${name}` : visible(name, 600);
}

function exitWords(ran: Readonly<Record<string, unknown>> | undefined): string {
  if (ran === undefined) return '';
  const { code, ms } = ran;
  return `   (${typeof code === 'number' ? `exit ${code}` : 'ended by a signal'}${typeof ms === 'number' ? `, ${ms} ms` : ''})`;
}

/** What an intent says beside its targets. */
function restOf(what: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(what)
    .filter(([key, value]) => key !== 'targets' && value !== null)
    .map(([key, value]) => `  ${visible(key, 40)}: ${compact(value)}`);
}

function compact(value: unknown): string {
  return visible(typeof value === 'string' ? maskSecrets(value) : JSON.stringify(value, withoutSecrets), 1000);
}

/** JSON writes quotes in its own way, so each text is masked before it is one of it. */
function withoutSecrets(_key: string, value: unknown): unknown {
  return typeof value === 'string' ? maskSecrets(value) : value;
}

function capped(lines: readonly string[]): string[] {
  return lines.length <= listedTargets
    ? [...lines]
    : [...lines.slice(0, listedTargets), `  … and ${lines.length - listedTargets} more`];
}

function whenAndWho(record: JournalRecord): string {
  return `${timeOf(record)} · ${visible(record.user, 40)}`;
}

function timeOf({ time }: JournalRecord): string {
  return time === null ? 'at an unknown time' : secondsToTime(time);
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
