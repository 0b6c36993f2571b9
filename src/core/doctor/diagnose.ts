/** From facts about a host to what they mean: every finding, in the order in which a person reads them. */
import { formatDuration, formatList } from '../text/format';
import { visible } from '../text/visible';
import type { ClockSkew } from './clockSkew';
import { diagnosePueue, programText } from './diagnosePueue';
import { diagnoseRoom } from './diagnoseRoom';
import { fine, type Finding } from './finding';
import type { HostExamination, SystemFacts, Tool } from './hostExamination';

/** Clocks that are set by the network stay within a fraction of a second. */
const noticedSkewMs = 2_000;
const largeSkewMs = 60_000;

/** @param isRead whether the queue could be read at the same time */
export function diagnose(found: HostExamination, isRead: boolean): Finding[] {
  return [
    system(found.system),
    fine('python', `${visible(found.system.python.version, 40)}  ${visible(found.system.python.executable)}`),
    ...(found.clock === null ? [] : [clock(found.clock)]),
    ...diagnosePueue(found, isRead),
    ...processes(found.processes),
    ...diagnoseRoom(found),
    ...tools(found.tools),
    ...notAnswered(found.unanswered),
  ];
}

function system({ platform, release, machine, libc, uptimeSeconds, shell }: SystemFacts): Finding {
  const parts = [
    [platform, release, machine].map((part) => visible(part, 60)).join(' '),
    ...(libc === null ? [] : [visible(libc, 40)]),
    ...(uptimeSeconds === null ? [] : [`up ${formatDuration(uptimeSeconds * 1000)}`]),
    ...(shell === null ? [] : [`shell ${visible(shell, 80)}`]),
  ];
  return fine('system', parts.join(', '));
}

function clock({ aheadMs, plusMinusMs }: ClockSkew): Finding {
  const certain = Math.abs(aheadMs) - plusMinusMs;
  if (certain <= noticedSkewMs)
    return fine('clock', `within ${fewSeconds(Math.abs(aheadMs) + plusMinusMs)} of this computer's`);
  const isLarge = certain > largeSkewMs;
  return {
    subject: 'clock',
    level: isLarge ? 'warning' : 'note',
    text: `${fewSeconds(Math.abs(aheadMs))} ${aheadMs > 0 ? 'ahead of' : 'behind'} this computer's (± ${fewSeconds(plusMinusMs)}). Times that the host states are by its own clock.`,
    next: isLarge ? 'Let a time service set the clocks of both (on Linux "timedatectl" tells).' : null,
  };
}

/** `0.04 s`, `12.3 s`, and from a minute on as any duration. */
function fewSeconds(milliseconds: number): string {
  if (milliseconds >= 60_000) return formatDuration(milliseconds);
  return `${(milliseconds / 1000).toFixed(milliseconds < 995 ? 2 : 1)} s`;
}

function processes(state: string): Finding[] {
  if (state === 'seen') return [];
  const why = state === 'hidden' ? 'the host hides the processes of other users' : 'the host has no /proc';
  const text = `They cannot be traced: ${why}. Whether an ended job still runs is then not known.`;
  return [{ subject: 'processes', level: 'note', text, next: null }];
}

function tools(found: readonly Tool[]): Finding[] {
  const own = found.flatMap(({ name, found: program }) =>
    name === 'git' || name === 'uv' ? [tool(name, program)] : [],
  );
  const clients = found.filter(({ name }) => name !== 'git' && name !== 'uv');
  const there = clients.flatMap(({ name, found: program }) =>
    program === null ? [] : [fine('databases', `${visible(name, 40)}: ${programText(program)}`)],
  );
  if (there.length > 0 || clients.length === 0) return [...own, ...there];
  // Those that did not answer are not among them.
  const names = formatList(clients.map(({ name }) => visible(name, 40)));
  return [...own, fine('databases', `no client was found (${names})`)];
}

function tool(name: 'git' | 'uv', program: Tool['found']): Finding {
  if (program !== null) return fine(name, programText(program));
  if (name === 'uv') return fine(name, 'not found');
  return { subject: name, level: 'note', text: 'Not found, and a deploy needs it.', next: 'Install git there.' };
}

/** A look that gave no answer says nothing of what it was for. */
function notAnswered(unanswered: HostExamination['unanswered']): Finding[] {
  if (unanswered.length === 0) return [];
  const all = formatList(unanswered.map(({ look, why }) => `${visible(look, 60)} (${visible(why, 80)})`));
  return [
    {
      subject: 'not answered',
      level: 'warning',
      text: `Not known: ${all}.`,
      next: 'A program or a file system hangs there: look at the load of the host and at its network mounts.',
    },
  ];
}
