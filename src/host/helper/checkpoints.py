"""Lists checkpoint directories: names, kinds, sizes and times of their direct entries, and where it is asked for whether
these hold anything that can be parsed. Links are not followed."""
import collections
import errno
import os
import threading
import time

import contents
import entries
import facts
import quarantined

ENTRY_CAP = 10000
PATIENCE_SECONDS = 5


# `looks`: whether the entries are looked into; `format`: what a file has to hold, or None where anything will do.
Directory = collections.namedtuple('Directory', ('configured', 'looks', 'format'))


def asked(value):
    """What a request asks for, as Directories; None where it is of another shape."""
    if not isinstance(value, list):
        return None
    found = []
    for each in value:
        name, how = (each.get('directory'), each.get('format')) if isinstance(each, dict) else (each, None)
        if not isinstance(name, str) or how not in (None, contents.JSON):
            return None
        found.append(Directory(name, isinstance(each, dict), how))
    return tuple(found)


class Checkpoints:
    """Reads each directory in a thread of its own: one on a dead network mount hangs in the kernel, and neither the
    queue nor the other directories have to wait for it. While it hangs it is not asked again."""

    def __init__(self):
        self._hanging = {}
        # What is known of the content of entries, by directory: see contents.Contents.
        self._contents = {}
        self._quarantines = quarantined.Quarantines()

    def read(self, directories, cancelled):
        listings = [self._hanging.get(each) or _Listing(each, self._looks(each), self._quarantines, cancelled)
                    for each in directories]
        deadline = time.monotonic() + PATIENCE_SECONDS
        return [self._take(listing, deadline) for listing in listings]

    def _take(self, listing, deadline):
        hung = listing.given_up.is_set()
        listing.thread.join(0 if hung else max(0, deadline - time.monotonic()))
        directory = listing.directory
        if listing.thread.is_alive():
            listing.given_up.set()
            self._hanging[directory] = listing
            return _unread(directory.configured, 'no answer within %d s' % PATIENCE_SECONDS)
        self._hanging.pop(directory, None)
        # One that hung has come back with an answer of long ago.
        return _unread(directory.configured, 'it hung until now') if hung else listing.answer

    def _looks(self, directory):
        return self._contents.setdefault(directory, contents.Contents(directory.format)) if directory.looks else None


class _Listing:
    def __init__(self, directory, looks, quarantines, cancelled):
        self.directory = directory
        self.given_up = threading.Event()
        self.answer = _unread(directory.configured, 'failed')
        self._looks = looks
        self._cancelled = cancelled
        self._quarantines = quarantines
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        def stopped():
            return self._cancelled.is_set() or self.given_up.is_set()

        answer = _read(self.directory.configured, self._looks, stopped)
        path = answer['path']
        self.answer = dict(answer, quarantine=self._quarantines.read(path, stopped) if os.path.isabs(path) else None)


def _unread(configured, why):
    path = os.path.expanduser(configured)
    return {'configured': configured, 'path': path, 'state': 'unreadable', 'error': why, 'entries': [],
            'quarantine': {'path': path + quarantined.SUFFIX, 'state': 'unreadable', 'error': why, 'folders': []}}


def _read(configured, looks, stopped):
    """One directory as a message. A name that is not UTF-8 keeps its bytes as U+DC80…U+DCFF (PEP 383).

    `looks`: what looks into the entries, or None where nothing does."""
    path = os.path.expanduser(configured)
    answer = {'configured': configured, 'path': path, 'state': 'listed', 'error': None, 'entries': []}
    if not os.path.isabs(path):
        answer.update(state='unreadable', error='not an absolute path')
        return answer
    found = []
    try:
        with os.scandir(path) as listing:
            for entry in listing:
                if stopped():
                    answer.update(state='unreadable', error='cancelled')
                    return answer
                if len(found) == ENTRY_CAP:
                    answer['state'] = 'truncated'
                    break
                status = _status(entry)
                if status is not None:
                    found.append((entry.name, status))
        seen = {} if looks is None else looks.look(path, found, stopped)
        answer['entries'] = [entries.described(name, status) + ([seen.get(name)] if looks is not None else [])
                             for name, status in found]
    except OSError as error:
        missing = error.errno in (errno.ENOENT, errno.ENOTDIR) and not os.path.lexists(path)
        answer.update(state='missing' if missing else 'unreadable', entries=[],
                      error=facts.error_name(error))
    return answer


def _status(entry):
    try:
        return entry.stat(follow_symlinks=False)
    except FileNotFoundError:
        return None  # It went between the listing and the look: it is not there.
