"""What jobs were before an emergency stop, kept on this host so that they can be queued again.

A snapshot holds the environments of jobs, so it is this user's alone (0600) and nothing of them is ever sent. It is one
JSON document in lines: the first tells what it is, and each job has its own.
"""
import json
import os
import re

import facts
import journal

VERSION = 1
NAME = re.compile(r'([0-9a-f-]{36})\.json\Z')
LISTED_CAP = 50
HEAD_CAP = 1 << 16
HEAD_FIELDS = ('version', 'takenAt', 'pueueVersion', 'group', 'count')


def directory():
    """Where the snapshots of this user lie. It need not exist."""
    return os.path.join(journal.directory(), 'snapshots')


def write(snapshot_id, head, groups, jobs):
    """Keeps a snapshot, whole on the disk when this returns. Returns its path and size. Raises OSError where there is no
    room, and leaves nothing then."""
    journal.make(journal.directory())
    journal.make(directory())
    path = os.path.join(directory(), snapshot_id + '.json')
    part = path + '.part'
    head = dict(head, version=VERSION, count=len(jobs))
    first = _json({name: head[name] for name in HEAD_FIELDS})
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, 'w', encoding='ascii') as file:
            file.write('%s,\n"groups": %s,\n"jobs": [' % (first[:-1], _json(groups)))
            for place, job in enumerate(jobs):
                file.write(('\n' if place == 0 else ',\n') + _json(job))
            file.write('\n]}\n')
            file.flush()
            os.fsync(file.fileno())
            size = os.fstat(file.fileno()).st_size
        os.rename(part, path)
    except OSError:
        _unlink(part)
        raise
    journal.sync(directory())
    return path, size


def forget(snapshot_id):
    """Takes away a snapshot after which nothing was done."""
    _unlink(os.path.join(directory(), snapshot_id + '.json'))


def listed():
    """The newest snapshots, by their first lines."""
    try:
        with os.scandir(directory()) as entries:
            found = [(entry.stat(follow_symlinks=False).st_mtime, match.group(1), entry.path) for entry in entries
                     for match in [NAME.match(entry.name)] if match and entry.is_file(follow_symlinks=False)]
    except FileNotFoundError:
        return {'snapshots': [], 'more': 0, 'error': None}
    except OSError as error:
        return {'snapshots': [], 'more': 0, 'error': facts.error_name(error)}
    found.sort(reverse=True)
    return {'snapshots': [_described(*each) for each in found[:LISTED_CAP]], 'more': max(0, len(found) - LISTED_CAP),
            'error': None}


def read(snapshot_id):
    """A snapshot as a message, environments left out."""
    path = os.path.join(directory(), snapshot_id + '.json')
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW), encoding='ascii') as file:
            document = json.load(file, object_hook=_without_environment)
    except FileNotFoundError:
        return {'missing': path}
    except OSError as error:
        return {'unreadable': path, 'error': facts.error_name(error)}
    except (ValueError, RecursionError):
        return {'unreadable': path, 'error': 'notJson'}
    if not isinstance(document, dict) or document.get('version') != VERSION or not isinstance(document.get('jobs'), list):
        return {'unreadable': path, 'error': 'notSnapshot'}
    return {'snapshot': dict(document, path=path)}


def _without_environment(fields):
    if 'createdAt' in fields:
        fields.pop('environment', None)
    return fields


def _described(modified, snapshot_id, path):
    described = {'id': snapshot_id, 'path': path, 'takenAt': modified, 'pueueVersion': None, 'group': None, 'count': None}
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW), 'rb') as file:
            head = json.loads(file.readline(HEAD_CAP).decode('ascii').rstrip().rstrip(',') + '}')
    except (OSError, ValueError, RecursionError):
        # It is there all the same; reading it says why it cannot be used.
        return described
    if isinstance(head, dict) and head.get('version') == VERSION:
        described.update((name, head[name]) for name in ('takenAt', 'pueueVersion', 'group', 'count') if name in head)
    return described


def _json(value):
    return json.dumps(value, allow_nan=False)


def _unlink(path):
    try:
        os.unlink(path)
    except FileNotFoundError:
        return
