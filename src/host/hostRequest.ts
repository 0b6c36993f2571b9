import type { RoundTrip } from '../core/doctor/clockSkew';
import type { Route } from '../core/route';

/** A request to the helper as a value: what is asked, and how the answer is read. Who sends it is another matter. */
export interface HostRequest<T> {
  /** An operation of the helper's closed list with its arguments. */
  readonly message: Readonly<Record<string, unknown>> & { readonly op: string };
  /**
   * @param route the way that the answer came
   * @param trip when it was asked and answered, where that is known
   * @throws ProblemError where the answer is not what was asked for
   */
  parse(answer: unknown, route: Route, trip?: RoundTrip): T;
}
