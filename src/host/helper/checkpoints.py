"""Lists checkpoint directories: names, kinds, sizes and times of their direct entries. Links are not followed."""
import errno
import os
import stat

ENTRY_CAP = 10000


def read(configured, cancelled):
    """One directory as a message. A name that is not UTF-8 keeps its bytes as U+DC80…U+DCFF (PEP 383)."""
    path = os.path.expanduser(configured)
    answer = {'configured': configured, 'path': path, 'state': 'listed', 'error': None, 'entries': []}
    if not os.path.isabs(path):
        answer.update(state='unreadable', error='not an absolute path')
        return answer
    try:
        with os.scandir(path) as entries:
            for entry in entries:
                if cancelled.is_set():
                    answer.update(state='unreadable', error='cancelled')
                    return answer
                if len(answer['entries']) == ENTRY_CAP:
                    answer['state'] = 'truncated'
                    break
                described = _describe(entry)
                if described is not None:
                    answer['entries'].append(described)
    except OSError as error:
        missing = error.errno in (errno.ENOENT, errno.ENOTDIR) and not os.path.lexists(path)
        answer.update(state='missing' if missing else 'unreadable', entries=[],
                      error=errno.errorcode.get(error.errno, 'errno %d' % error.errno))
    return answer


def _describe(entry):
    try:
        status = entry.stat(follow_symlinks=False)
    except FileNotFoundError:
        return None  # It went between the listing and the look: it is not there.
    mode = status.st_mode
    kind = ('file' if stat.S_ISREG(mode) else 'directory' if stat.S_ISDIR(mode) else
            'link' if stat.S_ISLNK(mode) else 'other')
    return [entry.name, kind, status.st_size if kind == 'file' else None, status.st_mtime]
