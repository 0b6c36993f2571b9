/** How a project file stands: whether it can be used, and whether a person has approved what it says. */
import type { Sha256 } from '../ports';
import { isProjectFile, parseProjectFile, projectSchemaVersion, type ProjectFile } from './projectFile';
import type { TextFault } from './textFault';

/** What a person has approved for one workspace folder. */
export interface Approval {
  /** Of the schema by which it was read: see {@link projectSchemaVersion}. */
  readonly schemaVersion: number;
  /** Of {@link Approval.text}. */
  readonly hash: string;
  /** All that was shown, so that what changes later can be shown beside it. */
  readonly text: string;
}

export type Standing =
  /** There is no file. */
  | { readonly kind: 'none' }
  /** There may be one; `why` is a code or a few words. */
  | { readonly kind: 'unreadable'; readonly why: string }
  | { readonly kind: 'faulty'; readonly faults: readonly TextFault[] }
  /** `approved` is what was approved earlier; `null` where nothing was. */
  | { readonly kind: 'proposed'; readonly proposal: Proposal; readonly approved: Approval | null }
  | { readonly kind: 'approved'; readonly proposal: Proposal };

/** A file without a fault, with what a person is to approve of it. */
export interface Proposal {
  readonly file: ProjectFile;
  readonly approval: Approval;
}

/**
 * @param text of the file
 * @param approved what was approved for its folder
 */
export function standingOf(text: string, approved: Approval | null, sha256: Sha256): Standing {
  const file = parseProjectFile(text);
  if (!isProjectFile(file)) return { kind: 'faulty', faults: file };
  const shown = shownText(file);
  const approval = { schemaVersion: projectSchemaVersion, hash: sha256(shown), text: shown };
  const proposal = { file, approval };
  const isApproved = approved?.hash === approval.hash && approved.schemaVersion === approval.schemaVersion;
  return isApproved ? { kind: 'approved', proposal } : { kind: 'proposed', proposal, approved };
}

/**
 * What the file says, all of it and always in the same form: in a file that is merely long enough, spaces could push a part
 * of it out of sight of who approves it.
 */
function shownText({ written }: ProjectFile): string {
  return `${JSON.stringify(written, null, 2)}\n`;
}
