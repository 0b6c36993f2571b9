"""Which job was queued again as which other one: read from what adding intended, and from what came of it."""
import threading

import journal

# Of a journal of years only the newest can be of jobs that are still in a queue.
LINKS_KEPT = 20000
OPEN_KEPT = 1000


class Lineage:
    """The links of the journal of this user, read on where the last reading ended."""

    def __init__(self):
        self._reading = journal.Reading('"add')
        self._lock = threading.Lock()
        # By act, what it wants to add by key: an act that was cut off may never say how it ended.
        self._open = {}
        self._links = {}

    def of(self, tasks):
        """The links of which one end at least is in the queue, as lists: id and creation of the job that was queued again, id
        and creation of what it became, its label, the reason, the flags that were added, and whether it was adopted. `tasks`
        by id as text. Raises OSError where there is a journal that cannot be read."""
        with self._lock:
            self._reading.read(self._take, self._forget)
            here = {(task.get('id'), task.get('created_at')) for task in tasks.values() if task is not None}
            return [link for link in self._links.values()
                    if (link[0], link[1]) in here or (link[2], link[3]) in here]

    def _forget(self):
        self._open.clear()
        self._links.clear()

    def _take(self, record):
        data, kind = record.get('data'), record.get('kind')
        act = data.get('act') if isinstance(data, dict) else None
        if not isinstance(act, str):
            return
        if kind == 'intent' and data.get('verb') == 'add':
            what = data.get('what')
            wanted = {job['key']: job for job in _jobs_of(what)}
            if wanted:
                self._open[act] = wanted
                _keep_newest(self._open, OPEN_KEPT)
        elif kind == 'added' and isinstance(data.get('jobs'), dict):
            # Written before they are enqueued, so it stands there also where the end is missing.
            for key, job in data['jobs'].items():
                if isinstance(job, list) and len(job) == 2:
                    self._link(act, key, *job, adopted=False)
        elif kind == 'outcome' and data.get('verb') == 'add' and isinstance(data.get('answer'), dict):
            added = data['answer'].get('added')
            for job in added if isinstance(added, list) else ():
                if isinstance(job, dict) and isinstance(job.get('key'), str):
                    self._link(act, job['key'], job.get('newId'), job.get('createdAt'), adopted=job.get('outcome') == 'adopted')
            self._open.pop(act, None)

    def _link(self, act, key, number, created, adopted):
        job = self._open.get(act, {}).get(key)
        self._links.pop(key, None)
        if job is None or type(number) is not int or not isinstance(created, str):
            return
        origin = job['retryOf']
        self._links[key] = [origin['id'], origin['createdAt'], number, created, job['label'], job['reason'], job['flagsAdded'],
                            adopted]
        _keep_newest(self._links, LINKS_KEPT)


def _jobs_of(what):
    """Those of an intent that queue another job again, if all of it is of the known shape."""
    jobs = what.get('jobs') if isinstance(what, dict) else None
    return [job for job in jobs if _is_retry(job)] if isinstance(jobs, list) else []


def _is_retry(job):
    origin = job.get('retryOf') if isinstance(job, dict) else None
    flags = job.get('flagsAdded') if isinstance(origin, dict) else None
    return (isinstance(flags, list) and all(isinstance(flag, str) for flag in flags) and isinstance(job.get('key'), str)
            and type(origin.get('id')) is int and isinstance(origin.get('createdAt'), str)
            and isinstance(job.get('reason'), str) and (job.get('label') is None or isinstance(job['label'], str)))


def _keep_newest(entries, count):
    while len(entries) > count:
        del entries[next(iter(entries))]
