"""What lies in the quarantine of a checkpoint directory: a sibling of it, with a folder for each time something was put there."""
import calendar
import json
import os
import re
import stat
import threading
import time

import entries
import facts

SUFFIX = '.pueue-preflight-quarantine'
FOLDER = re.compile(r'(\d{8}T\d{6})Z-[0-9a-f]{8}\Z')
MANIFEST = '.pueue-preflight-manifest.json'
MANIFEST_CAP = 16 << 20
FOLDER_CAP = 1000
ENTRY_CAP = 10000


def place_of(root):
    """The quarantine of a checkpoint directory, as an absolute path: beside where the directory really is, so that it is
    on the same file system also where a link leads to it."""
    return os.path.realpath(root) + SUFFIX


def folder_name(act_id, now):
    return '%s-%s' % (time.strftime('%Y%m%dT%H%M%SZ', time.gmtime(now)), act_id[:8])


def time_of(name):
    """When a folder was made by its name, in seconds since the epoch; None where it is no folder of ours."""
    match = FOLDER.match(name)
    try:
        return calendar.timegm(time.strptime(match.group(1), '%Y%m%dT%H%M%S')) if match else None
    except ValueError:
        return None


def read_manifest(folder):
    """What was written down when the folder was made, `folder` being its descriptor; None where that cannot be read."""
    try:
        descriptor = os.open(MANIFEST, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
        with open(descriptor, 'rb') as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                return None
            manifest = json.loads(file.read(MANIFEST_CAP).decode('utf-8'))
    except (OSError, ValueError, RecursionError):
        return None
    return manifest if isinstance(manifest, dict) and isinstance(manifest.get('at'), (int, float)) else None


class Quarantines:
    """Lists quarantines. A folder that has not changed since the last look is not read again: what lies in it is moved in
    and out as a whole, so every change of it is one of the folder."""

    def __init__(self):
        self._known = {}
        self._lock = threading.Lock()

    def read(self, root, stopped):
        """The quarantine of a checkpoint directory as a message; None where it has none."""
        path = place_of(root)
        answer = {'path': path, 'state': 'listed', 'error': None, 'folders': []}
        known, count = {}, 0
        try:
            place = os.open(path, entries.DIRECTORY_FLAGS)
        except FileNotFoundError:
            return None
        except OSError as error:
            return dict(answer, state='unreadable', error=facts.error_name(error))
        try:
            for name in sorted(os.listdir(place), reverse=True):
                if time_of(name) is None:
                    continue
                if stopped() or len(answer['folders']) == FOLDER_CAP or count >= ENTRY_CAP:
                    answer['state'] = 'truncated'
                    break
                folder = self._folder(place, path, name, known)
                if folder is not None:
                    count += len(folder[2])
                    answer['folders'].append(folder)
        except OSError as error:
            answer.update(state='unreadable', error=facts.error_name(error), folders=[])
        finally:
            os.close(place)
        with self._lock:
            self._known[path] = known
        return answer

    def _folder(self, place, path, name, known):
        """One folder as [name, whether its manifest can be read, its entries], or None where it has gone."""
        try:
            folder = os.open(name, entries.DIRECTORY_FLAGS, dir_fd=place)
        except FileNotFoundError:
            return None
        try:
            status = os.fstat(folder)
            version = status.st_ino, status.st_mtime_ns
            held = self._known.get(path, {}).get(name)
            if held is None or held[0] != version:
                held = version, [name, int(read_manifest(folder) is not None), _listed(folder)]
            known[name] = held
            return held[1]
        finally:
            os.close(folder)


def _listed(folder):
    found = []
    for name in sorted(os.listdir(folder))[:ENTRY_CAP + 1]:
        if name == MANIFEST:
            continue
        try:
            status = os.stat(name, dir_fd=folder, follow_symlinks=False)
        except FileNotFoundError:
            continue
        found.append(entries.described(name, status))
    return found
