"""The closed list of what this program does when asked. It judges nothing: it reads and reports."""
import os
import time

import checkpoints
import facts
import proposals
import logs
import pueue

BOOT_ID = facts.boot_id()
PUEUE = pueue.Pueue()
CHECKPOINTS = checkpoints.Checkpoints()
PROPOSALS = proposals.Proposals()
LOG_PART_CAP = 1 << 20


class BadRequest(Exception):
    """A request that is not of the closed list, or whose arguments are of the wrong shape."""


def snapshot(request, cancelled):
    """Everything that the tree and the audit need, in one reading."""
    began = time.monotonic()
    asked = _optional_path(request, 'pueue')
    config = _optional_path(request, 'pueueConfig')
    directories = request.get('checkpoints')
    if not isinstance(directories, list) or not all(isinstance(path, str) for path in directories):
        raise BadRequest('checkpoints')
    reading = PUEUE.read(asked, config, BOOT_ID, cancelled)
    return {'takenAt': time.time(), 'bootedAt': facts.booted_at(), 'pueue': reading,
            'checkpoints': CHECKPOINTS.read(directories, cancelled),
            'ms': int(round((time.monotonic() - began) * 1000))}


def propose(request, cancelled):
    """Directories that may hold checkpoints, for a person to choose from."""
    directories = request.get('directories')
    daemon = request.get('daemon')
    if not isinstance(directories, list) or not all(isinstance(path, str) and '\0' not in path for path in directories):
        raise BadRequest('directories')
    if daemon is not None and not isinstance(daemon, str):
        raise BadRequest('daemon')
    return PROPOSALS.read(directories, daemon, cancelled)
def log(request, cancelled):
    """A part of one job's log, and the job as it was before and after."""
    job = _count(request, 'job', 10 ** 15)
    before = None if request.get('before') is None else _count(request, 'before', 1 << 62)
    count = _count(request, 'bytes', LOG_PART_CAP)
    asked = _optional_path(request, 'pueue')
    config = _optional_path(request, 'pueueConfig')
    answer = logs.read(PUEUE, asked, config, BOOT_ID, job, before, count, cancelled)
    return dict(answer, takenAt=time.time())


def _count(request, name, most):
    value = request.get(name)
    if type(value) is not int or not 0 <= value <= most:
        raise BadRequest(name)
    return value


def _optional_path(request, name):
    value = request.get(name)
    if value is None:
        return None
    path = os.path.expanduser(value) if isinstance(value, str) else ''
    if not os.path.isabs(path) or '\0' in path:
        raise BadRequest(name)
    return path


OPERATIONS = {'snapshot': snapshot, 'proposals': propose, 'log': log}
