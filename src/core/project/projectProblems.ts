/** The failures that a person can meet with a project file. */
import type { Problem } from '../problem';
import { formatCount } from '../text/format';
import { visible } from '../text/visible';
import { projectFileName } from './projectFileName';
import { faultText, type TextFault } from './textFault';

/** A command about the project, in a window without a folder. */
export function noFolder(): Problem {
  return {
    code: 'invalidInput',
    message: `No folder is open, and ${projectFileName} lies in the root of one.`,
    next: 'Open the folder of the project, then run it again.',
  };
}

/** A folder that was named and is none of the workspace. */
export function unknownFolder(folder: string, known: readonly string[]): Problem {
  return {
    code: 'invalidInput',
    message: `${visible(folder, 200)} is no folder of this workspace.`,
    next: `Name one of ${known.map((each) => visible(each, 80)).join(', ')}, or none to be asked.`,
  };
}

/** There is nothing to review. */
export function noProjectFile(folder: string): Problem {
  return {
    code: 'invalidInput',
    message: `${visible(folder, 80)} has no ${projectFileName}.`,
    next: 'Run Create Project File.',
  };
}

export function projectFileUnreadable(folder: string, why: string): Problem {
  return {
    code: 'invalidInput',
    message: `${projectFileName} in ${visible(folder, 80)} cannot be read: ${visible(why, 120)}.`,
    next: 'Look at the file; it has to be a text in UTF-8 that this window may read.',
  };
}

export function projectFileFaulty(folder: string, faults: readonly TextFault[]): Problem {
  const [first] = faults;
  const more = faults.length > 1 ? ` (and ${formatCount(faults.length - 1, 'more fault')})` : '';
  const what = first === undefined ? 'it has a fault' : faultText(first);
  return {
    code: 'invalidInput',
    message: `${projectFileName} in ${visible(folder, 80)} has no effect: ${what.replace(/\.$/u, '')}${more}.`,
    next: 'Correct the file; the faults are marked in it.',
  };
}

/** The file could not be made. */
export function projectFileNotWritten(folder: string, why: string): Problem {
  return {
    code: 'refused',
    message: `${projectFileName} could not be written into ${visible(folder, 80)}: ${visible(why, 200)}.`,
    next: 'Give this window the right to write there, or make the file by hand.',
  };
}
