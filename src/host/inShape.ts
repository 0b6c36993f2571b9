/** An answer of the helper in the shape that was asked for. */
import * as v from 'valibot';
import { badReply } from '../core/hostProblems';
import { ProblemError } from '../core/problem';

/**
 * @param otherwise what is said where it is not in this shape
 * @throws ProblemError with `badReply`
 */
export function inShape<Shape extends v.GenericSchema>(
  host: string,
  shape: Shape,
  answer: unknown,
  otherwise = "the helper's answer has another shape",
): v.InferOutput<Shape> {
  const parsed = v.safeParse(shape, answer);
  if (parsed.success) return parsed.output;
  throw new ProblemError(badReply(host, `${otherwise} (${parsed.issues[0].message})`));
}
