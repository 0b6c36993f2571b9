"""What was sent of a reading, as digests, so that the next reply needs to hold only what differs from it.

Each reading that is sent has a number, and the client names the number of the one that it holds. So a reply that was
lost, cancelled or overtaken does no harm: nobody names its number. Of a job eight bytes are kept and no text of it. The
digests are keyed anew in each life of this program, so nobody can write two jobs that look alike to it.
"""
import array
import hashlib
import json
import os
import re
import threading

READINGS_KEPT = 4
NUMBER = re.compile(r'(0|[1-9][0-9]{0,14})\Z')


class Deltas:
    """The readings that the client of this session may hold, each with what it asked for: that may change meanwhile."""

    def __init__(self):
        self._lock = threading.Lock()
        self._key = os.urandom(16)
        self._sent = {}
        self._numbers = 0
        self._held = None
        self._asked = None

    def begin(self, asked):
        """What is asked from now on."""
        with self._lock:
            self._asked = asked

    def recall(self, number):
        """What was asked for that reading, or last where it is not known, None before `begin`; and the reading of that number, or None where it is not known (any more).
        It and those after it are kept: the client may have them."""
        with self._lock:
            self._held = number
            self._sent = {each: sent for each, sent in self._sent.items() if each >= number}
            sent = self._sent.get(number)
            return self._asked if sent is None else sent.asked, sent

    def reply(self, asked, held, sections, tasks):
        """A reading as a message, what differs from `held` or all of it; its number, and that of the one that it differs
        from. `tasks`: jobs by id, or None where there was no queue to read; then it has no number, and what the client
        holds stays as it is."""
        if tasks is None or not all(map(NUMBER.match, tasks)):
            return {'s': sections, 'jobs': tasks}, (None, None)
        now = _Sent(self._key, sections, tasks, held)
        with self._lock:
            self._numbers = now.number = self._numbers + 1
            now.asked = asked
            self._sent[now.number] = now
            for number in sorted(self._sent)[:-READINGS_KEPT]:
                if number != self._held:
                    del self._sent[number]
        if held is None:
            return {'s': sections, 'jobs': tasks}, (now.number, None)
        return now.since(held, sections, tasks), (now.number, held.number)


class _Sent:
    """One reading as digests."""

    __slots__ = ('number', 'asked', 'sections', 'ids', 'jobs')

    def __init__(self, key, sections, tasks, held):
        def digest(value):
            return hashlib.blake2b(encoded(value).encode('ascii'), digest_size=8, key=key).digest()

        # Made once: a short text costs less than the encoder itself.
        encoded = json.JSONEncoder(separators=(',', ':')).encode
        self.number = self.asked = None
        self.sections = {name: digest(section) for name, section in sections.items()}
        self.ids = array.array('Q', map(int, tasks))
        self.jobs = array.array('Q')
        self.jobs.frombytes(b''.join(map(digest, tasks.values())))
        if held is not None and held.ids == self.ids and held.jobs == self.jobs:
            # One copy serves for both.
            self.ids, self.jobs = held.ids, held.jobs

    def since(self, held, sections, tasks):
        changes = {name: section for name, section in sections.items()
                   if held.sections.get(name) != self.sections[name]}
        message = {'s': changes} if changes else {}
        if self.jobs is not held.jobs:
            before = dict(zip(held.ids, held.jobs))
            jobs = {key: task for (key, task), number, digest in zip(tasks.items(), self.ids, self.jobs)
                    if before.pop(number, None) != digest}
            if jobs:
                message['jobs'] = jobs
            if before:
                message['gone'] = sorted(before)
        return message
