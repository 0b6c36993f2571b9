"""What the host is: its boot, its clock, its interpreter."""
import errno
import glob
import math
import os
import pwd
import sys
import time


def boot_id():
    """Linux: a random id of this boot. Elsewhere None, and what depends on it is then not known."""
    try:
        with open('/proc/sys/kernel/random/boot_id') as file:
            return file.read(64).strip() or None
    except OSError:
        return None


def booted_at():
    """Seconds since the epoch, rather too early than too late; None where the clock of the boot cannot be read.

    The clock of the boot stands still while a virtual machine is suspended or restored from a snapshot, and the wall
    clock may have been wrong at the boot. The birth of /proc was written down by the wall clock of that moment.
    """
    ago = boot_clock()
    if ago is None:
        return None
    counted = time.time() - ago
    try:
        counted = min(counted, os.stat('/proc').st_ctime)
    except OSError:
        pass
    # Two readings are to say the same.
    return math.floor(counted)


def boot_clock():
    """Seconds since the boot that no correction of the wall clock touches, or None where there is no such clock."""
    clock = getattr(time, 'CLOCK_BOOTTIME', None)
    return None if clock is None else round(time.clock_gettime(clock), 3)


def libc():
    """The C library with its version, as far as it tells: programs for one do not run with another. None: not known."""
    try:
        return os.confstr('CS_GNU_LIBC_VERSION')
    except (AttributeError, OSError, ValueError):
        # musl has no such name; its loader has one that all its builds share (musl manual, "Dynamic linking").
        return 'musl' if glob.glob('/lib/ld-musl-*') else None


def python():
    """The interpreter of this program."""
    return {'executable': sys.executable, 'version': '.'.join(str(part) for part in sys.version_info[:3])}


def enter_home():
    """The home directory: pueue's last resort for a configuration is the working directory, and over ssh with a HOME
    of its own the session starts elsewhere."""
    home = os.environ.get('HOME') or _home_of_account()
    os.environ['HOME'] = home
    try:
        os.chdir(home)
    except OSError:
        os.chdir('/')
    return home


def user_name():
    """The account's name. In a container the user may have no account; then the environment's word, or none."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return os.environ.get('USER', '')


def error_name(error):
    """The name of an error of the system, for example ENOSPC."""
    return errno.errorcode.get(error.errno, 'errno %s' % error.errno)


def place_of(error):
    """Type and place of an error that nobody expected: its text could hold what must not leave the host."""
    trace = error.__traceback__
    while trace.tb_next is not None:
        trace = trace.tb_next
    return '%s in %s:%d' % (type(error).__name__, trace.tb_frame.f_code.co_name, trace.tb_lineno)


def _home_of_account():
    try:
        return pwd.getpwuid(os.getuid()).pw_dir
    except KeyError:
        return '/'


def hello(sha256, home):
    return {'protocol': 1, 'helper': sha256, 'python': list(sys.version_info[:3]), 'executable': sys.executable,
            'platform': sys.platform, 'pid': os.getpid(), 'home': home, 'clock': time.time()}
