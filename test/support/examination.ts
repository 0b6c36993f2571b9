/** An examination of a host where everything is as it should be, or as a test needs it. */
import type { Daemon, HostExamination, Program, Room } from '../../src/core/doctor/hostExamination';

export function room(path: string, more: Partial<Room> = {}): Room {
  return {
    path,
    exists: true,
    writable: true,
    readOnly: false,
    freeBytes: 80_000_000_000,
    freeInodes: 1_000_000,
    error: null,
    ...more,
  };
}

export function program(path: string, version: string | null, more: Partial<Program> = {}): Program {
  return { path, leadsTo: null, version, error: null, ...more };
}

export function daemon(more: Partial<Daemon> = {}): Daemon {
  return {
    pid: 4200,
    ageSeconds: 270_000,
    startedBy: 'userService',
    runtime: 'same',
    reach: 'here',
    version: '4.0.4',
    replaced: false,
    ...more,
  };
}

/** Of 2026-11-24 07:20 UTC, a host of ana's. */
export function examination(more: Partial<HostExamination> = {}): HostExamination {
  return {
    takenAt: Date.parse('2026-11-24T07:20:00Z') / 1000,
    clock: { aheadMs: 40, plusMinusMs: 50 },
    system: {
      ...{ platform: 'Linux', release: '6.1.0', machine: 'x86_64', libc: 'glibc 2.36', uptimeSeconds: 300_000 },
      ...{ user: 'ana', home: '/home/ana', shell: '/bin/zsh', runtimeDirectory: true },
      python: { executable: '/usr/bin/python3', version: '3.11.2' },
    },
    processes: 'seen',
    linger: true,
    journal: room('/home/ana/.local/state/pueue-preflight', { exists: false }),
    pueueDirectory: { ...room('/home/ana/.local/share/pueue'), stateFile: { path: '/s.json', bytes: 5_000 } },
    project: { ...room('/home/ana/project'), directory: true, checkout: true },
    config: { path: '/home/ana/.config/pueue/pueue.yml', origin: 'default', exists: true },
    pueue: { ...program('/home/ana/.cargo/bin/pueue', 'pueue 4.0.4'), origin: 'usualPlace' },
    daemons: [daemon()],
    tools: [
      { name: 'git', found: program('/usr/bin/git', 'git version 2.39.5') },
      { name: 'uv', found: null },
      { name: 'psql', found: program('/usr/bin/psql', 'psql (PostgreSQL) 15.18') },
    ],
    unanswered: [],
    ...more,
  };
}
