/** The request for how a host is set up. */
import * as v from 'valibot';
import { clockSkew, type RoundTrip } from '../core/doctor/clockSkew';
import type { HostExamination } from '../core/doctor/hostExamination';
import type { HostSettings } from '../core/hostSettings';
import type { HostRequest } from './hostRequest';
import { inShape } from './inShape';

const text = v.string();
const textOrNull = v.nullable(text);
const numberOrNull = v.nullable(v.number());
const flagOrNull = v.nullable(v.boolean());
const room = {
  path: text,
  exists: v.boolean(),
  writable: flagOrNull,
  readOnly: flagOrNull,
  freeBytes: numberOrNull,
  freeInodes: numberOrNull,
  error: textOrNull,
};
const program = { path: text, leadsTo: textOrNull, version: textOrNull, error: textOrNull };
const client = v.union([
  v.object({ ...program, origin: v.picklist(['setting', 'path', 'usualPlace', 'loginShell']) }),
  v.object({ path: v.null(), looked: v.array(text) }),
]);
const tool = v.union([v.object({ ...program, name: text }), v.object({ path: v.null(), name: text })]);
const daemon = v.object({
  pid: v.number(),
  ageSeconds: v.number(),
  startedBy: v.nullable(v.picklist(['userService', 'session', 'systemService'])),
  runtime: v.nullable(v.picklist(['same', 'other', 'unset'])),
  reach: v.nullable(v.picklist(['here', 'otherRuntime'])),
  version: textOrNull,
  replaced: flagOrNull,
});
const answerShape = v.object({
  clock: v.object({ askedAt: v.number(), heldMs: v.number() }),
  system: v.object({
    ...{ platform: text, release: text, machine: text, libc: textOrNull, uptimeSeconds: numberOrNull },
    ...{ user: text, home: text, shell: textOrNull, runtimeDirectory: v.boolean() },
    python: v.object({ executable: text, version: text }),
  }),
  processes: text,
  linger: flagOrNull,
  journal: v.nullable(v.object(room)),
  pueueDirectory: v.nullable(v.object({ ...room, stateFile: v.nullable(v.object({ path: text, bytes: v.number() })) })),
  project: v.nullable(v.object({ ...room, directory: v.boolean(), checkout: v.boolean() })),
  config: v.nullable(
    v.object({ path: text, origin: v.picklist(['setting', 'environment', 'default']), exists: v.boolean() }),
  ),
  pueue: v.nullable(client),
  daemons: v.nullable(v.array(daemon)),
  tools: v.array(tool),
  unanswered: v.array(v.tuple([text, text])),
});

/** @param settings which client, configuration file and project directory are asked about */
export function examineRequest(settings: HostSettings): HostRequest<HostExamination> {
  const { pueue, pueueConfig, path } = settings;
  return {
    message: { op: 'examine', pueue, pueueConfig, path },
    parse: (answer, _route, trip) => parseExamination(settings.name, answer, trip),
  };
}

function parseExamination(host: string, answer: unknown, trip: RoundTrip | undefined): HostExamination {
  const { clock, tools, unanswered, ...found } = inShape(
    host,
    answerShape,
    answer,
    "the helper's examination has another shape",
  );
  return {
    ...found,
    takenAt: clock.askedAt,
    clock: trip === undefined ? null : clockSkew(clock.askedAt, clock.heldMs, trip),
    tools: tools.map(({ name, ...each }) => ({ name, found: each.path === null ? null : each })),
    unanswered: unanswered.map(([look, why]) => ({ look, why })),
  };
}
