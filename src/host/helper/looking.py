"""Reads one entry of a checkpoint directory, for a person to look at. Nothing outside of these directories and their
quarantine can be named, and no link is followed on the way."""
import base64
import os

import entries
import facts

QUARANTINE = '.pueue-preflight-quarantine'
DEPTH_CAP = 16
LISTED_CAP = 1000
FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def read(roots, path, count):
    """The entry as a message: what it is, and at most `count` bytes of its beginning, or the names that lie in it."""
    below = _below(roots, path)
    if below is None:
        return {'error': 'outside'}
    root, names = below
    try:
        # The root itself may be a link: it is the one that was configured. A quarantine is made by us, and is none.
        linked = os.O_NOFOLLOW if root.endswith(QUARANTINE) else 0
        descriptor = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | linked)
        try:
            for name in names[:-1]:
                inner = os.open(name, FLAGS | os.O_DIRECTORY, dir_fd=descriptor)
                os.close(descriptor)
                descriptor = inner
            return _entry(descriptor, names[-1], count)
        finally:
            os.close(descriptor)
    except OSError as error:
        return {'error': facts.error_name(error)}


def _below(roots, path):
    """The root that the path lies in, and the names that lead from there; None where it lies in none."""
    for root in roots:
        plain = os.path.normpath(root)
        for each in {plain, plain + QUARANTINE, os.path.realpath(plain) + QUARANTINE}:
            if path.startswith(each.rstrip('/') + '/'):
                names = path[len(each.rstrip('/')) + 1:].split('/')
                if len(names) <= DEPTH_CAP and not any(name in ('', '.', '..') for name in names):
                    return each, names
    return None


def _entry(directory, name, count):
    before = os.stat(name, dir_fd=directory, follow_symlinks=False)
    kind = entries.kind_of(before.st_mode)
    answer = {'kind': kind, 'inode': str(before.st_ino), 'modified': before.st_mtime,
              'size': before.st_size if kind == 'file' else None}
    if kind == 'link':
        # Where it leads is told, and not gone to.
        return dict(answer, target=os.readlink(name, dir_fd=directory))
    # Opening a device or a pipe can do something.
    if kind == 'other':
        return answer
    descriptor = os.open(name, FLAGS, dir_fd=directory)
    try:
        status = os.fstat(descriptor)
        if entries.kind_of(status.st_mode) != kind or status.st_ino != before.st_ino:
            return {'error': 'ESTALE'}
        if kind == 'directory':
            return dict(answer, **_listed(descriptor))
        return dict(answer, size=status.st_size, modified=status.st_mtime,
                    data=base64.b64encode(_head(descriptor, count)).decode('ascii'))
    finally:
        os.close(descriptor)


def _head(descriptor, count):
    parts = []
    while count > 0:
        part = os.read(descriptor, count)
        if not part:
            break
        parts.append(part)
        count -= len(part)
    return b''.join(parts)


def _listed(descriptor):
    found, more = [], False
    with os.scandir(descriptor) as listing:
        for entry in listing:
            if len(found) == LISTED_CAP:
                more = True
                break
            try:
                status = os.stat(entry.name, dir_fd=descriptor, follow_symlinks=False)
            except FileNotFoundError:
                continue
            kind = entries.kind_of(status.st_mode)
            found.append([entry.name, kind, status.st_size if kind == 'file' else None, status.st_mtime])
    return {'entries': found, 'more': more}
