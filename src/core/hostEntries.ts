/**
 * Changes to the setting `pueuePreflight.hosts`, as pure functions of the value as it stands. Each touches one entry:
 * every other one, whether it can be used or not, stays exactly as it was written.
 */
import { faultOfKey, invalidSetting, parseHosts, unknownHost, type HostKey } from './hostSettings';
import type { Problem } from './problem';
import { visible } from './text/visible';

/** An entry as it is written: an alias alone, or an object with more about it. */
export type HostEntry = string | Readonly<Record<string, unknown>>;

/** The one host that is no ssh destination: the computer that the extension runs on. */
export const thisMachine = 'this-machine';

/** How an edit ended: a value to be written, nothing to do, or a reason why it cannot be made. */
export type HostsEdit =
  | { readonly outcome: 'changed'; readonly value: readonly unknown[] }
  | { readonly outcome: 'alreadySo' }
  | { readonly outcome: 'refused'; readonly problem: Problem };

/** An entry that was taken out, with the list that it stood in. */
export interface RemovedEntry {
  readonly index: number;
  readonly entries: readonly unknown[];
}

/** Appends the entry of a host. A host that is there already stays as it is, whatever its entry says beside the name. */
export function addHostEntry(value: unknown, name: string): HostsEdit {
  const entries = entriesOf(value);
  if (entries === null) return noList(value);
  const entry: HostEntry = name === thisMachine ? { name, transport: 'local' } : name;
  const fault = destinationFault(name);
  if (fault !== null) return { outcome: 'refused', problem: wrongValue(name, `the name ${fault}`) };
  const { hosts, invalid } = parseHosts(entries);
  if (hosts.some((host) => host.name === name)) return { outcome: 'alreadySo' };
  const unusable = invalid.find(({ host }) => host === name);
  if (unusable !== undefined) return { outcome: 'refused', problem: unusable.problem };
  return { outcome: 'changed', value: [...entries, entry] };
}

/** Takes out the entry that a host comes from, or, where none can be used, the first one of that name. */
export function removeHostEntry(value: unknown, name: string): HostsEdit & { readonly removed?: RemovedEntry } {
  const entries = entriesOf(value);
  if (entries === null) return noList(value);
  const index = indexOfHost(entries, name);
  if (index < 0) return { outcome: 'refused', problem: unknownHost(name, namesOf(entries)) };
  return without(entries, index);
}

/**
 * Takes out an entry that cannot be used. The setting may have changed since its row was drawn: an entry is taken out only
 * where the same fault still stands at the same place.
 *
 * @param id of the {@link InvalidSetting}
 */
export function removeInvalidEntry(
  value: unknown,
  id: string,
  message: string,
): HostsEdit & { readonly removed?: RemovedEntry } {
  const entries = entriesOf(value);
  if (entries === null) return noList(value);
  const fault = parseHosts(entries).invalid.find((each) => each.id === id);
  const index = invalidEntryIndex(id);
  if (index === null || fault?.problem.message !== message) return { outcome: 'alreadySo' };
  return without(entries, index);
}

/**
 * Puts a removed entry back where it stood: before the first entry that stood behind it and is still there. A host that
 * was added anew meanwhile is left as it is; an entry that was one of several of a name is missing until they are as many.
 */
export function restoreHostEntry(value: unknown, { index, entries: before }: RemovedEntry): HostsEdit {
  const entries = entriesOf(value);
  if (entries === null) return noList(value);
  const entry = before[index];
  const [name] = namesOf([entry]);
  const count = (list: readonly unknown[]): number => namesOf(list).filter((each) => each === name).length;
  if (name !== undefined && count(entries) >= count(before)) return { outcome: 'alreadySo' };
  const texts = entries.map((each) => JSON.stringify(each));
  const behind = before.slice(index + 1).map((each) => texts.lastIndexOf(JSON.stringify(each)));
  const at = behind.find((place) => place >= 0) ?? entries.length;
  return { outcome: 'changed', value: [...entries.slice(0, at), entry, ...entries.slice(at)] };
}

/** Sets one key of a host's entry, or takes it out by `null`. A plain alias becomes an object, and stays one. */
export function configureHostEntry(
  value: unknown,
  name: string,
  key: HostKey,
  setTo: string | readonly string[] | null,
): HostsEdit {
  const entries = entriesOf(value);
  if (entries === null) return noList(value);
  const index = indexOfHost(entries, name);
  if (index < 0) return { outcome: 'refused', problem: unknownHost(name, namesOf(entries)) };
  const fault = setTo === null ? null : faultOfKey(key, setTo);
  if (fault !== null) return { outcome: 'refused', problem: wrongValue(name, `"${key}" ${fault}`) };
  const before = entries[index];
  const old: Readonly<Record<string, unknown>> = isObject(before) ? before : { name };
  if (JSON.stringify(old[key] ?? null) === JSON.stringify(setTo)) return { outcome: 'alreadySo' };
  const entry =
    setTo === null
      ? Object.fromEntries(Object.entries(old).filter(([each]) => each !== key))
      : { ...old, [key]: setTo };
  return { outcome: 'changed', value: entries.map((each, at) => (at === index ? entry : each)) };
}

/** Why a text cannot be the name and ssh destination of a host, as the end of a sentence; `null` where it can. */
export function destinationFault(text: string): string | null {
  return faultOfKey('name', text) ?? faultOfKey('host', text);
}

/** The place of an entry that cannot be used, told by the id of its fault; `null` where the fault is of another setting. */
export function invalidEntryIndex(id: string): number | null {
  const match = /^hosts\/(\d+)$/u.exec(id);
  return match === null ? null : Number(match[1]);
}

/** The settings file took no change. @param why as VS Code said it */
export function settingsNotWritten(why: string): Problem {
  return {
    code: 'invalidInput',
    message: `The user settings could not be written: ${visible(why, 400)}`,
    next: 'Open the user settings as JSON, correct what is marked there or make the file writable, and try again.',
  };
}

function entriesOf(value: unknown): readonly unknown[] | null {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? (value as readonly unknown[]) : null;
}

/** What is no list is not replaced by one: whoever wrote it meant something. */
function noList(value: unknown): HostsEdit & { outcome: 'refused' } {
  const [fault] = parseHosts(value).invalid;
  return { outcome: 'refused', problem: (fault ?? invalidSetting('hosts', '', 'The hosts are no list.')).problem };
}

function wrongValue(name: string, what: string): Problem {
  return {
    code: 'invalidInput',
    message: `${visible(name, 80)}: nothing was written: ${what}.`,
    next: 'Correct the value and run the command again.',
  };
}

function without(entries: readonly unknown[], index: number): HostsEdit & { readonly removed: RemovedEntry } {
  const value = entries.filter((_, at) => at !== index);
  return { outcome: 'changed', value, removed: { index, entries } };
}

/** The first entry that gives a host of this name; of those that give none, the first of that name. */
function indexOfHost(entries: readonly unknown[], name: string): number {
  const usable = entries.findIndex((entry) => parseHosts([entry]).hosts.some((host) => host.name === name));
  return usable >= 0 ? usable : entries.findIndex((entry) => namesOf([entry])[0] === name);
}

function namesOf(entries: readonly unknown[]): string[] {
  return entries.flatMap((entry) => {
    const name = isObject(entry) ? entry['name'] : entry;
    return typeof name === 'string' ? [name] : [];
  });
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
