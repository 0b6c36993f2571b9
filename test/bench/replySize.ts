/** P2: how many bytes a queue is, as pueue prints it and as it travels. */
import { inflateSync } from 'node:zlib';
import { checkpointDirectory } from '../lab/scenarios';
import type { RemoteHost } from '../ssh/remoteHost';
import { variableCount } from '../lab/sweepEnvironment';
import { addJobs } from './benchHost';
import { bytesOfAJob } from './madeStatus';
import type { Row } from './table';

/** @param jobs how many the host has by now, and how many it is to have */
export async function measureBytes(
  host: RemoteHost,
  jobs: { before: number; wanted: number },
): Promise<readonly Row[]> {
  await addJobs(host, jobs.wanted - jobs.before);
  const raw = Buffer.byteLength(await host.pueue.must(['status', '--json']));
  const way = await host.way({}, { checkpoints: [checkpointDirectory] });
  const first = await way.audit();
  const before = { received: way.tap.bytesReceived, wire: way.proxy.bytes('up') + way.proxy.bytes('down') };
  const second = await way.audit();
  if (first.fingerprint === null || first.fingerprint !== second.fingerprint)
    throw new Error('the host changed between two readings that were to be alike');
  const unchanged = way.tap.bytesReceived - before.received;
  const onTheWire = way.proxy.bytes('up') + way.proxy.bytes('down') - before.wire;
  const [reply] = way.tap.replies()?.filter(({ deflated }) => deflated) ?? [];
  if (reply === undefined) throw new Error('no whole reply was seen');
  const full = inflateSync(reply.bytes).length;
  way.reader.close();
  const of = `${jobs.wanted} jobs`;
  return [
    {
      id: 'P2',
      what: `full state a stashed job, not deflated, ${of}`,
      atMost: 450,
      unit: 'bytes',
      samples: [full / jobs.wanted],
    },
    {
      id: 'P2',
      what: 'the same a job that has succeeded, 1000 jobs, made up',
      atMost: 450,
      unit: 'bytes',
      samples: [await bytesOfAJob('succeeded')],
    },
    { id: 'P2', what: `refresh of an unchanged state, ${of}`, atMost: 200, unit: 'bytes', samples: [unchanged] },
    {
      id: 'P2',
      what: `its bytes in both directions, encrypted, ${of}`,
      atMost: 200,
      unit: 'bytes',
      samples: [onTheWire],
    },
    {
      id: 'P2',
      what: `full state / pueue's own JSON, ${variableCount} variables a job (${(raw / jobs.wanted / 1000).toFixed(1)} KB)`,
      atMost: null,
      samples: [full / raw],
    },
  ];
}
