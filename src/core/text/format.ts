/** Numbers as people read them: durations, sizes, ages and counts. */

/** `null` reads as "unknown": an unknown figure is never shown as zero. */
const unknown = 'unknown';

/** A duration with its two largest units: `3 d 4 h`, `12 min 5 s`, `0 s`. */
export function formatDuration(milliseconds: number | null): string {
  if (milliseconds === null || !Number.isFinite(milliseconds)) return unknown;
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const days = Math.floor(seconds / 86_400);
  const hours = Math.floor((seconds % 86_400) / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  if (days > 0) return hours > 0 ? `${days} d ${hours} h` : `${days} d`;
  if (hours > 0) return minutes > 0 ? `${hours} h ${minutes} min` : `${hours} h`;
  if (minutes > 0) return seconds % 60 > 0 ? `${minutes} min ${seconds % 60} s` : `${minutes} min`;
  return `${seconds} s`;
}

/** A size in bytes: `0 B`, `1.5 KB`, `20 MB`; decimal units, at most one decimal place. */
export function formatBytes(bytes: number | null): string {
  if (bytes === null || !Number.isFinite(bytes) || bytes < 0) return unknown;
  let value = bytes;
  for (const unit of ['B', 'KB', 'MB', 'GB']) {
    // From 100 on whole units are shown, so what would be shown as 1000 goes to the next unit.
    if (value < (unit === 'B' ? 1000 : 999.5)) return `${formatDecimal(value, unit)} ${unit}`;
    value /= 1000;
  }
  return `${formatDecimal(value, 'TB')} TB`;
}

function formatDecimal(value: number, unit: string): string {
  return unit === 'B' || value >= 100 ? String(Math.round(value)) : String(Math.round(value * 10) / 10);
}

/** `1 job`, `3 jobs`, `unknown jobs`. */
export function formatCount(count: number | null, singular: string, plural = `${singular}s`): string {
  return count === null ? `${unknown} ${plural}` : `${count} ${count === 1 ? singular : plural}`;
}

/** `1`, `1 and 2`, `1, 2 and 3`; more than `most` items end in `and N more`. */
export function formatList(items: readonly (string | number)[], most = 10): string {
  const shown = items.slice(0, most).map(String);
  if (items.length > most) shown.push(`${items.length - most} more`);
  const last = shown.pop();
  return shown.length === 0 ? (last ?? '') : `${shown.join(', ')} and ${last ?? ''}`;
}

/** `2 of 3 slots used`. A paused job keeps its slot; pueue counts 0 as no limit. */
export function formatSlots(live: number, parallel: number | null): string {
  if (parallel === null) return 'slots unknown';
  return parallel === 0 ? `${live} used, no limit` : `${live} of ${formatCount(parallel, 'slot')} used`;
}

/** How long ago: `5 min ago`; a moment that lies ahead by more than the clocks of two machines may differ is said to. */
export function formatAge(milliseconds: number): string {
  return milliseconds < -60_000 ? 'dated in the future' : `${formatDuration(milliseconds)} ago`;
}

/** A duration that is guessed, so that it does not look measured: `less than a minute`, `about 3 min`, `about 40 min`, `about 5 h`, `about 2 d`. */
export function formatRoughly(milliseconds: number): string {
  const minutes = milliseconds / 60_000;
  if (minutes < 1) return 'less than a minute';
  if (minutes < 90) return `about ${roundTo(minutes, minutes < 10 ? 1 : 10)} min`;
  const hours = minutes / 60;
  return hours < 36 ? `about ${Math.round(hours)} h` : `about ${Math.round(hours / 24)} d`;
}

function roundTo(value: number, step: number): number {
  return step * Math.round(value / step);
}
