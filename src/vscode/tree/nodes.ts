/**
 * The objects behind the rows. There is one object per id for as long as the row exists, so that VS Code keeps expansion
 * and selection across refreshes; an id is made of host, kind and stable key, never of state or label. Each node has the
 * shape of a command's argument, so menus and callers are read alike.
 */
import type { Judgement } from '../../core/checkpoint/judgement';
import type { Finding } from '../../core/doctor/finding';
import type { InvalidSetting } from '../../core/hostSettings';
import { invalidEntryIndex } from '../../core/hostEntries';
import type { Problem } from '../../core/problem';
import type { Standing } from '../../core/project/standing';
import type { Group, Job } from '../../core/pueue/job';
import type {
  CheckpointDirectory,
  CheckpointEntry,
  QuarantineFolder,
  SurvivingProcess,
  SurvivingRun,
} from '../../core/snapshot';

export interface HostNode {
  readonly kind: 'host';
  readonly id: string;
  readonly host: string;
}

export interface InvalidSettingNode {
  readonly kind: 'invalidSetting';
  readonly id: string;
  entry: InvalidSetting;
}

/** The project file of a workspace folder that has no effect as it is. */
export interface ProjectFileNode {
  readonly kind: 'projectFile';
  readonly id: string;
  /** URI of the folder. */
  readonly folder: string;
  file: IdleProjectFile;
}

/** A project file that is there and has no effect. */
export interface IdleProjectFile {
  readonly folder: string;
  /** Name of the folder in the workspace. */
  readonly name: string;
  readonly standing: Exclude<Standing, { kind: 'none' | 'approved' }>;
}

/** Why a host cannot be read at the moment. */
export interface ReasonNode {
  readonly kind: 'reason';
  readonly id: string;
  readonly host: string;
  problem: Problem;
}

/** What to do about it. A row of its own, since a tooltip is seen only by who looks for it. */
export interface NextNode {
  readonly kind: 'next';
  readonly id: string;
  readonly host: string;
  problem: Problem;
}

/** What an examination found on a host that cannot be read, and that may explain it. */
export interface FindingNode {
  readonly kind: 'finding';
  readonly id: string;
  readonly host: string;
  finding: Finding;
}

export interface GroupNode {
  readonly kind: 'group';
  readonly id: string;
  readonly host: string;
  readonly group: string;
  state: Group;
  /** How many of its jobs are shown. */
  shown: number;
}

export interface JobNode {
  readonly kind: 'job';
  readonly id: string;
  readonly host: string;
  readonly group: string;
  jobs: readonly [{ readonly id: number; readonly createdAt: string | null; readonly start: string | null }];
  job: Job;
  /** Its runs that are over and have live processes: rows of their own below it. */
  survivors: readonly SurvivingRun[];
}

/** A live process of a run that is over. Stands below its job, or below its host where the job is not in the queue. */
export interface SurvivorNode {
  readonly kind: 'survivor';
  readonly id: string;
  readonly host: string;
  readonly jobs: JobNode['jobs'];
  readonly pid: number;
  /** The job has no row of its own. */
  readonly alone: boolean;
  process: SurvivingProcess;
}

/** Asks for the next page of a long list. */
export interface MoreNode {
  readonly kind: 'more';
  readonly id: string;
  readonly host: string;
  /** What kind of row the list belongs to. */
  readonly of: PagedNode['kind'];
  hidden: number;
}

export interface CheckpointsNode {
  readonly kind: 'checkpoints';
  readonly id: string;
  readonly host: string;
  /** How many of its rows are shown. */
  shown: number;
}

/** Rows whose children come in pages. */
export type PagedNode = GroupNode | CheckpointsNode | QuarantineFolderNode;

/** A configured directory that could not be listed to its end. */
export interface CheckpointDirectoryNode {
  readonly kind: 'checkpointDirectory';
  readonly id: string;
  readonly host: string;
  directory: CheckpointDirectory;
}

export interface CheckpointNode {
  readonly kind: 'checkpoint';
  readonly id: string;
  readonly host: string;
  readonly paths: readonly [string];
  judgement: Judgement;
}

/** All quarantines of a host. */
export interface QuarantineNode {
  readonly kind: 'quarantine';
  readonly id: string;
  readonly host: string;
}

/** What was put into quarantine together. */
export interface QuarantineFolderNode {
  readonly kind: 'quarantineFolder';
  readonly id: string;
  readonly host: string;
  /** All that lies in it. */
  paths: readonly string[];
  folder: QuarantineFolder;
  /** Whether it lies there for so long that it may be deleted. */
  isOld: boolean;
  /** How many of its rows are shown. */
  shown: number;
}

export interface QuarantinedNode {
  readonly kind: 'quarantined';
  readonly id: string;
  readonly host: string;
  readonly paths: readonly [string];
  entry: CheckpointEntry;
  isOld: boolean;
}

export type Node =
  | HostNode
  | InvalidSettingNode
  | ProjectFileNode
  | ReasonNode
  | NextNode
  | FindingNode
  | GroupNode
  | JobNode
  | SurvivorNode
  | MoreNode
  | CheckpointsNode
  | CheckpointDirectoryNode
  | CheckpointNode
  | QuarantineNode
  | QuarantineFolderNode
  | QuarantinedNode;

/** Tags for `when` clauses of menus: single words, matched with `\b` on both sides. */
export function contextTags(node: Node): string {
  switch (node.kind) {
    case 'job':
      return `job ${node.job.state.kind}${node.survivors.length > 0 ? ' survived' : ''}`;
    case 'group':
      return `group ${node.state.status}`;
    case 'checkpoint':
      return `checkpoint ${node.judgement.state}`;
    case 'reason':
      return `reason ${node.problem.code}`;
    case 'next':
      return ['next', node.problem.code, ...whatHelps(node.problem.code)].join(' ');
    case 'quarantineFolder':
    case 'quarantined':
      // One that lost all its entries has nothing to restore or to delete.
      return node.paths.length === 0 ? node.kind : ['quarantined', ...(node.isOld ? ['old'] : [])].join(' ');
    case 'invalidSetting':
      return invalidEntryIndex(node.entry.id) === null ? node.kind : `${node.kind} entry`;
    default:
      return node.kind;
  }
}

/** The commands that a next step is taken with, beside Refresh. */
function whatHelps(code: Problem['code']): readonly ('terminal' | 'configure')[] {
  switch (code) {
    case 'unreachable':
    case 'hostKeyUnknown':
    case 'authenticationFailed':
    case 'versionUnsupported':
    case 'timedOut':
    case 'lost':
    case 'refused':
      return ['terminal'];
    case 'pythonMissing':
    case 'pueueMissing':
    case 'daemonDown':
    case 'versionMismatch':
    case 'badReply':
      return ['terminal', 'configure'];
    case 'notSupported':
    case 'invalidInput':
      return ['configure'];
    // A changed key is no matter for a button: it is compared on the host itself first.
    case 'hostKeyChanged':
    case 'cancelled':
    case 'untrusted':
    case 'busy':
    case 'stale':
      return [];
  }
}

/** Rows of a list before the first "show more", and what one click adds. */
export const firstPage = 200;
export const nextPage = 500;
