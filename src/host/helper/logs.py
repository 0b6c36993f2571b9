"""Reads a part of a job's log file, between two looks at the queue.

pueue keeps the output of a job in `task_logs/<id>.log` below its directory (3.x and 4.x, pueue_lib/src/log.rs), and empties
that file when the next run under this id is spawned. So the queue is read before and after: where both say the same run, what
was read between them was written by it.
"""
import base64
import os
import stat

import daemon
import facts


def read(queue, pueue, config, job, before, count, cancelled):
    """The last `count` bytes of the log that lie before the byte `before`, None standing for its end. `queue` reads pueue."""
    first, again, logs = _between_looks(queue, pueue, config, [job], before, count, cancelled)
    return {'pueue': first, 'again': again, 'log': logs.get(str(job))}


def ends(queue, pueue, config, jobs, count, cancelled):
    """The last `count` bytes of the log of each of these jobs, between the same two looks."""
    first, again, logs = _between_looks(queue, pueue, config, jobs, None, count, cancelled)
    return {'pueue': first, 'again': again, 'logs': logs}


def _between_looks(queue, pueue, config, jobs, before, count, cancelled):
    """The queue as it was first, with these jobs in it; as it was afterwards, or None; and the logs by the id of their job."""
    first = _only(queue.look(pueue, config, cancelled, None)[0], jobs)
    if not first.get('tasks'):
        return first, None, {}
    directory = daemon.pueue_directory(config, queue.environment(config))
    logs = {}
    for key in first['tasks'] if directory is not None else ():
        if cancelled.is_set():
            break
        logs[key] = _part(os.path.join(directory, 'task_logs', '%d.log' % int(key)), before, count)
    return first, _only(queue.look(pueue, config, cancelled, None)[0], jobs), logs


def _only(reading, jobs):
    """A reading of the queue with these jobs in it, as far as they are there."""
    if 'tasks' in reading:
        keys = [str(job) for job in jobs]
        reading['tasks'] = {key: reading['tasks'][key] for key in keys if key in reading['tasks']}
    return reading


def _part(path, before, count):
    answer = {'path': path, 'error': None, 'size': None, 'modified': None, 'inode': None, 'from': None, 'data': None}
    try:
        # A pipe of this name would hold up whoever opens it.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        answer['error'] = facts.error_name(error)
        return answer
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            answer['error'] = 'not a file'
            return answer
        end = status.st_size if before is None else min(before, status.st_size)
        start = max(0, end - count)
        data = bytearray()
        while len(data) < end - start:
            more = os.pread(descriptor, end - start - len(data), start + len(data))
            if not more:
                break  # It was emptied meanwhile; the size that was told says so.
            data += more
        answer.update(size=status.st_size, modified=status.st_mtime, inode=status.st_ino, data=_text(data))
        answer['from'] = start
    except OSError as error:
        answer['error'] = facts.error_name(error)
    finally:
        os.close(descriptor)
    return answer


def _text(data):
    return base64.b64encode(data).decode('ascii')
