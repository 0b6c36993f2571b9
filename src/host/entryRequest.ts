/** The request for one entry of a checkpoint directory. */
import * as v from 'valibot';
import { entryUnreadable } from '../core/checkpoint/entryProblems';
import type { EntryPart, EntryRequest } from '../core/checkpoint/readEntry';
import { ProblemError } from '../core/problem';
import type { HostRequest } from './hostRequest';
import { inShape } from './inShape';

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const kind = v.picklist(['file', 'directory', 'link', 'other']);
const base = { takenAt: v.number(), inode: v.pipe(v.string(), v.regex(/^\d{1,20}$/u)), modified: v.number() };
const answerShape = v.union([
  v.object({ error: v.string() }),
  v.object({ ...base, kind: v.literal('file'), size: count, data: v.string() }),
  v.object({
    ...base,
    kind: v.literal('directory'),
    entries: v.array(v.tuple([v.pipe(v.string(), v.minLength(1)), kind, v.nullable(count), v.number()])),
    more: v.boolean(),
  }),
  v.object({ ...base, kind: v.literal('link'), target: v.string() }),
  v.object({ ...base, kind: v.literal('other') }),
]);

/** @param asked its `bytes` at most 1 MiB, the helper's own limit */
export function entryRequest(host: string, { roots, path, bytes }: EntryRequest): HostRequest<EntryPart> {
  return {
    message: { op: 'entry', roots, path, bytes },
    parse: (answer) => {
      const output = inShape(host, answerShape, answer);
      if ('error' in output) throw new ProblemError(entryUnreadable(host, path, output.error));
      return partOf(output);
    },
  };
}

function partOf(output: Exclude<v.InferOutput<typeof answerShape>, { error: string }>): EntryPart {
  switch (output.kind) {
    case 'file': {
      const { data, ...rest } = output;
      return { ...rest, bytes: Buffer.from(data, 'base64') };
    }
    case 'directory':
      return {
        ...output,
        entries: output.entries.map(([name, what, bytes, modified]) => ({ name, kind: what, bytes, modified })),
      };
    default:
      return output;
  }
}
