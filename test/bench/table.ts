/** The table that the bench prints: a line for each goal with what was measured, and how far from the goal that is. */
import { median, quantile } from './samples';

/** One thing that was measured. */
export interface Row {
  /** Name of the goal, for example `P1`. */
  readonly id: string;
  readonly what: string;
  /** What the value may be at most; `null` where it is told for information only. */
  readonly atMost: number | null;
  readonly unit?: 'RTT' | 'bytes' | 'ms' | 'MB' | '%';
  readonly samples: readonly number[];
}

const columns = ['goal', 'measured', 'at most', 'median', 'middle half', 'samples', 'of goal', 'result'] as const;

function cells({ id, what, atMost, unit, samples }: Row): readonly string[] {
  const shown = (value: number): string =>
    unit === 'bytes' ? value.toFixed(0) : unit === 'ms' || unit === 'MB' ? value.toFixed(1) : value.toFixed(3);
  const middle = median(samples);
  const spread = samples.length === 1 ? '' : `${shown(quantile(samples, 0.25))} – ${shown(quantile(samples, 0.75))}`;
  const judged =
    atMost === null ? ['', '(information)'] : [`${((100 * middle) / atMost).toFixed(0)} %`, verdict(middle, atMost)];
  return [
    id,
    what,
    atMost === null ? '' : `${Number(atMost.toFixed(3))}${unit === undefined ? '' : ` ${unit}`}`,
    `${shown(middle)}${unit === undefined ? '' : ` ${unit}`}`,
    spread,
    String(samples.length),
    ...judged,
  ];
}

function verdict(value: number, atMost: number): string {
  return value <= atMost ? 'pass' : 'OVER';
}

/** The rows as a table of Markdown, for a page that people read: without what only matters to who works on it. */
export function tableMarkdown(rows: readonly Row[]): string {
  const shown = ['goal', 'measured', 'at most', 'median', 'middle half', 'result'] as const;
  const pick = (line: readonly string[]): string =>
    `| ${shown.map((name) => (line[columns.indexOf(name)] ?? '').replaceAll('|', '\\|')).join(' | ')} |`;
  return [pick(columns), `|${' --- |'.repeat(shown.length)}`, ...rows.map(cells).map(pick)].join('\n');
}

/** The rows as text, columns aligned. */
export function tableText(rows: readonly Row[]): string {
  const lines = [columns, ...rows.map(cells)];
  const widths = columns.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  const text = lines.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  );
  return [text[0]!, '-'.repeat(text[0]!.length), ...text.slice(1)].join('\n');
}
