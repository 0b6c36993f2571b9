/** The request that asks what became of an act whose answer did not come. After it, an act that has not begun never will. */
import * as v from 'valibot';
import type { HostSettings } from '../core/hostSettings';
import type { HostRequest } from './hostRequest';
import { inShape } from './inShape';

const shape = v.variant('state', [
  v.object({ state: v.literal('ended'), answer: v.unknown() }),
  v.object({ state: v.literal('begun'), commands: v.array(v.array(v.string())) }),
  v.object({ state: v.literal('running') }),
  v.object({ state: v.literal('void') }),
]);

export type ResolvedAct = v.InferOutput<typeof shape>;

export function resolveActRequest({ name, pueue, pueueConfig }: HostSettings, id: string): HostRequest<ResolvedAct> {
  return {
    message: { op: 'resolveAct', act: id, pueue, pueueConfig },
    parse: (answer) => {
      return inShape(name, shape, answer);
    },
  };
}
