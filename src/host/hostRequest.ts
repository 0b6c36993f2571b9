import type { Route } from '../core/route';

/** A request to the helper as a value: what is asked, and how the answer is read. Who sends it is another matter. */
export interface HostRequest<T> {
  /** An operation of the helper's closed list with its arguments. */
  readonly message: Readonly<Record<string, unknown>> & { readonly op: string };
  /**
   * @param route the way that the answer came
   * @throws ProblemError where the answer is not what was asked for
   */
  parse(answer: unknown, route: Route): T;
}
