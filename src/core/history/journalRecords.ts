/** What the journal of a host says was done there: its records, and the acts that they are of. */

export interface JournalRecord {
  readonly kind: string;
  /** Seconds since the epoch by the host's clock. */
  readonly time: number | null;
  readonly user: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** The newest part of a journal, in the order in which it was written. */
export interface JournalPart {
  readonly takenAt: number;
  readonly path: string;
  /** Where the part begins in the file; 0 where there is nothing before it. */
  readonly from: number;
  /** Lines that hold no whole record, as a full disk or a crash leaves them. */
  readonly torn: number;
  readonly records: readonly JournalRecord[];
}

export interface JournaledAct {
  readonly id: string;
  readonly intent: JournalRecord;
  readonly commands: readonly (readonly string[])[];
  /** Other records of it, in their order: what was written down while it went on. */
  readonly notes: readonly JournalRecord[];
  /** `null`: begun, and its end is not recorded. */
  readonly outcome: JournalRecord | null;
}

export type HistoryEntry =
  | { readonly kind: 'act'; readonly act: JournaledAct }
  /** Something that is one record alone: a process that was said to be no part of a job, an act that was given up. */
  | { readonly kind: 'record'; readonly record: JournalRecord };

/** The entries of a part, newest first by when they began. What belongs to an act that began before the part is left out. */
export function historyOf({ records }: JournalPart): HistoryEntry[] {
  const acts = new Map<string, { -readonly [Key in keyof JournaledAct]: JournaledAct[Key] }>();
  const entries: HistoryEntry[] = [];
  for (const record of records) {
    const id = typeof record.data['act'] === 'string' ? record.data['act'] : null;
    const known = id === null ? undefined : acts.get(id);
    if (record.kind === 'intent' && id !== null) {
      const act = { id, intent: record, commands: [], notes: [], outcome: null };
      acts.set(id, act);
      entries.push({ kind: 'act', act });
    } else if (known !== undefined) {
      if (record.kind === 'outcome') known.outcome = record;
      else if (record.kind === 'command') known.commands = [...known.commands, wordsOf(record.data['argv'])];
      else known.notes = [...known.notes, record];
    } else if (id === null || record.kind === 'void') entries.push({ kind: 'record', record });
  }
  return entries.reverse();
}

function wordsOf(argv: unknown): string[] {
  return Array.isArray(argv) ? argv.map(String) : [];
}
