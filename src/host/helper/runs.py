"""What the status of pueue tells of the runs of jobs: when each began and ended, and a mark of its environment."""
import datetime
import hashlib
import re
import time

# `time` counts nine digits behind the second (pueue 3.x and 4.x), `fromisoformat` of Python 3.7 takes six, and no `Z`.
TIME = re.compile(r'(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(?:Z|([+-])(\d\d):(\d\d))\Z')
# A recorded start and the birth of the process differ by the load of the host and by corrections of its clock.
SLACK_SECONDS = 0.5
NEVER_RAN = ('DependencyFailed', 'FailedToSpawn')
# Shells set these anew for what they start (bash(1), dash(1), zshparam(1)): `cd x && python y` has another PWD than its job.
OF_SHELLS = frozenset(('PWD', 'OLDPWD', 'SHLVL', '_'))


class Run:
    """A job with its newest run. `earliest`: the earliest birth that a process of that run can have by the clock of the
    host, or None where no process of it can be alive: it has not run, or it ended before the host booted."""

    __slots__ = ('key', 'created', 'begin', 'earliest', 'end', 'live', 'mark')

    def __init__(self, task, booted_at):
        word, times, result = read_status(task)
        self.live = word in ('Running', 'Paused')
        start, end = _text(times.get('start')), _text(times.get('end'))
        ran = self.live or word == 'Done' and word_of(result) not in NEVER_RAN
        self.key = (task.get('id'), _text(task.get('created_at')), start if ran else None)
        self.created = seconds(self.key[1]) or 0
        self.begin = seconds(start) or self.created
        self.end = float('inf') if self.live else seconds(end) or time.time()
        # The clock may have been corrected since the boot.
        over = not ran or booted_at is not None and self.end < booted_at - 1
        self.earliest = None if over else self.begin - SLACK_SECONDS
        self.mark = None


class Marks:
    """Tells environments apart without holding them: many jobs have the same names, so only a digest of the values is
    kept for each."""

    def __init__(self):
        self._names = {}

    def of(self, environment):
        """The mark of a job's environment, or None where it tells nothing."""
        if not environment or not isinstance(environment, dict):
            return None
        if not all(isinstance(value, str) for value in environment.values()):
            return None
        names = frozenset(environment) - OF_SHELLS
        if not names:
            return None
        ordered = self._names.get(names)
        if ordered is None:
            ordered = self._names[names] = tuple(sorted(names))
        return ordered, _digest(_bytes(environment[name]) for name in ordered)


def has_mark(environment, mark):
    """Whether the environment of a process, as bytes, holds everything that the mark was made of."""
    names, digest = mark
    try:
        return _digest(environment[_bytes(name)] for name in names) == digest
    except KeyError:
        return False


def _digest(values):
    return hashlib.blake2b(b'\0'.join(values), digest_size=16).digest()


def _bytes(text):
    return text.encode('utf-8', 'surrogatepass')


def read_status(task):
    """The word of the status, the times of the run, and its result, where 3.x or 4.x keeps them."""
    status = task.get('status')
    if not isinstance(status, dict) or len(status) != 1:
        return status, task, None
    (word, body), = status.items()
    if word == 'Done' and not (isinstance(body, dict) and 'result' in body):
        return word, task, body
    if not isinstance(body, dict):
        return word, task, None
    return word, body if 'start' in body else task, body.get('result')


def word_of(result):
    """The word of a result, which may have something beside it."""
    return next(iter(result), None) if isinstance(result, dict) else result


def _text(value):
    return value if isinstance(value, str) else None


def seconds(text):
    """An RFC 3339 time as seconds since the epoch, or None where it is none."""
    match = TIME.match(text) if isinstance(text, str) else None
    if match is None:
        return None
    whole, fraction, sign, hours, minutes = match.groups()
    try:
        moment = datetime.datetime.fromisoformat(whole).replace(tzinfo=datetime.timezone.utc)
    except ValueError:
        return None
    ahead = (int(hours) * 3600 + int(minutes) * 60) * (-1 if sign == '-' else 1) if sign else 0
    return moment.timestamp() - ahead + float(fraction or 0)
