"""Programs that only read, started from argv without a shell, with caps on time and output, and a cancel."""
import os
import select
import signal
import subprocess
import time

GRACE_SECONDS = 5


class Cancelled(Exception):
    """The request was cancelled, or the helper is ending."""


class Outcome:
    """How a program ended: `code` is its exit code, or None where `signal` ended it or it has not ended; `stopped` says why we ended it."""

    def __init__(self, argv, code, stopped, stdout, stderr, seconds):
        self.argv = argv
        # No code at all: it hangs in the kernel, where not even KILL reaches it.
        self.code = code if code is not None and code >= 0 else None
        self.signal = -code if code is not None and code < 0 else None
        self.stopped = stopped
        self.stdout = stdout
        self.stderr = stderr
        self.milliseconds = int(round(seconds * 1000))

    def record(self):
        """What the report shows of it. Never its output."""
        return {'argv': self.argv, 'code': self.code, 'signal': self.signal, 'ms': self.milliseconds}


def run(argv, cancelled, environment=None, seconds=60, stdout_cap=1 << 30, stderr_cap=1 << 20, stdin=None,
        is_whole=None):
    """Runs argv to its end in a process group of its own, in the home directory. `stdin`: its standard input, less than a pipe
    holds; by default it is empty. `is_whole`: says of what has been printed whether that is all that is wanted, however long
    something else holds the output open.

    `cancelled` is a threading.Event. Over the time or the output cap the group is ended. Raises Cancelled, or OSError
    where the program cannot be started.
    """
    began = time.monotonic()
    if cancelled.is_set():
        raise Cancelled
    reader = subprocess.DEVNULL if stdin is None else filled_pipe(stdin)
    try:
        child = subprocess.Popen(argv, stdin=reader, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment,
                                 start_new_session=True)
    finally:
        if stdin is not None:
            os.close(reader)
    caps = {child.stdout: stdout_cap, child.stderr: stderr_cap}
    kept = {child.stdout: bytearray(), child.stderr: bytearray()}
    stopped = None
    try:
        while caps and stopped is None:
            left = began + seconds - time.monotonic()
            if cancelled.is_set():
                stopped = 'cancelled'
            elif left <= 0:
                stopped = 'timeout'
            else:
                # Woken ten times a second to look at `cancelled`; data wakes it at once.
                for pipe in select.select(list(caps), [], [], min(left, 0.1))[0]:
                    data = os.read(pipe.fileno(), 1 << 18)
                    if not data:
                        del caps[pipe]
                        continue
                    if len(kept[pipe]) + len(data) <= caps[pipe]:
                        kept[pipe] += data
                        if is_whole is not None and pipe is child.stdout and is_whole(kept[pipe]):
                            stopped = 'whole'
                    elif pipe is child.stdout:
                        stopped = 'tooLarge'
        if stopped is None:
            # Both pipes are closed; what is left is the exit itself.
            try:
                child.wait(max(0.1, began + seconds - time.monotonic()))
            except subprocess.TimeoutExpired:
                stopped = 'timeout'
        if stopped is not None:
            _end(child)
    finally:
        child.stdout.close()
        child.stderr.close()
    if stopped == 'cancelled':
        raise Cancelled
    return Outcome(list(argv), child.returncode, stopped, kept[child.stdout], kept[child.stderr],
                   time.monotonic() - began)


def filled_pipe(content):
    """The reading end of a pipe that holds `content`, which is less than a pipe takes, and then ends."""
    reader, writer = os.pipe()
    os.write(writer, content)
    os.close(writer)
    return reader


def _end(child):
    """TERM to the group, and KILL after a grace time."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(child.pid, number)
        except ProcessLookupError:
            pass
        try:
            child.wait(GRACE_SECONDS)
            return
        except subprocess.TimeoutExpired:
            continue
