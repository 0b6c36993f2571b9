"""The newest part of the journal, for a person who asks what was done on this host."""
import os

import journal

BLOCK = 1 << 18
# One act on ten thousand jobs is a few megabytes.
CAP_BYTES = 16 << 20
BEGINNINGS = ('intent', 'release')


def read(before, most):
    """The records before a byte of the journal, None standing for its end, up to so many acts, in the order in which they
    were written. `from`: where the first of them begins, 0 where all are here; `torn`: lines that hold no whole record.
    Raises OSError where there is a journal that cannot be read."""
    answer = {'path': journal.path(), 'from': 0, 'torn': 0, 'records': []}
    try:
        file = open(journal.path(), 'rb')
    except FileNotFoundError:
        return answer
    with file:
        end = os.fstat(file.fileno()).st_size
        end = end if before is None else min(before, end)
        acts, taken = 0, 0
        for start, line in _lines_backwards(file, end):
            if acts >= most or taken > CAP_BYTES:
                answer['from'] = start + len(line)
                break
            taken += len(line)
            record = journal.parsed(line)
            if record is None:
                answer['torn'] += 1 if line.strip() else 0
                continue
            acts += record.get('kind') in BEGINNINGS
            answer['records'].append({name: record.get(name) for name in ('kind', 'time', 'user', 'data')})
    answer['records'].reverse()
    return answer


def _lines_backwards(file, end):
    """The lines that end before a byte, last first, each with the place where it begins."""
    rest = b''
    while end > 0:
        start = max(0, end - BLOCK)
        block = os.pread(file.fileno(), end - start, start) + rest
        lines = [part + b'\n' for part in block.split(b'\n')]
        # Behind the last line feed stands nothing, or a line that was not finished.
        lines[-1] = lines[-1][:-1]
        lines = [line for line in lines if line]
        rest = lines.pop(0) if start > 0 and lines else b''
        at = start + len(block)
        for line in reversed(lines):
            at -= len(line)
            yield at, line
        end = start
