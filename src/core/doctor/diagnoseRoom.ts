/** What it means how much may be written where pueue, our journal and the project lie. */
import { formatBytes, formatCount } from '../text/format';
import { visible } from '../text/visible';
import { fine, type Finding, type FindingLevel } from './finding';
import type { HostExamination, Room } from './hostExamination';

/** pueue 3.x and 4.x rewrite their whole state at every change, and kill all jobs where that fails. */
const littleRoom = 1_000_000_000;
const hardlyAnyRoom = 100_000_000;
const fewFiles = 1000;
/** From here on every `pueue add` takes the better part of a second. */
const largeStateFile = 50_000_000;
/** What the journal needs, its reserve included, with room for many records. */
const journalRoom = 1_000_000;

export function diagnoseRoom({ pueueDirectory, journal, project }: HostExamination): Finding[] {
  return [
    ...(pueueDirectory === null ? [] : [stateDirectory(pueueDirectory)]),
    ...(pueueDirectory === null ? [] : stateFile(pueueDirectory)),
    ...(journal === null ? [] : [journalDirectory(journal)]),
    ...(project === null ? [] : [projectDirectory(project)]),
  ];
}

function stateDirectory(room: Room): Finding {
  const subject = 'state directory';
  const { lack, level } = lackOf(room, hardlyAnyRoom, littleRoom);
  if (lack === null) return fine(subject, `${visible(room.path)}, ${free(room)}`);
  return {
    subject,
    level,
    text: `${visible(room.path)}: ${lack}. pueue keeps its state there, and kills all jobs when it cannot save it.`,
    next: 'Make room on that file system before another job is added; the logs of finished jobs lie there too.',
  };
}

function stateFile({ stateFile: file }: NonNullable<HostExamination['pueueDirectory']>): Finding[] {
  if (file === null || file.bytes <= largeStateFile) return [];
  return [
    {
      subject: 'state file',
      level: 'warning',
      text: `${visible(file.path)} has ${formatBytes(file.bytes)}. pueue writes all of it at every change, so adding and ending jobs is slow.`,
      next: 'Remove finished jobs that are no longer needed from the queue.',
    },
  ];
}

function journalDirectory(room: Room): Finding {
  const subject = 'journal';
  const { lack } = lackOf(room, journalRoom, journalRoom, 2);
  if (lack === null) return fine(subject, `${visible(room.path)}, ${free(room)}`);
  return {
    subject,
    level: 'warning',
    text: `${visible(room.path)}: ${lack}. What is changed on a host is journaled there first, so nothing can be changed.`,
    next: 'Make that directory writable, or make room there. Looking works without it.',
  };
}

function projectDirectory(project: NonNullable<HostExamination['project']>): Finding {
  const subject = 'project';
  const path = visible(project.path);
  const wrong = (level: FindingLevel, what: string, next: string): Finding => ({
    subject,
    level,
    text: `${path}: ${what}.`,
    next,
  });
  const correct = 'Correct "path" of this host in the setting pueuePreflight.hosts, or clone the project there.';
  if (project.error === null && !project.exists) return wrong('warning', 'it does not exist', correct);
  if (project.error === null && !project.directory) return wrong('warning', 'it is no directory', correct);
  const { lack, level } = lackOf(project, hardlyAnyRoom, littleRoom);
  if (lack !== null) return wrong(level === 'problem' ? 'warning' : level, lack, 'See to it before the next deploy.');
  if (!project.checkout) return wrong('note', 'it is no git checkout', correct);
  return fine(subject, `${path}, a git checkout, ${free(project)}`);
}

/** What keeps from writing at a path, and how bad that is; `null` where nothing does, or where it is not known. */
function lackOf(
  { writable, readOnly, freeBytes, freeInodes, error }: Room,
  hardly: number,
  little: number,
  files = fewFiles,
): { readonly lack: string | null; readonly level: FindingLevel } {
  if (error !== null) return { lack: `it cannot be looked at (${visible(error, 60)})`, level: 'warning' };
  if (readOnly === true) return { lack: 'its file system is read-only', level: 'problem' };
  if (writable === false) return { lack: 'it cannot be written by this user', level: 'problem' };
  if (freeBytes !== null && freeBytes < little)
    return { lack: `${formatBytes(freeBytes)} are free`, level: freeBytes < hardly ? 'problem' : 'warning' };
  if (freeInodes !== null && freeInodes < files)
    return { lack: `room for ${formatCount(freeInodes, 'more file')}`, level: 'warning' };
  return { lack: null, level: 'ok' };
}

function free({ freeBytes }: Room): string {
  return freeBytes === null ? 'free space not known' : `${formatBytes(freeBytes)} free`;
}
