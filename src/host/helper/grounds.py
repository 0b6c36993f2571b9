"""The queue as the process sees it that acts, and whether it is still what the person agreed to.

pueue has no compare-and-swap: between this look and the act a window stays open. It is as short as can be, and what has
happened in it is named afterwards.
"""
import os
import re
import threading
import time

import acts
import facts
import processes
import runs

VERSION = re.compile(r'(\d+)\.(\d+)\.(\d+)')
# Without priorities, and with other rules for killing, below (pueue CHANGELOG 3.2.0).
OLDEST = (3, 2)
EFFECT_SECONDS = 5
POLL_SECONDS = 0.05
WAITING = ('queued', 'scheduled', 'locked')
LIVE = ('running', 'paused')
RAN = ('Running', 'Paused', 'Done')
WORDS = {'Queued': 'queued', 'Running': 'running', 'Paused': 'paused', 'Locked': 'locked'}
RESULTS = {'Success': 'succeeded', 'Failed': 'failed', 'Killed': 'killed', 'FailedToSpawn': 'failedToSpawn',
           'DependencyFailed': 'dependencyFailed', 'Errored': 'errored'}


def state_of(task):
    """The state of a task in the one word that the client has for it."""
    word, _, result = runs.read_status(task)
    if word == 'Stashed':
        until = task['status'][word] if isinstance(task['status'], dict) else None
        return 'scheduled' if isinstance(until, dict) and until.get('enqueue_at') else 'stashed'
    if word == 'Done':
        return RESULTS.get(runs.word_of(result), 'unknown')
    return WORDS.get(word, 'unknown')


def exit_code_of(task):
    """The exit code of a run that has failed, or None."""
    result = runs.read_status(task)[2]
    code = result.get('Failed') if isinstance(result, dict) else None
    return code if type(code) is int else None


def start_of(task):
    """When the run began that the task is in or has ended with, as pueue wrote it, or None."""
    word, times, _ = runs.read_status(task)
    start = times.get('start') if word in RAN and isinstance(times, dict) else None
    return start if isinstance(start, str) else None


class Ground:
    """One whole look at the queue of a daemon, environments of the jobs in `keep` included. They never leave this program."""

    def __init__(self, version, tasks, groups, runs_of_jobs, stamp=None):
        self.version = version
        # Of the state file as it was before the look, see Daemon.stamp.
        self.stamp = stamp
        # By id: the task as pueue gave it.
        self.tasks = tasks
        self.groups = groups
        # A runs.Run for each job, for tracing.
        self.runs = runs_of_jobs
        self._by_creation = None

    def at(self, number, created):
        """The job of that id, if it is the one that was created then, or None: pueue gives ids to other jobs."""
        task = self.tasks.get(number)
        return task if task is not None and task.get('created_at') == created else None

    def job(self, target):
        """The very job that a target means, under whatever id it is by now, or None: pueue switches ids too."""
        task = self.at(target['id'], target['createdAt'])
        if task is not None:
            return task
        if self._by_creation is None:
            self._by_creation = {each.get('created_at'): each for each in self.tasks.values()}
        return self._by_creation.get(target['createdAt'])

    def differences(self, targets):
        """What of the jobs that the person agreed to is no longer so: (id, word), the word being `gone` where the id is
        another job's or nobody's, `restarted` where it is another run, and else the state that it is in by now."""
        found = []
        for target in targets:
            task = self.at(target['id'], target['createdAt'])
            if task is None:
                found.append((target['id'], 'gone'))
            elif start_of(task) != target['start']:
                found.append((target['id'], 'restarted'))
            elif state_of(task) != target['state']:
                found.append((target['id'], state_of(task)))
        return found

    def demand(self, targets):
        """Raises acts.Refused unless all of them are as the person agreed to."""
        changed = self.differences(targets)
        if changed:
            raise acts.Refused('stale', what=told(changed))


def told(changed):
    """Differences as the end of a sentence."""
    words = ['job %d is %s' % (number, 'another one, or gone' if word == 'gone' else
                               'in another run' if word == 'restarted' else word + ' by now') for number, word in changed]
    more = ', and %d more' % (len(words) - 10) if len(words) > 10 else ''
    return ', '.join(words[:10]) + more + '.'


class Daemon:
    """The daemon that an act is for: how it is looked at, and how its client is run."""

    def __init__(self, pueue, asked, config, cancelled, released=dict):
        self._pueue = pueue
        self._asked = asked
        self._released = released
        self.config = config
        self.cancelled = cancelled

    @property
    def environment(self):
        return self._pueue.environment(self.config)

    @property
    def client(self):
        """Absolute path of the client; looked for before."""
        return self._pueue.locate(self._asked, self.cancelled)[0]

    def look(self, keep=()):
        """Reads the queue. Raises acts.Refused where it cannot be read whole, or is of a version that is only looked at."""
        jobs, stamp = [], self.stamp()
        reading, document = self._pueue.document(self._asked, self.config, self.cancelled, jobs, frozenset(keep))
        if document is None:
            raise acts.Refused('unreadable', what=_why(reading))
        match = VERSION.search(reading.get('version', ''))
        version = tuple(int(part) for part in match.groups()) if match else (0, 0, 0)
        if version < OLDEST:
            raise acts.Refused('oldPueue', what=reading.get('version', ''))
        tasks = {task['id']: task for task in document['tasks'].values()
                 if isinstance(task, dict) and type(task.get('id')) is int}
        if len(tasks) != len(document['tasks']) or 'default' not in document['groups']:
            raise acts.Refused('unreadable', what='the status has a shape that is not known')
        return Ground(version, tasks, document['groups'], jobs, stamp)

    def look_after(self):
        """A look at what has become of an act: nothing cancels it, since an act without one is lost."""
        return Daemon(self._pueue, self._asked, self.config, threading.Event(), self._released).look()

    def until(self, shows, seconds=EFFECT_SECONDS):
        """Looks until the queue shows the effect of an act, or the time is over; None where it could not be read at the last.
        An exit code is no proof: 3.4.1 answers before it has paused a group."""
        deadline = time.monotonic() + seconds
        while True:
            began = time.monotonic()
            try:
                ground = self.look_after()
            except acts.Refused:
                ground = None
            now = time.monotonic()
            if ground is not None and shows(ground) or now > deadline:
                return ground
            # A large queue costs its host much: not more than half of the time goes into reading it.
            time.sleep(max(POLL_SECONDS, now - began))

    def stamp(self):
        """What differs once a job was added, removed, switched or killed: pueue writes its state file before it answers whoever
        asked for that. It writes nothing for stash, enqueue and parallel, and 3.4.1 nothing for start and restart (tried on
        3.4.1 and 4.0.4), so that the same stamp proves that ids mean the same jobs, and not that these are in the same
        state. None where the state file is not known."""
        places = acts.places_of(self._pueue, self.config)
        found = []
        for path in () if places.unsure else places.states:
            try:
                status = os.stat(path)
            except OSError:
                continue
            found.append((path, status.st_ino, status.st_size, status.st_mtime_ns))
        return found or None

    def still(self, ground, targets):
        """The last thing before a command: (targets that are as they were agreed to, words of the others by id, the newest
        look). The queue is read again where, by the state file, an id may mean another job since `ground`."""
        if ground.stamp is not None and self.stamp() == ground.stamp:
            return targets, {}, ground
        try:
            ground = self.look_after()
        except acts.Refused:
            return [], {target['id']: 'unread' for target in targets}, ground
        changed = dict(ground.differences(targets))
        return [target for target in targets if target['id'] not in changed], changed, ground

    def argv(self, arguments):
        """The client with its arguments: a list that needs no shell."""
        return [self.client] + (['-c', self.config] if self.config else []) + ['--color', 'never', *arguments]

    def run(self, act, arguments, seconds=60):
        """Runs the client for an act. A question whether to go on, which a configuration can ask for, is answered with yes."""
        return act.run(self.argv(arguments), environment=self.environment, stdin=b'y\n', seconds=seconds)

    def living(self, ground, keys, anew=True):
        """The live processes of runs, also of live ones, or None where they cannot be traced. `anew`: with those that were
        started since the last look. Processes that were said to be no part of a job are none."""
        try:
            released = self._released()
            if anew and 'untraced' in self._pueue.trace(self._asked, self.config, ground.runs, released):
                return None
            return self._pueue.living(self._asked, self.config, frozenset(keys), released)
        except (processes.Untraceable, OSError):
            return None

    def processes_of_ended(self, ground):
        """What the tracer finds of runs that are over, see Tracer.trace: the same memory as that of the readings. Raises
        acts.Refused where the journal cannot be read, which names processes that are no part of a job."""
        try:
            released = self._released()
        except OSError as error:
            raise acts.Refused('noJournal', error=facts.error_name(error)) from error
        return self._pueue.trace(self._asked, self.config, ground.runs, released)


def _why(reading):
    if 'missing' in reading:
        return 'no pueue client was found'
    if 'notRun' in reading:
        return 'the pueue client cannot be run (%s)' % reading['error']
    return ', '.join(reading.get('complaints') or [reading.get('stopped') or 'pueue failed'])
