/** The choice of checkpoint directories: those that are configured, those that are found on the host, and one that is typed. */
import * as vscode from 'vscode';
import type { CheckpointProposal, CheckpointProposals } from '../../core/checkpointProposals';
import { faultOfKey } from '../../core/hostSettings';
import { isProblemError, type Problem } from '../../core/problem';
import { formatAge, formatCount, formatList } from '../../core/text/format';
import type { HostWatch } from '../../core/watch/hostWatch';
import { plainLabel } from '../plainLabel';

/** Longest time for a first reading, and again for the search: whoever waits can also type. */
const timeoutMs = 6000;

interface Item extends vscode.QuickPickItem {
  /** As it is written to the setting; without it a directory is typed. */
  readonly directory?: string;
}

/** @returns the directories that are wanted, perhaps none; `undefined` where the person gave up */
export async function chooseCheckpoints(
  configured: readonly string[],
  watch: HostWatch,
  title: string,
): Promise<readonly string[] | undefined> {
  const giveUp = new AbortController();
  const picked = await vscode.window.showQuickPick(items(configured, watch, giveUp.signal), {
    title,
    placeHolder: vscode.l10n.t('Which directories hold checkpoints?'),
    canPickMany: true,
    matchOnDescription: true,
  });
  giveUp.abort();
  if (picked === undefined) return undefined;
  const directories = picked.flatMap(({ directory }) => (directory === undefined ? [] : [directory]));
  if (directories.length === picked.length) return directories;
  const typed = await typeDirectory(title);
  return typed === undefined ? undefined : [...new Set([...directories, typed])];
}

async function items(configured: readonly string[], watch: HostWatch, signal: AbortSignal): Promise<Item[]> {
  const { t } = vscode.l10n;
  const found = await search(watch, signal);
  const all: Item[] = configured.map((directory) => ({
    label: plainLabel(directory),
    directory,
    picked: true,
    description: t('configured'),
  }));
  const proposed = 'code' in found ? [] : proposalItems(configured, found);
  // A heading without a line below it would not be drawn, so what was not found is said beside what can be typed.
  const remark = 'code' in found ? t('The host could not be searched: {0}', found.message) : remarkOf(proposed, found);
  all.push(...proposed, separator(t('other')), {
    label: `$(edit) ${t('Other Directory…')}`,
    alwaysShow: true,
    ...(remark === null ? {} : { detail: plainLabel(remark, 500) }),
  });
  return all;
}

/** What the list alone does not say of the search. */
function remarkOf(proposed: readonly Item[], { complete }: CheckpointProposals): string | null {
  const { t } = vscode.l10n;
  if (!complete) return t('The search on the host was cut short: there may be more.');
  return proposed.length === 0 ? t('Nothing more was found on the host.') : null;
}

function proposalItems(configured: readonly string[], { proposals, takenAt }: CheckpointProposals): Item[] {
  const isConfigured = ({ path, shown }: CheckpointProposal): boolean =>
    configured.some((directory) => [path, shown].includes(directory.replace(/\/+$/u, '')));
  // What a setting cannot hold (a name that is not UTF-8) cannot be proposed.
  const fresh = proposals.filter((each) => !isConfigured(each) && faultOfKey('checkpoints', [each.shown]) === null);
  const items = fresh.map((each) => ({
    label: plainLabel(each.shown, 500),
    directory: each.shown,
    description: whyProposed(each, takenAt),
  }));
  return items.length === 0 ? [] : [separator(vscode.l10n.t('found on the host')), ...items];
}

/** What speaks for a directory: `12 files, newest 3 min ago · held open by job 4`. */
function whyProposed({ files, more, newest, jobs, open }: CheckpointProposal, takenAt: number): string {
  const { t } = vscode.l10n;
  const count = more ? t('more than {0}', formatCount(files, 'file')) : formatCount(files, 'file');
  const contents = newest === null ? count : t('{0}, newest {1}', count, formatAge((takenAt - newest) * 1000));
  if (!open) return contents;
  const holder =
    jobs.length === 0
      ? t('held open by a job')
      : jobs.length === 1
        ? t('held open by job {0}', jobs[0] ?? '')
        : t('held open by jobs {0}', formatList(jobs, 5));
  return `${contents} · ${holder}`;
}

/** A host that was never read is read first: where its jobs work is where directories are looked for. */
async function search(watch: HostWatch, signal: AbortSignal): Promise<CheckpointProposals | Problem> {
  try {
    const { reading, problem } = watch.state;
    if (reading === null && problem !== null) return problem;
    const snapshot = reading?.snapshot ?? (await watch.read(signal, timeoutMs));
    return await watch.forPerson().proposeCheckpoints(snapshot, signal, timeoutMs);
  } catch (error) {
    if (!isProblemError(error)) throw error;
    return error.problem;
  }
}

function separator(label: string): Item {
  return { label, kind: vscode.QuickPickItemKind.Separator };
}

async function typeDirectory(title: string): Promise<string | undefined> {
  const typed = await vscode.window.showInputBox({
    title,
    prompt: vscode.l10n.t('An absolute path on the host, or one that begins with "~/".'),
    validateInput: (text) => {
      const fault = faultOfKey('path', text.trim());
      return fault === null ? null : vscode.l10n.t('It {0}.', fault);
    },
  });
  return typed?.trim();
}
