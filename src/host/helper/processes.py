"""Processes as Linux shows them in /proc (proc(5)): who they are, when they were born, what ties them to a job."""
import os
import time

KERNEL_THREAD = 0x00200000  # PF_KTHREAD of linux/sched.h, in the field `flags` of stat.
ENVIRONMENT_CAP = 4 << 20
ARGUMENTS_CAP = 4096
REFUSED = object()


class Untraceable(Exception):
    """The processes of this host cannot be looked at; the text says why in one word."""


class Process:
    """One live process. A pid is given to another process sooner or later, a pid with its start never."""

    __slots__ = ('pid', 'ticks', 'name', 'parent', 'group', 'session', 'born')

    def __init__(self, pid, name, fields, boot):
        self.pid = pid
        self.name = name
        self.parent, self.group, self.session = (int(fields[at]) for at in (1, 2, 3))
        self.ticks = int(fields[19])
        self.born = boot + self.ticks / os.sysconf('SC_CLK_TCK')

    @property
    def identity(self):
        return self.pid, self.ticks

    def life(self, boot_id):
        """A text that is the same for one life of the process: `<boot id>/<pid>/<start in clock ticks>`, or None."""
        return boot_id and '%s/%d/%d' % (boot_id, self.pid, self.ticks)


def table():
    """All live processes of this host by pid, whoever owns them. Raises Untraceable where some would be missing."""
    if not hasattr(time, 'CLOCK_BOOTTIME'):
        raise Untraceable('noProc')
    boot = time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)
    try:
        # Always there; where it is hidden, those of other users are too (`hidepid`, proc(5)), and what they belong to.
        _stat(1)
        pids = [int(name) for name in os.listdir('/proc') if name.isdigit()]
    except PermissionError as error:
        raise Untraceable('hidden') from error
    except OSError as error:
        raise Untraceable('hidden' if is_there() else 'noProc') from error
    found = (find(pid, boot) for pid in pids)
    return {process.pid: process for process in found if process is not None}


def is_there():
    """Whether this host shows processes in /proc at all."""
    return os.path.exists('/proc/self/stat')


def find(pid, boot=0):
    """The process of that pid, or None: ended, a zombie, or a thread of the kernel."""
    try:
        name, fields = _stat(pid)
    except (FileNotFoundError, ProcessLookupError):
        return None
    except PermissionError as error:
        raise Untraceable('hidden') from error
    # The first thread of a process may end before the others: then it is a zombie, and the process is none.
    ended = fields[0] in (b'Z', b'X') and int(fields[17]) < 2
    return None if ended or int(fields[6]) & KERNEL_THREAD else Process(pid, name, fields, boot)


def _stat(pid):
    with open('/proc/%d/stat' % pid, 'rb') as file:
        # The name may hold anything, spaces and brackets included: fields count from the last bracket.
        head, fields = file.read().rsplit(b')', 1)
    return head.split(b'(', 1)[1], fields.split()


def is_own(process):
    """Whether it runs as this user: the directory of a process keeps its owner even where the files in it do not."""
    try:
        return os.stat('/proc/%d' % process.pid).st_uid == os.getuid()
    except OSError:
        return False


def written_logs(process):
    """Paths of the logs that it holds open for writing, REFUSED, or none where it has ended.

    Who only reads a log, as `tail -f` does, is no part of the job.
    """
    directory = '/proc/%d/fd' % process.pid
    paths = []
    try:
        for descriptor in os.listdir(directory):
            try:
                path = os.readlink('%s/%s' % (directory, descriptor))
            except FileNotFoundError:
                continue
            if path.startswith('/') and '/task_logs/' in path and is_written(process.pid, descriptor):
                paths.append(path)
    except (FileNotFoundError, ProcessLookupError):
        return []
    except OSError:
        return REFUSED
    return paths


def is_written(pid, descriptor):
    """Whether a process holds a descriptor open for writing. Raises OSError where that cannot be looked at."""
    try:
        with open('/proc/%d/fdinfo/%s' % (pid, descriptor)) as file:
            flags = [int(line.split()[1], 8) for line in file if line.startswith('flags:')]
    except FileNotFoundError:
        return False
    return any(each & os.O_ACCMODE != os.O_RDONLY for each in flags)


def environment_of(process):
    """Its variables as bytes, REFUSED, or none where it has ended. They never leave this program."""
    try:
        with open('/proc/%d/environ' % process.pid, 'rb') as file:
            pairs = file.read(ENVIRONMENT_CAP).split(b'\0')
    except (FileNotFoundError, ProcessLookupError):
        return {}
    except OSError:
        return REFUSED
    return dict(pair.split(b'=', 1) for pair in reversed(pairs) if b'=' in pair)


def arguments_of(process):
    """Its command line word by word, capped; None where it has ended. One that shows none goes by its name."""
    try:
        with open('/proc/%d/cmdline' % process.pid, 'rb') as file:
            text = file.read(min(ARGUMENTS_CAP + 1, _length_of_arguments(process)))
    except OSError:
        return None
    if not text:
        return ['[%s]' % process.name.decode('utf-8', 'surrogateescape')]
    cut = text[:ARGUMENTS_CAP].decode('utf-8', 'surrogateescape')
    words = cut[:-1].split('\0') if cut.endswith('\0') else cut.split('\0')
    return words if len(text) <= ARGUMENTS_CAP else words[:-1] + [words[-1] + '…']


def _length_of_arguments(process):
    """Where a process wrote a title over the end of its arguments, the kernel goes on into its environment (proc(5))."""
    begin, end = (int(field) for field in _stat(process.pid)[1][45:47])
    # Of other users neither is told.
    return end - begin if end > begin else ARGUMENTS_CAP + 1
