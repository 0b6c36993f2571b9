"""How far running jobs are, where the end of their output says so. Only numbers leave the host, never the words.

Recognised is what says of itself that it is progress: the bars of tqdm, pip, rich and Keras, a percentage that stands
alone, in brackets at the front of a line, or beside a word like "done", and a count beside a word like "step". A bare `3/10`
may be a date, and a bare `45 %` the load of a processor: from these nothing is concluded.
"""
import os
import re
import stat

MOST_JOBS = 50
TAIL = 4096
# Older lines tell of what the job has done since.
LINES = 10
LINE_CAP = 400

# Compiled where they are used first, so that they do not hold up a session that finds no running job.
ESCAPES = r'\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|[\x00-\x08\x0b\x0c\x0e-\x1f]'
NUMBER = r'(\d{1,12}(?:\.\d{1,6})?)'
PERCENT = r'(\d{1,3}(?:\.\d{1,6})?)\s?%'
UNITS = r'steps?|iterations?|iters?|batch(?:es)?|files?|items?|chunks?|tasks?|samples?|pages?|rows?|rounds?|episodes?|folds?|trials?|parts?|progress'
PERCENTS = (
    PERCENT + r'\|',
    r'\A\s*\[\s*' + PERCENT + r'\s*\]',
    r'\A\s*' + PERCENT + r'(?:\s*\Z|\s{0,4}[|\[(#=━█]|\s{1,4}\d)',
    r'\b(?:progress|done|completed?|finished)\b\W{0,3}' + PERCENT,
    PERCENT + r'\s(?:done|completed?|finished)\b',
    r'[━╸╺█▉▊▋▌▍▎▏▓▒░#=]{5}[^%\d]{0,80}\s' + PERCENT,
    # rsync, scp, wget: a size, the part, a rate.
    r'\d[\d.,]*[KMGT]?B?[ .]{1,80}' + PERCENT + r'\s{1,4}\d[\d.,]*\s?[KMGT]?i?B?/s',
)
COUNTS = (
    PERCENT + r'\|[^|]{0,200}\|\s{0,4}' + NUMBER + r'[kMG]?/' + NUMBER + r'[kMG]?\b',
    # git, which says the percentage before the count.
    PERCENT + r'\s\(' + NUMBER + r'/' + NUMBER + r'\)',
    r'\b(?:' + UNITS + r')\W{1,3}' + NUMBER + r'\s?(?:/|of)\s?' + NUMBER + r'\b',
    r'\A\s*\[\s*' + NUMBER + r'\s?/\s?' + NUMBER + r'\s*\]',
    r'\A\s*' + NUMBER + r'/' + NUMBER + r'\s(?:\[|[━=>.]{5})',
    r'[━╸╺]{5}\s{1,4}' + NUMBER + r'/' + NUMBER + r'\s[kMGT]?i?B\b',
)
# An epoch that is named is one that has begun, and what stands behind it is of that epoch alone.
EPOCH = r'\bepochs?\W{1,3}(\d{1,9})\b(?:\s?(?:/|of)\s?(\d{1,9})\b)?'


class Progress:
    """Reads the ends of logs. What an unchanged log said is remembered."""

    def __init__(self):
        self._known = {}

    def read(self, jobs, logs):
        """`[id, fraction, time of the last change]` of each live run that says how far it is, newest first. `jobs`: its runs."""
        live = sorted((run for run in jobs if run.live), key=lambda run: run.begin, reverse=True)[:MOST_JOBS]
        found, known = [], {}
        for run in live:
            path = os.path.join(logs, '%d.log' % run.key[0])
            looked = self._look(path, run)
            if looked is None:
                continue
            known[path], fraction, modified = looked
            if fraction is not None:
                found.append([run.key[0], fraction, modified])
        self._known = known
        return found

    def _look(self, path, run):
        """What is to be remembered, the part that is done or None, and when the log changed last; None without a log of this run."""
        try:
            # A pipe of this name would hold up whoever opens it.
            descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:
            return None
        try:
            status = os.fstat(descriptor)
            # Until the run is spawned the file is of the run before.
            if not stat.S_ISREG(status.st_mode) or status.st_mtime < run.begin - 1:
                return None
            state = (run.key, status.st_ino, status.st_size, status.st_mtime_ns)
            before = self._known.get(path)
            if before is not None and before[0] == state:
                return before, before[1], status.st_mtime
            start = max(0, status.st_size - TAIL)
            fraction = fraction_of(os.pread(descriptor, TAIL, start).decode('utf-8', 'replace'), start > 0)
            return (state, fraction), fraction, status.st_mtime
        except OSError:
            return None
        finally:
            os.close(descriptor)


def fraction_of(text, is_cut):
    """The part that is done, from 0 to 1, by the end of an output; None where it does not say, or says it in two ways.
    `is_cut`: the text does not begin with a line."""
    lines = re.split(r'[\r\n]+', re.sub(ESCAPES, '', text))
    if is_cut:
        del lines[0]
    lines = [line for line in lines if line.strip()][-LINES:]
    inner = None
    for line in reversed(lines):
        line = line[-LINE_CAP:]
        if inner is None:
            inner = _shown(line)
            if inner is AMBIGUOUS:
                return None
        epoch = re.search(EPOCH, line, re.I)
        if epoch is not None:
            return _of_epoch(epoch, inner)
    return inner


AMBIGUOUS = object()


def _shown(line):
    """The part that a line shows, None, or AMBIGUOUS. tqdm shows a percentage and the count that it is made of."""
    if '%' not in line and '/' not in line and ' of ' not in line:
        return None
    counts = {_part(match.groups()[-2:]) for pattern in COUNTS for match in re.finditer(pattern, line, re.I)}
    percents = {float(match.group(1)) / 100 for pattern in PERCENTS for match in re.finditer(pattern, line, re.I)}
    if len(counts) > 1 or len(percents) > 1 or None in counts or any(part > 1 for part in percents):
        return AMBIGUOUS
    if counts:
        part = counts.pop()
        return part if not percents or abs(part - percents.pop()) <= 0.015 else AMBIGUOUS
    return percents.pop() if percents else None


def _part(numbers):
    done, total = (float(number) for number in numbers)
    return done / total if total >= 1 and done <= total else None


def _of_epoch(match, inner):
    if match.group(2) is None:
        return None  # How many there will be is not said.
    number, total = int(match.group(1)), int(match.group(2))
    if not 0 <= number <= total or total < 1:
        return None
    return (max(0, number - 1) + (inner or 0)) / total
