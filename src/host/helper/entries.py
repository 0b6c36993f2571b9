"""Entries of a directory as a person agreed to them, and whether they still are that. Links are never followed."""
import errno
import os
import stat

DIRECTORY_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class Entry:
    """What the person saw of one: its name and the path by which it is told, and what tells it from another one."""

    __slots__ = ('path', 'name', 'kind', 'inode', 'size', 'modified')

    def __init__(self, path, name, agreed):
        self.path = path
        self.name = name
        self.kind, self.inode, self.size, self.modified = (agreed[key] for key in ('kind', 'inode', 'bytes', 'modified'))

    def difference(self, directory):
        """What is no longer so by the look of this moment, as the end of a sentence; None where it is the same.
        `directory`: descriptor of the one that it lies in."""
        try:
            status = os.stat(self.name, dir_fd=directory, follow_symlinks=False)
        except FileNotFoundError:
            return 'is gone'
        return self.change(status) or (None if status.st_mtime == self.modified else 'was written meanwhile')

    def change(self, status):
        """Like `difference`, without the time of the last change: a directory gets a new one where it is moved."""
        if kind_of(status.st_mode) != self.kind or str(status.st_ino) != self.inode:
            return 'is another one by now'
        return None if self.kind != 'file' or status.st_size == self.size else 'has another size by now'


def name_in(path, directory):
    """The name of a direct entry of that directory, or None where the path is not one."""
    prefix = directory.rstrip('/') + '/'
    name = path[len(prefix):]
    if not path.startswith(prefix) or name in ('', '.', '..') or '/' in name or '\0' in name:
        return None
    return name


def described(name, status):
    """An entry as a message, see `entry` of the client's snapshotRequest."""
    kind = kind_of(status.st_mode)
    return [name, kind, status.st_size if kind == 'file' else None, status.st_mtime, str(status.st_ino)]


def kind_of(mode):
    return ('file' if stat.S_ISREG(mode) else 'directory' if stat.S_ISDIR(mode) else
            'link' if stat.S_ISLNK(mode) else 'other')


def move_to_free_name(entry, source, target):
    """Moves an entry between two directories, given by descriptors. Raises FileExistsError where it would replace one.

    rename(2) replaces without a word, so what is no directory gets its second name by link(2), which does not. A
    directory can at most take the place of an empty one that came in this moment (rename(2)). A program that is killed
    between the two calls leaves both names, and the next call takes the first one away.
    """
    name = entry.name
    try:
        there = os.stat(name, dir_fd=target, follow_symlinks=False)
    except FileNotFoundError:
        if entry.kind == 'directory':
            os.rename(name, name, src_dir_fd=source, dst_dir_fd=target)
            return
        os.link(name, name, src_dir_fd=source, dst_dir_fd=target, follow_symlinks=False)
    else:
        if entry.kind == 'directory' or not os.path.samestat(there, os.stat(name, dir_fd=source, follow_symlinks=False)):
            raise FileExistsError
    os.unlink(name, dir_fd=source)


def remove_tree(directory, name, device):
    """Removes an entry with all below it, on this file system only. Raises OSError at the first that cannot be removed."""
    status = os.stat(name, dir_fd=directory, follow_symlinks=False)
    if not stat.S_ISDIR(status.st_mode):
        os.unlink(name, dir_fd=directory)
        return
    descriptor = os.open(name, DIRECTORY_FLAGS, dir_fd=directory)
    try:
        if os.fstat(descriptor).st_dev != device:
            raise OSError(errno.EXDEV, 'EXDEV')
        for below in os.listdir(descriptor):
            remove_tree(descriptor, below, device)
    finally:
        os.close(descriptor)
    os.rmdir(name, dir_fd=directory)
