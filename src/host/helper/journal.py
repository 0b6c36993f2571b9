"""What this program changed on the host, one JSON record a line, only ever appended to.

A record that says what is about to be done, or that is itself the act, is on the disk before anything is done: no space,
no act. A write that was torn by a full disk or a crash spoils its own line and no other.
"""
import errno
import fcntl
import json
import os
import threading
import time

import facts

RESERVE_BYTES = 16384
PATIENCE_SECONDS = 5


class Spoken(Exception):
    """The journal speaks of an act already, which was to be new to it."""


class Journal:
    """The journal of this user. Hosts that share a home directory share it: records name the boot of their host."""

    def append(self, kind, data, first_of=None):
        """Writes one record that is an intent or an act. Raises OSError where it is not wholly on the disk.

        `first_of`: the id of an act that must not be in the journal before; else raises Spoken. Nobody writes between that
        look and the record, so of an intent and of its refusal for ever only one comes to stand there.
        """
        folder = directory()
        make(folder)
        _reserve(folder)
        self._write(folder, kind, data, first_of)

    def append_outcome(self, kind, data):
        """Writes what came of an act: that may use the room that was held back for it. Returns whether it was written."""
        folder = directory()
        short = dict(data, answer=None)
        for attempt in (data, data, short):
            try:
                self._write(folder, kind, attempt)
                return True
            except OSError as error:
                if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                    return False
                try:
                    os.unlink(os.path.join(folder, 'reserve'))
                except FileNotFoundError:
                    pass
        return False

    def _write(self, folder, kind, data, first_of=None):
        record = {'kind': kind, 'time': time.time(), 'user': facts.user_name(), 'boot': facts.boot_id(), 'data': data}
        line = json.dumps(record, allow_nan=False).encode('ascii') + b'\n'
        descriptor = _open_locked(os.path.join(folder, 'journal.jsonl'))
        size = os.fstat(descriptor).st_size
        try:
            if first_of is not None and self.of_act(first_of):
                raise Spoken
            _write_whole(descriptor, line if _ends_a_line(descriptor, size) else b'\n' + line)
        except OSError:
            # What was refused must not stand there as done.
            os.ftruncate(descriptor, size)
            raise
        finally:
            os.close(descriptor)

    def of_act(self, act_id):
        """All whole records of one act, oldest first. Raises OSError where there is a journal that cannot be read."""
        return [record for record in self.records(act_id)
                if isinstance(record.get('data'), dict) and record['data'].get('act') == act_id]

    def records(self, having=''):
        """All whole records, oldest first, whose line has this text in it. One at a time: the journal may be large."""
        needle = having.encode('ascii')
        try:
            with open(path(), 'rb') as file:
                for line in file:
                    record = parsed(line) if needle in line else None
                    if record is not None:
                        yield record
        except FileNotFoundError:
            return


class Reading:
    """Reads the records of some kind as they come, so that a journal of years is read through once."""

    def __init__(self, having):
        self._needle = having.encode('ascii')
        self._lock = threading.Lock()
        self._file = None
        self._offset = 0

    def read(self, take, forget):
        """Calls `take` for each whole record that was not seen yet and has the text in its line; `forget` first where the
        journal is another file. Raises OSError where there is a journal that cannot be read."""
        with self._lock:
            try:
                with open(path(), 'rb') as file:
                    self._read(file, take, forget)
            except FileNotFoundError:
                self._file = None
                forget()

    def _read(self, file, take, forget):
        status = os.fstat(file.fileno())
        name = status.st_dev, status.st_ino
        if name != self._file or status.st_size < self._offset:
            self._file, self._offset = name, 0
            forget()
        file.seek(self._offset)
        for line in file:
            # The last one may be in the middle of being written.
            if not line.endswith(b'\n'):
                return
            self._offset += len(line)
            record = parsed(line) if self._needle in line else None
            if record is not None:
                take(record)


def path():
    """The file of the journal. It need not exist."""
    return os.path.join(directory(), 'journal.jsonl')


def directory():
    """Where this user's journal lies. It need not exist."""
    state = os.environ.get('XDG_STATE_HOME', '')
    # A relative path is invalid there (XDG Base Directory Specification).
    home = state if os.path.isabs(state) else os.path.expanduser('~/.local/state')
    return os.path.join(home, 'pueue-preflight')


def make(directory):
    """Makes that directory, readable for this user only."""
    os.makedirs(os.path.dirname(directory), exist_ok=True)
    try:
        os.mkdir(directory, 0o700)
    except FileExistsError:
        return
    sync(os.path.dirname(directory))


def _reserve(directory):
    """Holds back room for what has to be written after an act. Random, so that no file system makes it small."""
    path = os.path.join(directory, 'reserve')
    try:
        if os.stat(path).st_size == RESERVE_BYTES:
            return
    except FileNotFoundError:
        pass
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        _write_whole(descriptor, os.urandom(RESERVE_BYTES))
    finally:
        os.close(descriptor)
    sync(directory)


def _open_locked(path):
    """The journal, for this program alone. Raises OSError also where another one does not let go of it."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        descriptor = _open_or_create(path)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Whoever waited may hold a file that was put aside meanwhile.
            if os.path.samestat(os.fstat(descriptor), os.stat(path)):
                return descriptor
            os.close(descriptor)
        except FileNotFoundError:
            os.close(descriptor)
        except OSError as error:
            os.close(descriptor)
            if error.errno not in (errno.EAGAIN, errno.EACCES) or time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def _open_or_create(path):
    flags = os.O_RDWR | os.O_APPEND | os.O_CLOEXEC
    try:
        return os.open(path, flags)
    except FileNotFoundError:
        descriptor = os.open(path, flags | os.O_CREAT, 0o600)
        sync(os.path.dirname(path))
        return descriptor


def _ends_a_line(descriptor, size):
    return size == 0 or os.pread(descriptor, 1, size - 1) == b'\n'


def _write_whole(descriptor, data):
    # Near a full disk a write may be short, and the next one fails.
    if os.write(descriptor, data) != len(data):
        raise OSError(errno.ENOSPC, 'short write')
    os.fsync(descriptor)


def sync(directory):
    """Puts the names in a directory on the disk."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def parsed(line):
    """The record of a line, or None where it holds no whole one."""
    try:
        record = json.loads(line.decode('utf-8'))
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) else None
