"""Finds directories that may hold checkpoints: by their names, and by what the processes of the jobs write to.

Only names, numbers and times are read, links are not followed, and the whole is bounded in time and in entries: what was
found by then is the answer, and `complete` says whether more could have come.
"""
import os
import re
import stat
import threading
import time

import processes

PATIENCE_SECONDS = 3
PROPOSAL_CAP = 50
ENTRY_CAP = 20000
FILE_CAP = 1000
PROCESS_CAP = 2000
DESCRIPTOR_CAP = 256
NAMES = ('checkpoints', 'ckpt')
LEVELS = 2


class Proposals:
    """One search at a time that hangs: on a dead network mount it does so in the kernel, and another would only join it."""

    def __init__(self):
        self._hanging = None

    def read(self, directories, daemon, cancelled):
        """`directories`: where jobs work. `daemon`: what `start_of_daemon` gave, or None."""
        search = self._hanging
        if search is None or not search.thread.is_alive():
            search = _Search(directories, daemon, cancelled)
            search.thread.join(PATIENCE_SECONDS)
        hangs = search.thread.is_alive()
        complete = not hangs and not search.stopped()
        search.given_up.set()
        self._hanging = search if hangs else None
        return {'takenAt': time.time(), 'complete': complete, 'proposals': list(search.found)}


class _Search:
    def __init__(self, directories, daemon, cancelled):
        self.found = []
        self.given_up = threading.Event()
        self._cancelled = cancelled
        self._deadline = time.monotonic() + PATIENCE_SECONDS
        self._left = ENTRY_CAP
        self._seen = set()
        self._directories = directories
        self._daemon = daemon
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def stopped(self):
        return (self._left <= 0 or len(self.found) >= PROPOSAL_CAP or self.given_up.is_set()
                or self._cancelled.is_set() or time.monotonic() > self._deadline)

    def _run(self):
        # What is being written now tells most, so it comes before what has merely the name.
        for path, jobs in _written_by_jobs(self._daemon, self.stopped):
            self._add(path, jobs, True)
        cache = os.path.expanduser('~/.cache')
        for name in self._directories_in(cache):
            self._add(os.path.join(cache, name, 'checkpoints'), [], False)
        for directory in self._directories:
            self._below(os.path.expanduser(directory), LEVELS)

    def _below(self, directory, levels):
        for name in self._directories_in(directory):
            path = os.path.join(directory, name)
            if name in NAMES:
                self._add(path, [], False)
            elif levels > 1 and not name.startswith('.'):
                self._below(path, levels - 1)

    def _directories_in(self, path):
        """Names of the directories in one, in their order; none where it cannot be read."""
        names = []
        try:
            with os.scandir(path) as entries:
                for entry in entries:
                    self._left -= 1
                    if self.stopped():
                        break
                    if entry.is_dir(follow_symlinks=False):
                        names.append(entry.name)
        except OSError:
            pass  # Nothing can be proposed from it, and nothing is claimed of it.
        return sorted(names)

    def _add(self, path, jobs, is_open):
        path = os.path.normpath(path)
        home = os.environ['HOME']
        if path in self._seen or path in ('/', os.path.normpath(home)) or self.stopped():
            return
        self._seen.add(path)
        described = self._describe(path)
        if described is not None:
            shown = '~/' + os.path.relpath(path, home) if path.startswith(os.path.join(home, '')) else path
            self.found.append(dict(described, path=path, shown=shown, jobs=jobs, open=is_open))

    def _describe(self, path):
        """How many files lie in it and when the newest was written; None where it is no directory that can be read."""
        files, newest, more = 0, None, False
        try:
            if not stat.S_ISDIR(os.lstat(path).st_mode):
                return None
            with os.scandir(path) as entries:
                for entry in entries:
                    self._left -= 1
                    if files == FILE_CAP or self.stopped():
                        more = True
                        break
                    status = entry.stat(follow_symlinks=False)
                    if stat.S_ISREG(status.st_mode):
                        files += 1
                        newest = status.st_mtime if newest is None else max(newest, status.st_mtime)
        except OSError:
            return None
        return {'files': files, 'more': more, 'newest': newest}


def _written_by_jobs(daemon, stopped):
    """Directories of regular files that the daemon's descendants hold open for writing, with the jobs' ids where known."""
    pid = _pid_of(daemon)
    written = {}
    if pid is None:
        return []
    for process, job in _descendants(pid):
        if stopped():
            break
        for path in _written_by(process):
            directory = os.path.dirname(path)
            jobs = written.setdefault(directory, [])
            if job is not None and job not in jobs:
                jobs.append(job)
    # Where pueue keeps what the jobs print.
    return sorted((path, sorted(jobs)) for path, jobs in written.items() if os.path.basename(path) != 'task_logs')


def _pid_of(daemon):
    """The daemon's pid, as long as it is the same process: its start in clock ticks stands beside it."""
    match = re.match(r'[^/]*/(\d+)/(\d+)\Z', daemon or '')
    if match is None:
        return None
    process = _find(int(match.group(1)))
    return process.pid if process is not None and process.ticks == int(match.group(2)) else None


def _find(pid):
    """The process, or None: it has ended, or is one of another user that cannot be seen, and so none of a job."""
    try:
        return processes.find(pid)
    except (processes.Untraceable, OSError):
        return None


def _descendants(root):
    """Processes below the daemon with the job that each belongs to: a job's first process prints into `<id>.log`."""
    children = {}
    for name in os.listdir('/proc'):
        process = _find(int(name)) if name.isdigit() else None
        if process is not None:
            children.setdefault(process.parent, []).append(process.pid)
    waiting = [(pid, _job_of(pid)) for pid in children.get(root, [])]
    found = []
    while waiting and len(found) < PROCESS_CAP:
        pid, job = waiting.pop()
        found.append((pid, job))
        waiting.extend((child, job) for child in children.get(pid, []))
    return found


def _job_of(pid):
    for descriptor in (1, 2):
        try:
            match = re.search(r'/task_logs/(\d+)\.log\Z', os.readlink('/proc/%d/fd/%d' % (pid, descriptor)))
        except OSError:
            continue
        if match:
            return int(match.group(1))
    return None


def _written_by(pid):
    """Paths of the regular files that one process holds open for writing and that still have their name."""
    try:
        descriptors = os.listdir('/proc/%d/fd' % pid)[:DESCRIPTOR_CAP]
    except OSError:
        return []  # It ended, or is another user's.
    paths = []
    for descriptor in descriptors:
        link = '/proc/%d/fd/%s' % (pid, descriptor)
        try:
            path = os.readlink(link)
            if not path.startswith('/') or path.endswith(' (deleted)') or path.startswith(('/dev/', '/proc/', '/sys/')):
                continue
            # The magic link leads to the open file itself, so a hanging mount is not walked to.
            if processes.is_written(pid, descriptor) and stat.S_ISREG(os.stat(link).st_mode):
                paths.append(path)
        except OSError:
            continue
    return paths
