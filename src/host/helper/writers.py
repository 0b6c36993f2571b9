"""Which processes of this user hold files open for writing, as far as Linux tells in /proc (proc(5))."""
import os

import processes

SHOWN = 5


def look(root, names):
    """What is open for writing among entries of a directory, given by its real path, or below them.

    Returns the finds as {name: [process, …]}, and how many processes of this user refuse to be looked at; or None where
    this host does not show its processes. Only names of files are read, so that no dead file system is touched.
    """
    try:
        table = processes.table()
    except processes.Untraceable:
        return None
    prefix = root.rstrip('/') + '/'
    found, refused = {}, 0
    for process in table.values():
        if process.pid == os.getpid() or not processes.is_own(process):
            continue
        try:
            for descriptor in os.listdir('/proc/%d/fd' % process.pid):
                name = _name_of(process, descriptor, prefix)
                if name in names and processes.is_written(process.pid, descriptor):
                    found.setdefault(name, []).append(process)
        except (FileNotFoundError, ProcessLookupError):
            continue  # It has ended, and holds nothing.
        except OSError:
            refused += 1
    return found, refused


def _name_of(process, descriptor, prefix):
    """The entry of the directory that a descriptor lies in or is, or None."""
    try:
        path = os.readlink('/proc/%d/fd/%s' % (process.pid, descriptor))
    except FileNotFoundError:
        return None
    return path[len(prefix):].split('/', 1)[0] if path.startswith(prefix) else None


def told(found):
    """The finds as the end of a sentence."""
    words = ['process %d (%s) has %s open for writing' % (
        process.pid, process.name.decode('utf-8', 'surrogateescape'), name)
        for name, holders in sorted(found.items()) for process in holders[:1]]
    more = ', and %d more' % (len(words) - SHOWN) if len(words) > SHOWN else ''
    return ', '.join(words[:SHOWN]) + more
