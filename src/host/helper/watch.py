"""Waits until the host no longer looks as it did, without starting a program.

pueued writes its whole state into a file at nearly every change, and its pid into another one as it starts (pueue 3.x
and 4.x). So the stat of these, of the socket and of the configuration, and the life of the process with that pid, say
whether a look at the queue is worth its cost. They are a hint: what is told apart here may still be the same queue.
"""
import hashlib
import os
import time

import children
import daemon
import processes

LEAST_PAUSE_SECONDS = 0.1


def wait(queue, config, sign, every, seconds, cancelled):
    """The sign of the host as soon as it is another one than `sign`, at the latest after `seconds`. `queue` knows the
    environment in which pueue found its daemon; `every`: seconds between two looks; `cancelled` ends it with Cancelled.
    """
    deadline = time.monotonic() + seconds
    while True:
        places = daemon.Places(config, queue.environment(config))
        seen = _sign(places)
        left = deadline - time.monotonic()
        if seen != sign or left <= 0:
            return {'sign': seen, 'blind': _blind(places)}
        if cancelled.wait(min(left, max(LEAST_PAUSE_SECONDS, every))):
            raise children.Cancelled


def sign_of(config, environment):
    """The sign of the host as it is now; None where it may miss a change."""
    places = daemon.Places(config, environment)
    return _sign(places) if _blind(places) is None else None


def _sign(places):
    files = [_trace(path) for path in [places.config, places.pid, places.socket, *places.states]]
    look = (places.unsure, files, _life(daemon.read_pid(places.pid)))
    return hashlib.blake2b(repr(look).encode('utf-8', 'surrogateescape'), digest_size=8).hexdigest()


def _trace(path):
    """What changes when a file is written or put in the place of another one."""
    try:
        status = os.stat(path)
    except OSError as error:
        return path, error.errno
    return path, status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def _life(pid):
    """Tells one life of the daemon from the next, as far as this host lets one look; None where it is dead."""
    if pid is None or pid <= 0:
        return None
    try:
        process = processes.find(pid)
        if process is not None or processes.is_there():
            return process and process.identity
    except processes.Untraceable:
        pass
    try:
        os.kill(pid, 0)  # Sends nothing: it says whether the pid is anybody's.
    except PermissionError:
        return pid
    except (OSError, OverflowError):
        return None
    return pid


def _blind(places):
    """In one word, why a change of the queue may leave the sign as it is; None where it will not."""
    if places.unsure is not None:
        return places.unsure
    if daemon.read_pid(places.pid) is None:
        return 'noPid'
    return None if any(map(os.path.exists, places.states)) else 'noState'
