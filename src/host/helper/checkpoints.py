"""Lists checkpoint directories: names, kinds, sizes and times of their direct entries. Links are not followed."""
import errno
import os
import stat
import threading
import time

import quarantined

ENTRY_CAP = 10000
PATIENCE_SECONDS = 5


class Checkpoints:
    """Reads each directory in a thread of its own: one on a dead network mount hangs in the kernel, and neither the
    queue nor the other directories have to wait for it. While it hangs it is not asked again."""

    def __init__(self):
        self._hanging = {}
        self._quarantines = quarantined.Quarantines()

    def read(self, directories, cancelled):
        listings = [self._hanging.get(configured) or _Listing(configured, cancelled, self._quarantines)
                    for configured in directories]
        deadline = time.monotonic() + PATIENCE_SECONDS
        return [self._take(listing, deadline) for listing in listings]

    def _take(self, listing, deadline):
        hung = listing.given_up.is_set()
        listing.thread.join(0 if hung else max(0, deadline - time.monotonic()))
        if listing.thread.is_alive():
            listing.given_up.set()
            self._hanging[listing.configured] = listing
            return _unread(listing.configured, 'no answer within %d s' % PATIENCE_SECONDS)
        self._hanging.pop(listing.configured, None)
        # One that hung has come back with an answer of long ago.
        return _unread(listing.configured, 'it hung until now') if hung else listing.answer


class _Listing:
    def __init__(self, configured, cancelled, quarantines):
        self.configured = configured
        self.given_up = threading.Event()
        self.answer = _unread(configured, 'failed')
        self._cancelled = cancelled
        self._quarantines = quarantines
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        def stopped():
            return self._cancelled.is_set() or self.given_up.is_set()

        answer = _read(self.configured, stopped)
        path = answer['path']
        self.answer = dict(answer, quarantine=self._quarantines.read(path, stopped) if os.path.isabs(path) else None)


def _unread(configured, why):
    path = os.path.expanduser(configured)
    return {'configured': configured, 'path': path, 'state': 'unreadable', 'error': why, 'entries': [],
            'quarantine': {'path': path + quarantined.SUFFIX, 'state': 'unreadable', 'error': why, 'folders': []}}


def _read(configured, stopped):
    """One directory as a message. A name that is not UTF-8 keeps its bytes as U+DC80…U+DCFF (PEP 383)."""
    path = os.path.expanduser(configured)
    answer = {'configured': configured, 'path': path, 'state': 'listed', 'error': None, 'entries': []}
    if not os.path.isabs(path):
        answer.update(state='unreadable', error='not an absolute path')
        return answer
    try:
        with os.scandir(path) as entries:
            for entry in entries:
                if stopped():
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
    return [entry.name, kind, status.st_size if kind == 'file' else None, status.st_mtime, str(status.st_ino)]
