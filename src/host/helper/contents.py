"""Looks into the entries of a checkpoint directory: whether they hold anything, and whether that parses. Only the finding
leaves this program, in one letter. What was looked into once is not read again until inode, size or time differ."""
import json
import os
import stat
import time

JSON = 'json'
EMPTY, INTACT, BROKEN, UNCHECKED = 'e', 'i', 'b', 'u'
FILE_CAP = 64 << 20
# For one directory in one reading; what is left over waits for the next one.
BYTES_A_READING = 64 << 20
SECONDS_A_READING = 0.3
FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class Contents:
    """What is known of one directory. `how`: JSON, or None where a file may hold anything."""

    def __init__(self, how):
        self._how = how
        self._known = {}

    def look(self, path, found, stopped):
        """The finding for each name, or None for what has no content of its own. `found`: names and their status. The
        oldest come first: what is being written would take the whole budget at each reading."""
        findings, known = {}, {}
        budget = _Budget()
        try:
            directory = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError:
            return {name: UNCHECKED for name, status in found if _has_content(status)}
        try:
            for name, status in sorted(found, key=lambda each: each[1].st_mtime):
                if not _has_content(status):
                    continue
                sign = _sign(status)
                before = self._known.get(name)
                if before is not None and before[0] == sign:
                    finding = before[1]
                elif stopped():
                    finding = UNCHECKED
                else:
                    finding = self._find(directory, name, status, budget)
                findings[name] = finding
                if finding != UNCHECKED:
                    known[name] = (sign, finding)
        finally:
            os.close(directory)
        self._known = known
        return findings

    def _find(self, directory, name, status, budget):
        if stat.S_ISREG(status.st_mode):
            if status.st_size == 0:
                return EMPTY
            if self._how is None:
                return None
            if status.st_size > FILE_CAP or not budget.takes(status.st_size):
                return UNCHECKED
        elif not budget.takes(0):
            return UNCHECKED
        try:
            descriptor = os.open(name, FLAGS, dir_fd=directory)
        except OSError:
            return UNCHECKED
        try:
            if _sign(os.fstat(descriptor)) != _sign(status):
                return UNCHECKED
            if stat.S_ISDIR(status.st_mode):
                return _of_directory(descriptor)
            return _of_file(descriptor, status)
        except OSError:
            return UNCHECKED
        finally:
            os.close(descriptor)


class _Budget:
    def __init__(self):
        self._bytes = BYTES_A_READING
        self._deadline = time.monotonic() + SECONDS_A_READING

    def takes(self, size):
        """Whether there is room for one more of that size; one that fills the budget alone is taken first."""
        if time.monotonic() > self._deadline or size > self._bytes:
            return False
        self._bytes -= size
        return True


def _has_content(status):
    return stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)


def _sign(status):
    return status.st_ino, status.st_size, status.st_mtime_ns


def _of_directory(descriptor):
    """A directory is empty or it is not. Without an entry to see that it is read no further."""
    with os.scandir(descriptor) as entries:
        return EMPTY if next(entries, None) is None else None


def _of_file(descriptor, status):
    """A file that changes while it is read is none that was checked."""
    parts = []
    left = status.st_size + 1
    while left > 0:
        part = os.read(descriptor, min(left, 1 << 20))
        if not part:
            break
        parts.append(part)
        left -= len(part)
    if _sign(os.fstat(descriptor)) != _sign(status) or left != 1:
        return UNCHECKED
    text = b''.join(parts)
    del parts
    try:
        # Nothing is kept of what was parsed: a large checkpoint would take many times its size.
        json.loads(text, object_pairs_hook=_nothing, parse_float=_nothing, parse_int=_nothing)
    except RecursionError:
        return UNCHECKED
    except (ValueError, MemoryError) as error:
        return UNCHECKED if isinstance(error, MemoryError) else BROKEN
    return INTACT


def _nothing(_):
    return None
