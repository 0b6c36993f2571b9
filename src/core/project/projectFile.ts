/** Reads the text of `pueue-preflight.json`: the project that it proposes, or every fault with its place. */
import { findNodeAtLocation, type Node } from 'jsonc-parser';
import * as v from 'valibot';
import { visible } from '../text/visible';
import { nameOfHost } from './nameOfHost';
import { projectShape, type WrittenProject } from './projectShape';
import { inOrder, parseStrictJson, type FaultAt } from './strictJson';
import { placeOf, type TextFault } from './textFault';

/** Grows when the file comes to say something else: what was approved is then to be approved anew. */
export const projectSchemaVersion = 1;

/** A file without a fault. */
export interface ProjectFile {
  readonly written: WrittenProject;
  /** Names of the hosts in the order of a rollout; `null` where it speaks of every configured host. */
  readonly hosts: readonly string[] | null;
  /** Where these names stand in the text. */
  readonly hostPlaces: readonly { readonly offset: number; readonly length: number }[];
}

/** @returns the file, or what is wrong with it, by place */
export function parseProjectFile(text: string): ProjectFile | readonly TextFault[] {
  const { root, faults } = parseStrictJson(text);
  if (root === null) return placed(text, faults);
  const parsed = v.safeParse(projectShape, root.value);
  if (!parsed.success)
    return placed(
      text,
      parsed.issues.map((issue) => faultAt(root.node, issue)),
    );
  const written = parsed.output;
  const hosts = written.hosts?.map(nameOfHost) ?? null;
  return { written, hosts, hostPlaces: (hosts ?? []).map((_, index) => hostPlace(root.node, index)) };
}

/** Whether a file was read without a fault. */
export function isProjectFile(read: ProjectFile | readonly TextFault[]): read is ProjectFile {
  return !Array.isArray(read);
}

function placed(text: string, faults: readonly FaultAt[]): TextFault[] {
  return inOrder(faults).map((fault) => ({ ...fault, ...placeOf(text, fault.offset) }));
}

function faultAt(root: Node, issue: v.BaseIssue<unknown>): FaultAt {
  const path = (issue.path ?? []).map(({ key }) => key as string | number);
  const node = findNodeAtLocation(root, path);
  const beyondSchema = issue.type === 'check';
  const shown = path.length === 0 ? 'The file' : `"${visible(shownPath(path), 100)}"`;
  if (issue.type === 'strict_object' && issue.expected === 'never') {
    const [key = node] = node?.parent?.children ?? [];
    return {
      offset: key?.offset ?? 0,
      length: key?.length ?? 0,
      message: `${shown} is no key of this file.`,
      beyondSchema,
    };
  }
  if (node === undefined) {
    // What lacks a key is an object, and marked where it begins.
    const { offset } = findNodeAtLocation(root, path.slice(0, -1)) ?? root;
    return { offset, length: 1, message: `${shown} is missing.`, beyondSchema };
  }
  return { offset: node.offset, length: node.length, message: `${shown} ${issue.message}.`, beyondSchema };
}

function hostPlace(root: Node, index: number): { offset: number; length: number } {
  const { offset, length } =
    findNodeAtLocation(root, ['hosts', index, 'name']) ?? findNodeAtLocation(root, ['hosts', index]) ?? root;
  return { offset, length };
}

/** `checkpoints 2.pattern`: people count from one. */
function shownPath(path: readonly (string | number)[]): string {
  return path
    .map((key, index) => (typeof key === 'number' ? ` ${key + 1}` : `${index === 0 ? '' : '.'}${key}`))
    .join('');
}
