"""Keeps the logs of jobs beyond their removal from the queue, in the state directory of this user.

pueue removes the file of a log by its name (3.x and 4.x, pueue_lib/src/log.rs), so a second name for it costs no room,
however large it is, and holds also what is written after. Where there can be none the log is copied.
"""
import errno
import os
import re
import shutil

import daemon
import journal
import locks

# Where a second name is not possible: another file system, one without hard links, or a rule of the host against them.
NO_LINKS = (errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS)
UNSAFE = re.compile(r'[^0-9A-Za-z.]')


def place_of(config, environment, task_id, created_at, start):
    """Where the log of one run is kept: one name for each run of each daemon."""
    places = daemon.Places(config, environment)
    words = [UNSAFE.sub('_', word or '') for word in (created_at, start)]
    return os.path.join(journal.directory(), 'logs', locks.name_of_daemon(places), '%d-%s-%s.log' % (task_id, *words))


def keep(config, environment, task_id, created_at, start):
    """Gives the log of a run a name of ours. Returns the path, or None where there is no log. Raises OSError where it cannot
    be kept, so that the job must not be removed."""
    directory = daemon.pueue_directory(config, environment)
    if directory is None:
        raise OSError(errno.ENOENT, 'the directory of the logs is not known')
    source = os.path.join(directory, 'task_logs', '%d.log' % task_id)
    path = place_of(config, environment, task_id, created_at, start)
    if not os.path.exists(source):
        return None
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    _drop(path)
    try:
        os.link(source, path)
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        _copy(source, path)
    descriptor = os.open(os.path.dirname(path), os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return path


def forget(path):
    """Takes the name away again: its job was not removed, and its log goes on under its own."""
    _drop(path)


def _drop(path):
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass


def _copy(source, path):
    try:
        with open(source, 'rb') as reading, open(path, 'xb', opener=_private) as writing:
            shutil.copyfileobj(reading, writing, 1 << 20)
            writing.flush()
            os.fsync(writing.fileno())
    except OSError:
        _drop(path)
        raise


def _private(path, flags):
    return os.open(path, flags | os.O_CLOEXEC, 0o600)
