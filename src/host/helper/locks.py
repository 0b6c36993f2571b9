"""Locks that tell who holds them. What changes a queue holds the lock of its daemon meanwhile.

flock(2) on a file that is never removed: it ends with the last descriptor of it, so a program that was killed leaves no
lock behind, and a child that was given the descriptor keeps it until it has ended itself. What stands in the file is for
people to read; whoever was refused may read the words of an earlier holder.
"""
import errno
import fcntl
import hashlib
import json
import os
import time

import facts
import journal

POLL_SECONDS = 0.05


class Busy(Exception):
    """Another one holds it; `holder` is what it said of itself, or None where that cannot be read."""

    def __init__(self, holder):
        super().__init__('busy')
        self.holder = holder


class Lock:
    """A lock by its name, held from `take` until `release`. `descriptor` is for children that go on without us."""

    def __init__(self, name):
        self._path = os.path.join(journal.directory(), 'locks', name + '.lock')
        self.descriptor = None

    def take(self, what, cancelled=None, seconds=0):
        """Waits for it for so long; `what` is told to who comes later. Raises Busy, or OSError where there are no locks here."""
        journal.make(journal.directory())
        os.makedirs(os.path.dirname(self._path), mode=0o700, exist_ok=True)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            deadline = time.monotonic() + seconds
            while True:
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except OSError as error:
                    if error.errno not in (errno.EAGAIN, errno.EACCES):
                        raise
                if time.monotonic() >= deadline or cancelled is not None and cancelled.is_set():
                    raise Busy(_read_holder(descriptor))
                time.sleep(POLL_SECONDS)
            _write_holder(descriptor, what)
        except BaseException:
            os.close(descriptor)
            raise
        self.descriptor = descriptor
        return self

    def release(self):
        # A child that still runs keeps it.
        os.close(self.descriptor)
        self.descriptor = None


def name_of_daemon(places):
    """One lock for each daemon, however its configuration is named: by the directory of its state (daemon.Places)."""
    directory = os.path.realpath(os.path.dirname(places.states[0]))
    return 'daemon-' + hashlib.sha256(os.fsencode(directory)).hexdigest()[:16]


def _write_holder(descriptor, what):
    holder = {'pid': os.getpid(), 'boot': facts.boot_id(), 'user': facts.user_name(), 'since': time.time(), 'what': what}
    try:
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps(holder).encode('ascii'), 0)
        os.fsync(descriptor)
    except OSError as error:
        # The lock is held all the same; whether there is room for an act is told by the journal.
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise


def _read_holder(descriptor):
    try:
        holder = json.loads(os.pread(descriptor, 4096, 0).decode('ascii'))
    except (OSError, ValueError):
        return None
    return holder if isinstance(holder, dict) else None
