"""Traces the processes of runs: a job that pueue calls killed, or done, may have processes that go on writing.

pueue tells no pid. A process belongs to a run because it did at an earlier look; because its parent, its process group
or its session does; because it can write to the log of the job; or because it was born during the run with the whole
environment of the job. The shell of a run is a child of the daemon and leads a process group of its own (pueue 3.x, 4.x).
"""
import bisect
import os
import re
import threading

import facts
import processes
import runs

# Births come in ticks, and a process as young as the status may be of a run that the status does not know.
TICK_SECONDS = 0.02
PATIENCE_SECONDS = 5
LISTED_PER_RUN = 100
BLOCK = 128
LOG = re.compile(r'(.*/task_logs)/(\d{1,15})\.log( \(deleted\))?\Z')
# All runs of other daemons, as one.
FOREIGN = ('foreign', None, None)


class Tracer:
    """Remembers, for its own life, which process belongs to which run: one that was seen while its job was live is
    found whatever it does to hide later."""

    def __init__(self):
        self._members = {}
        self._ties = {}
        self._seen = set()
        self._lock = threading.Lock()
        self._hanging = None

    def trace(self, jobs, logs, daemon, asked_at, released):
        """The processes of ended runs as a message, or why they cannot be told.

        `jobs`: a Run for each job; `logs`: the directory of their logs, or None; `daemon`: its process, or None;
        `asked_at`: when the status was asked for; `released`: identities of processes that are no part of a job, with
        the time from which what they start is none either. In a thread: the files of a process that hangs in the
        kernel can hang too.
        """
        answer = {}
        if self._hanging is None or not self._hanging.is_alive():
            thread = threading.Thread(target=self._run, args=(answer, jobs, logs, daemon, asked_at, released), daemon=True)
            thread.start()
            thread.join(PATIENCE_SECONDS)
            if not thread.is_alive():
                return answer
            self._hanging = thread
        return {'untraced': 'hangs'}

    def _run(self, answer, jobs, logs, daemon, asked_at, released):
        try:
            if logs is None or not os.path.isdir(logs):
                raise processes.Untraceable('noLogs')
            with self._lock:
                table = processes.table()
                if daemon is None and not any(process.name == b'pueued' for process in table.values()):
                    # It runs on another host or in another container, and its jobs with it.
                    raise processes.Untraceable('noDaemon')
                look = _Look(table, jobs, os.path.realpath(logs), daemon, asked_at)
                look.assign(self._members, self._ties)
                self._remember(look)
                found = look.message(self._seen, released)
        except processes.Untraceable as error:
            answer['untraced'] = str(error)
        except Exception as error:
            answer['untraced'] = facts.place_of(error)
        else:
            answer.update(found)

    def living(self, keys, released):
        """The live processes of these runs, each with its run, as looks have assigned them; without those that are no part of
        a job. Raises processes.Untraceable."""
        with self._lock:
            members = self._members
        table = processes.table()
        return [(process, members[process.identity]) for process in table.values()
                if members.get(process.identity) in keys and not _is_released(process, table, released)]

    def _remember(self, look):
        self._members = {look.table[pid].identity: key for pid, key in look.keys.items()}
        self._ties = look.ties
        traced = set(look.keys.values())
        live = {run.key for run in look.jobs.values() if run.live}
        known = {run.key for run in look.jobs.values()}
        self._seen = self._seen & known | live & traced


class _Look:
    """One look at all processes of the host."""

    def __init__(self, table, jobs, logs, daemon, asked_at):
        self.table = table
        self.jobs = {run.key[0]: run for run in jobs}
        self.keys = {}
        self.ties = {}
        self._logs = logs
        self._daemon = daemon
        self._asked_at = asked_at
        self._refused = []
        # When the shell of each live run was born, by the clock of the boot.
        self._shells = {}
        self._daemons = {process.pid for process in table.values() if process.name == b'pueued'}
        # A tie to one of these numbers would be a tie to every job, and to the terminal that a daemon was started in.
        self._untied = {number for pid in self._daemons for number in (pid, table[pid].group, table[pid].session)}
        self._windows = _Windows([run for run in jobs if run.mark is not None and run.earliest is not None])

    def assign(self, members, ties):
        """Gives each process its run, from what was remembered and from what can be seen."""
        self.ties = {number: key for number, key in ties.items() if not self._is_given_anew(number, members)}
        # Parents before their children.
        rest = sorted((process for process in self.table.values()
                       if process.pid not in self._daemons and process.pid != os.getpid()),
                      key=lambda process: (process.ticks, process.pid))
        for process in rest:
            self._give(process, members.get(process.identity))
        # The shells of live runs come next: from there on it is known exactly when each run began.
        for process in rest:
            if process.parent in self._daemons and process.pid == process.group:
                self._give(process, self.keys.get(process.pid) or self._key_of_shell(process))
        for process in rest:
            if process.pid not in self.keys:
                self._give(process, self._key_by_kin(process) or self._key_by_sight(process))
        # A process may be tied to a younger one.
        while any([self._give(process, self._key_by_kin(process)) for process in rest if process.pid not in self.keys]):
            pass
        used = {number for process in self.table.values() for number in (process.pid, process.group, process.session)}
        self.ties = {number: key for number, key in self.ties.items() if number in used}

    def _give(self, process, key):
        if key is None:
            return False
        self.keys[process.pid] = key
        # A group or a session that bears the number of a member, or of the group of one, was made in the run.
        for number in (process.pid, process.group):
            if number not in self._untied:
                self.ties[number] = key
        if process.parent in self._daemons and self._is_live(key):
            run = self.jobs[key[0]]
            run.begin = run.earliest = process.born
            self._shells.setdefault(key[0], process.booted)
        return True

    def _is_live(self, key):
        run = self.jobs.get(key[0])
        return run is not None and run.live and run.key == key

    def _is_given_anew(self, number, members):
        """Whether another process bears the number by now. The kernel gives none anew that a group still goes by."""
        process = self.table.get(number)
        return process is not None and process.identity not in members

    def _key_by_kin(self, process):
        if process.parent in self._daemons:
            return None
        return (self.keys.get(process.parent) or self.ties.get(process.group) or self.ties.get(process.session))

    def _key_of_shell(self, process):
        if self._daemon is not None and process.parent != self._daemon.pid:
            return FOREIGN
        key = self._key_by_sight(process)
        if key == FOREIGN and self._daemon is not None:
            # A job of our daemon prints to a directory that is not ours: it was started with another configuration.
            raise processes.Untraceable('noLogs')
        run = self.jobs.get(key[0]) if key is not None else None
        if run is not None and run.live and self._daemon is not None:
            # A daemon has one shell of a job at a time, whatever its clock said as that began.
            return run.key
        if key is not None:
            return key
        near = [run for run in self.jobs.values() if run.live and run.key[0] not in self._shells
                and abs(run.begin - process.born) <= runs.SLACK_SECONDS]
        return min(near, key=lambda run: abs(run.begin - process.born)).key if near else None

    def _key_by_sight(self, process):
        if process.born > self._asked_at - TICK_SECONDS or not processes.is_own(process):
            return None
        paths = processes.written_logs(process)
        logs = [] if paths is processes.REFUSED else [match for match in map(LOG.match, paths) if match]
        for match in logs:
            if match.group(1) == self._logs:
                return self._key_by_log(process, int(match.group(2)))
        if logs:
            return FOREIGN
        within = self._windows.around(process.born)
        environment = processes.environment_of(process) if within else {}
        if processes.REFUSED in (paths, environment):
            self._refused.append(process)
            return None
        return _run_with(environment, within, process.born)

    def _key_by_log(self, process, job):
        """The newest run of the job, or one before it: a restart in place keeps the file. That it was deleted says
        nothing: pueue does so as it removes a job, and people do to make room."""
        run = self.jobs.get(job)
        if run is None or process.born < run.created - runs.SLACK_SECONDS:
            return job, None, None
        newest = run.earliest is not None and process.born >= run.earliest
        return run.key if newest else (job, run.key[1], None)

    def message(self, seen, released):
        """The runs that are over and have live processes, and what this look could not see."""
        found = {}
        for pid, key in self.keys.items():
            if key != FOREIGN and not self._is_live(key) and not _is_released(self.table[pid], self.table, released):
                found.setdefault(key, []).append(self.table[pid])
        over = [run for run in self.jobs.values() if run.earliest is not None and not run.live]
        boot_id = facts.boot_id()
        described = (_described(key, found[key], boot_id) for key in sorted(found, key=lambda key: key[0]))
        return {'runs': [run for run in described if run['processes']], 'shells': sorted(self._shells.items()),
                'unseen': sum(1 for run in over if run.key not in seen), 'refused': self._count_refused()}

    def _count_refused(self):
        """Those that could be part of a job. What led to this program, like the server of its own login, is none."""
        line, process = set(), self.table.get(os.getpid())
        while process is not None and process.pid not in line:
            line.add(process.pid)
            process = self.table.get(process.parent)
        first = min((run.earliest for run in self.jobs.values() if run.earliest is not None), default=float('inf'))
        return sum(1 for process in self._refused
                   if process.pid not in self.keys and process.pid not in line and process.born >= first)


class _Windows:
    """Finds the runs that a process may have been born in."""

    def __init__(self, jobs):
        self._live = [run for run in jobs if run.live]
        self._over = sorted((run for run in jobs if not run.live), key=lambda run: run.earliest)
        self._earliest = [run.earliest for run in self._over]
        # The latest end in each block of runs: one run of a day must not have all of that day looked through.
        self._reach = [max(run.end for run in self._over[at:at + BLOCK]) for at in range(0, len(self._over), BLOCK)]

    def around(self, born):
        within = [run for run in self._live if run.earliest <= born]
        begun = bisect.bisect_right(self._earliest, born)
        for at in range(0, begun, BLOCK):
            if self._reach[at // BLOCK] >= born - runs.SLACK_SECONDS:
                block = self._over[at:min(at + BLOCK, begun)]
                within.extend(run for run in block if run.end >= born - runs.SLACK_SECONDS)
        return within


def _is_released(process, table, released):
    """Whether it is no part of a job, or was started by one that was none by then."""
    at = released.get(process.identity)
    while at is None and process is not None:
        born, process = process.born, table.get(process.parent)
        at = process and released.get(process.identity)
        if at is not None and born < at:
            at = None
    return at is not None


def _run_with(environment, within, born):
    """A slot that becomes free is taken at once, perhaps with the same environment: the nearest run counts, then the
    later one."""
    fitting = [run for run in within if runs.has_mark(environment, run.mark)]
    nearest = sorted(fitting, key=lambda run: (max(run.begin - born, born - run.end, 0), -run.begin))
    return nearest[0].key if nearest else None


def _described(key, members, boot_id):
    """A run as a message. A process that has ended since it was found is left out."""
    members.sort(key=lambda process: (process.ticks, process.pid))
    shown = [(process, processes.arguments_of(process)) for process in members[:LISTED_PER_RUN]]
    listed = [[process.pid, process.life(boot_id), process.booted, arguments]
              for process, arguments in shown if arguments is not None]
    return {'id': key[0], 'createdAt': key[1], 'start': key[2], 'processes': listed,
            'total': len(members) - len(shown) + len(listed)}
