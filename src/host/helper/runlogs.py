"""Logs of runs that were saved on the host before pueue empties or removes them, one file for each run."""
import base64
import errno
import os
import re
import stat

import daemon
import journal
import locks

UNSAFE = re.compile(r'[^0-9A-Za-z.]')
NAME = re.compile(r'daemon-[0-9a-f]{16}/\d{1,15}-[0-9A-Za-z._]{0,64}-[0-9A-Za-z._]{0,64}\.log\Z')
CHUNK = 1 << 20


class Changed(Exception):
    """The file has become another one, or has grown, while or since it was copied."""


class SavedLog:
    """A copy of a log as it was at one moment. `path` of the copy."""

    def __init__(self, source, path):
        self.path = path
        self._source = source
        self._status = None

    def copy(self):
        """Copies the log to its end and puts the copy on the disk. Raises OSError, ENOENT where there is no log; Changed
        where it was written to meanwhile."""
        source = os.open(self._source, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            self._status = os.fstat(source)
            if not stat.S_ISREG(self._status.st_mode):
                raise OSError(errno.EINVAL, 'no file')
            folder = os.path.dirname(self.path)
            for each in (os.path.dirname(folder), folder):
                journal.make(each)
            unfinished = self.path + '.part'
            try:
                _copy(source, unfinished, self._status.st_size)
            except OSError:
                # Half a log must not take the room that is lacking.
                if os.path.exists(unfinished):
                    os.unlink(unfinished)
                raise
            os.rename(unfinished, self.path)
            journal.sync(folder)
        finally:
            os.close(source)
        self.demand_unchanged()

    def demand_unchanged(self):
        """Raises Changed unless the log is the file that was copied, as long as it was."""
        try:
            now = os.stat(self._source)
        except OSError as error:
            raise Changed from error
        if not os.path.samestat(now, self._status) or now.st_size != self._status.st_size:
            raise Changed


def of_run(config, environment, target):
    """The log of a job's run, and where it is saved. None where the place of the logs is not known."""
    directory = daemon.pueue_directory(config, environment)
    if directory is None:
        return None
    words = [UNSAFE.sub('_', target.get(name) or '') for name in ('createdAt', 'start')]
    name = '%d-%s-%s.log' % (target['id'], *words)
    folder = os.path.join(journal.directory(), 'logs', locks.name_of_daemon(daemon.Places(config, environment)))
    return SavedLog(os.path.join(directory, 'task_logs', '%d.log' % target['id']), os.path.join(folder, name))


def read(name, before, count):
    """The last `count` bytes of a saved log before the byte `before`, None standing for its end. `name`: below the
    directory of the saved logs; nothing else is read."""
    if not isinstance(name, str) or not NAME.match(name):
        return {'error': 'EINVAL'}
    try:
        descriptor = os.open(os.path.join(journal.directory(), 'logs', name), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        return {'error': journal.name_of(error)}
    try:
        status = os.fstat(descriptor)
        end = status.st_size if before is None else min(before, status.st_size)
        start = max(0, end - count)
        data = os.pread(descriptor, end - start, start)
        return {'error': None, 'size': status.st_size, 'from': start, 'data': base64.b64encode(data).decode('ascii')}
    except OSError as error:
        return {'error': journal.name_of(error)}
    finally:
        os.close(descriptor)


def _copy(source, path, size):
    target = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        done = 0
        while done < size:
            part = os.pread(source, min(CHUNK, size - done), done)
            if not part:
                raise OSError(errno.EIO, 'the log became shorter')
            if os.write(target, part) != len(part):
                raise OSError(errno.ENOSPC, 'short write')
            done += len(part)
        os.fsync(target)
    finally:
        os.close(target)
