"""What a log holds behind a position, as it grows. No program is started: the file is looked at ten times a second.

A position is an offset and a mark: inode, time of the last change, and a digest of the bytes before the offset. pueue empties a
log in place when the next run is spawned (3.x and 4.x, pueue_lib/src/log.rs), so a file may have the size and the inode that
it had and still be the output of another run.
"""
import base64
import errno
import hashlib
import os
import re
import stat
import time

import children
import daemon
import facts

PART = 256 << 10
# How far back the beginning of the last lines is looked for.
PAST = 1 << 20
BLOCK = 64 << 10
# Behind a file that is ahead by more than this one never comes up with it.
FARTHEST = 8 << 20
GUARD = 256
LOOK_SECONDS = 0.1
MARK = re.compile(r'(\d{1,20})\.(\d{1,20})\.([0-9a-f]{32})\Z')


class Position:
    """Where a part ended, in a file that is told from the next one by what it looked like."""

    def __init__(self, offset, inode, modified, guard):
        self.offset = offset
        self.inode = inode
        self.modified = modified
        self.guard = guard

    @classmethod
    def parse(cls, offset, mark):
        match = MARK.match(mark)
        return match and cls(offset, int(match.group(1)), int(match.group(2)), match.group(3))

    def told(self):
        return {'offset': self.offset, 'mark': '%d.%d.%s' % (self.inode, self.modified, self.guard)}


def read(config, environment, job, position, lines, seconds, cancelled):
    """The part behind `position`. Where there is nothing yet it waits for `seconds`. Without a position the part begins with
    the last `lines` lines, or, where these are None, with the file."""
    directory = daemon.pueue_directory(config, environment)
    if directory is None:
        return {'state': 'unreadable', 'path': None, 'error': 'relative'}
    path = os.path.join(directory, 'task_logs', '%d.log' % job)
    return dict(_await_part(path, position, lines, seconds, cancelled), path=path)


def _await_part(path, position, lines, seconds, cancelled):
    deadline = time.monotonic() + seconds
    suspected = None
    while True:
        try:
            status = os.stat(path)
            if not stat.S_ISREG(status.st_mode):
                return {'state': 'unreadable', 'error': 'not a file'}
            if position is None or _differs(status, position):
                touched = _is_touched(status, position)
                # The time of a change is noted just before its bytes: what is no growth a moment later is none.
                if not touched or suspected == status.st_mtime_ns:
                    return _part(path, position, lines)
                suspected = status.st_mtime_ns
        except OSError as error:
            if error.errno != errno.ENOENT:
                return {'state': 'unreadable', 'error': facts.error_name(error)}
            # One that has never been seen may be about to be made.
            if position is not None or time.monotonic() >= deadline:
                return {'state': 'gone'}
        if time.monotonic() >= deadline:
            return {'state': 'whole', 'position': position.told(), 'skipped': 0, 'data': '', 'size': position.offset,
                    'modified': position.modified / 1e9}
        if cancelled.wait(LOOK_SECONDS):
            raise children.Cancelled


def _differs(status, position):
    return (status.st_ino, status.st_size, status.st_mtime_ns) != (position.inode, position.offset, position.modified)


def _is_touched(status, position):
    return position is not None and (status.st_ino, status.st_size) == (position.inode, position.offset)


def _part(path, position, lines):
    # A pipe of this name would hold up whoever opens it.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            return {'state': 'unreadable', 'error': 'not a file'}
        size = status.st_size
        state = 'whole'
        if position is not None and not _is_continued(descriptor, status, position):
            state, position, lines = 'rewritten', None, None
        elif _is_touched(status, position):
            state = 'touched'
        known = 0 if position is None else position.offset
        begin = known
        if position is None and lines is not None:
            begin = _last_lines(descriptor, size, lines)
        elif size - known > FARTHEST:
            begin = _whole_line(descriptor, size - PART)
        guarded = min(GUARD, begin)
        data = _pread(descriptor, guarded + min(PART, size - begin), begin - guarded)
        if begin == known and position is not None and _digest(data[:guarded]) != position.guard:
            # It was emptied since it was looked at above.
            return _part(path, position, lines)
        end = begin - guarded + len(data)
        after = Position(end, status.st_ino, status.st_mtime_ns, _digest(data[-GUARD:]))
        return {'state': state, 'position': after.told(), 'skipped': begin - known,
                'data': base64.b64encode(data[guarded:]).decode('ascii'), 'size': size, 'modified': status.st_mtime}
    finally:
        os.close(descriptor)


def _is_continued(descriptor, status, position):
    if status.st_ino != position.inode or status.st_size < position.offset:
        return False
    guarded = min(GUARD, position.offset)
    return _digest(_pread(descriptor, guarded, position.offset - guarded)) == position.guard


def _last_lines(descriptor, size, lines):
    """Where the last `lines` lines begin; a line feed at the very end begins none."""
    begin = size
    wanted = lines + (size > 0 and _pread(descriptor, 1, size - 1) == b'\n')
    if wanted == 0:
        return size
    while begin > 0 and size - begin < PAST:
        block = _pread(descriptor, min(BLOCK, begin), begin - min(BLOCK, begin))
        for at in range(block.count(b'\n')):
            end = block.rfind(b'\n', 0, end if at else len(block))
            wanted -= 1
            if wanted == 0:
                return begin - len(block) + end + 1
        begin -= len(block)
    return 0 if begin == 0 else _whole_line(descriptor, begin)


def _whole_line(descriptor, begin):
    """The next beginning of a line, or, where there is none near, of a character."""
    data = _pread(descriptor, PART, begin)
    end = data.find(b'\n')
    if end >= 0:
        return begin + end + 1
    inside = 0
    while inside < min(3, len(data)) and data[inside] & 0xc0 == 0x80:
        inside += 1
    return begin + inside


def _pread(descriptor, count, offset):
    data = bytearray()
    while len(data) < count:
        more = os.pread(descriptor, count - len(data), offset + len(data))
        if not more:
            break  # It was emptied meanwhile, which the next look finds.
        data += more
    return bytes(data)


def _digest(data):
    return hashlib.sha256(data).hexdigest()[:32]
