"""Logs of runs, saved in the state directory of this user before pueue removes or empties them: one file for each run of each
daemon.

pueue removes the file of a log by its name (3.x and 4.x, pueue_lib/src/log.rs), so a second name for it costs no room, however
large it is, and holds also what is written after. A restart in place empties the very file: that log has to be copied.
"""
import base64
import errno
import os
import re
import stat

import daemon
import facts
import journal
import locks

# Where a second name is not possible: another file system, one without hard links, or a rule of the host against them.
NO_LINKS = (errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS)
UNSAFE = re.compile(r'[^0-9A-Za-z.]')
NAME = re.compile(r'daemon-[0-9a-f]{16}/\d{1,15}-[0-9A-Za-z._]{0,64}-[0-9A-Za-z._]{0,64}\.log\Z')
CHUNK = 1 << 20


class Changed(Exception):
    """The file has become another one, or has grown, while or since it was copied."""


class SavedLogs:
    """Where the logs of one daemon are, and where they are saved."""

    def __init__(self, config, environment):
        self._logs = daemon.pueue_directory(config, environment)
        self._folder = os.path.join(_directory(), locks.name_of_daemon(daemon.Places(config, environment)))

    def of(self, target):
        """The log of a run. Raises OSError where it is not known where pueue keeps its logs."""
        if self._logs is None:
            raise OSError(errno.ENOENT, 'the directory of the logs is not known')
        words = [UNSAFE.sub('_', target.get(name) or '') for name in ('createdAt', 'start')]
        path = os.path.join(self._folder, '%d-%s-%s.log' % (target['id'], *words))
        return RunLog(os.path.join(self._logs, 'task_logs', '%d.log' % target['id']), path)

    def sync(self):
        """Puts the names of what was kept on the disk."""
        journal.sync(self._folder)


class RunLog:
    """The log of one run. `path`: where it is saved."""

    def __init__(self, source, path):
        self.path = path
        self._source = source
        self._status = None

    def keep(self):
        """Gives it a second name, or copies it where there can be none. Returns the path, or None where there is no log. Raises
        OSError where it cannot be kept. The name is on the disk only after `sync`."""
        if not os.path.exists(self._source):
            return None
        self._make_folder()
        forget(self.path)
        try:
            os.link(self._source, self.path)
        except OSError as error:
            if error.errno not in NO_LINKS:
                raise
            self._copy_to(self.path)
        return self.path

    def copy(self):
        """Copies the log to its end and puts the copy on the disk. Raises OSError, ENOENT where there is no log; Changed
        where it was written to meanwhile."""
        unfinished = self.path + '.part'
        self._copy_to(unfinished)
        os.rename(unfinished, self.path)
        journal.sync(os.path.dirname(self.path))
        self.demand_unchanged()

    def demand_unchanged(self):
        """Raises Changed unless the log is the file that was copied, as long as it was."""
        try:
            now = os.stat(self._source)
        except OSError as error:
            raise Changed from error
        if not os.path.samestat(now, self._status) or now.st_size != self._status.st_size:
            raise Changed

    def _make_folder(self):
        folder = os.path.dirname(self.path)
        for each in (os.path.dirname(folder), folder):
            journal.make(each)

    def _copy_to(self, path):
        source = os.open(self._source, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            self._status = os.fstat(source)
            if not stat.S_ISREG(self._status.st_mode):
                raise OSError(errno.EINVAL, 'no file')
            self._make_folder()
            try:
                _copy(source, path, self._status.st_size)
            except OSError:
                # Half a log must not take the room that is lacking.
                forget(path)
                raise
        finally:
            os.close(source)


def forget(path):
    """Takes a name away again, where there is one: its job was not removed, and its log goes on under its own."""
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass


def read(name, before, count):
    """The last `count` bytes of a saved log before the byte `before`, None standing for its end. `name`: below the
    directory of the saved logs; nothing else is read."""
    if not isinstance(name, str) or not NAME.match(name):
        return {'error': 'EINVAL'}
    try:
        descriptor = os.open(os.path.join(_directory(), name), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        return {'error': facts.error_name(error)}
    try:
        status = os.fstat(descriptor)
        end = status.st_size if before is None else min(before, status.st_size)
        start = max(0, end - count)
        data = os.pread(descriptor, end - start, start)
        return {'error': None, 'size': status.st_size, 'from': start, 'data': base64.b64encode(data).decode('ascii')}
    except OSError as error:
        return {'error': facts.error_name(error)}
    finally:
        os.close(descriptor)


def _directory():
    return os.path.join(journal.directory(), 'logs')


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
