"""What every change of the host goes through: lock, a look, intent, act, outcome.

An act has an id that the client made. The journal holds its intent before anything is done, each command before it is
started, and the whole answer after; so an answer that was lost on the way is read again from there, and an act that was
given up before its intent can never begin later (`resolve`).
"""
import os
import re
import signal
import subprocess
import tempfile
import time

import children
import daemon
import journal
import locks

ACT_ID = re.compile(r'[0-9a-f-]{36}\Z')
INTENT, COMMAND, OUTCOME, VOID = 'intent', 'command', 'outcome', 'void'
OUTPUT_CAP = 1 << 20
PATIENCE_SECONDS = 5
RESOLVE_SECONDS = 30


class Refused(Exception):
    """The act does not begin, or ends before anything was done. `code` is one word of those that the client knows."""

    def __init__(self, code, **facts):
        super().__init__(code)
        self.answer = dict(facts, code=code)


class Act:
    """One act that holds the lock of its daemon."""

    def __init__(self, act_id, verb, book, lock):
        self.id = act_id
        self.verb = verb
        self.commands = []
        self.intended = False
        self._book = book
        self._lock = lock

    def intend(self, what):
        """Writes down what is about to be done. Raises Refused where that is not wholly on the disk: no space, no act."""
        try:
            self._book.append(INTENT, {'act': self.id, 'verb': self.verb, 'what': what})
        except OSError as error:
            raise Refused('noJournal', error=journal.name_of(error)) from error
        self.intended = True

    def note(self, kind, data):
        """One more record of this act, before it goes on. Raises Refused like `intend`."""
        try:
            self._book.append(kind, dict(data, act=self.id))
        except OSError as error:
            raise Refused('noJournal', error=journal.name_of(error)) from error

    def end(self, answer):
        """Writes down what came of it. Returns whether that is on the disk."""
        return self._book.append_outcome(OUTCOME, {'act': self.id, 'verb': self.verb, 'answer': answer})

    def run(self, argv, environment=None, stdin=b'', seconds=60, shown=None):
        """Runs a command that changes something to its end: nobody cancels it, and it goes on where we are killed.

        `stdin` is less than a pipe holds. `shown`: the equivalent as a person would type it. What it prints goes to files
        without a name, since a pipe would end it with us. Raises OSError where it cannot be started.
        """
        self.note(COMMAND, {'argv': list(shown or argv)})
        began = time.monotonic()
        reader = children.filled_pipe(stdin)
        try:
            with tempfile.TemporaryFile(dir=journal.directory()) as output, \
                    tempfile.TemporaryFile(dir=journal.directory()) as errors:
                child = subprocess.Popen(argv, stdin=reader, stdout=output, stderr=errors, env=environment,
                                         start_new_session=True, pass_fds=[self._lock.descriptor])
                stopped = None
                try:
                    child.wait(seconds)
                except subprocess.TimeoutExpired:
                    stopped = 'timeout'
                    os.killpg(child.pid, signal.SIGKILL)
                    child.wait(PATIENCE_SECONDS)
                texts = [bytearray(os.pread(file.fileno(), OUTPUT_CAP, 0)) for file in (output, errors)]
        finally:
            os.close(reader)
        outcome = children.Outcome(list(shown or argv), child.returncode, stopped, *texts, time.monotonic() - began)
        self.commands.append(outcome.record())
        return outcome


def perform(request, verb, book, places, cancelled, work):
    """Does one act: `work(act)` looks, intends, acts, looks again and returns the answer as a message.

    Returns {'answer': …}, or {'refused': {'code': …}} where nothing was done.
    """
    act_id = request.get('act')
    if not isinstance(act_id, str) or not ACT_ID.match(act_id):
        return {'refused': {'code': 'badAct'}}
    lock = locks.Lock(locks.name_of_daemon(places))
    try:
        lock.take(verb, cancelled, PATIENCE_SECONDS)
    except locks.Busy as busy:
        return {'refused': {'code': 'busy', 'holder': busy.holder}}
    except OSError as error:
        return {'refused': {'code': 'noLock', 'error': journal.name_of(error)}}
    try:
        if _records(book, act_id):
            # Given up, or begun already: the same act never begins twice.
            return {'refused': {'code': 'void'}}
        act = Act(act_id, verb, book, lock)
        try:
            answer = dict(work(act), commands=act.commands)
        except Refused as refused:
            if not act.intended:
                return {'refused': refused.answer}
            answer = {'broken': refused.answer, 'commands': act.commands}
        if act.intended:
            answer['recorded'] = act.end(answer)
        return {'answer': answer}
    finally:
        lock.release()


def resolve(act_id, book, places, cancelled, finishers):
    """What became of an act whose answer did not come. One that has not begun by then never will.

    `finishers`, by the verb of an act that left no outcome: a function of the act, of what it intended and of its records,
    which looks what became of it, brings it to its end and returns the answer. Raises Refused where that cannot be told.
    """
    lock = locks.Lock(locks.name_of_daemon(places))
    try:
        lock.take('resolve', cancelled, RESOLVE_SECONDS)
    except locks.Busy as busy:
        return {'state': 'running', 'holder': busy.holder}
    try:
        records = _records(book, act_id)
        intent = None
        for record in records:
            # A disk that was full took the outcome without the answer.
            if record['kind'] == OUTCOME and record['data'].get('answer') is not None:
                return {'state': 'ended', 'answer': record['data']['answer']}
            if record['kind'] == INTENT:
                intent = record['data']
        if intent is not None:
            finish = finishers.get(intent.get('verb'))
            answer = finish and _finished(Act(act_id, intent['verb'], book, lock), finish, intent.get('what'), records)
            return {'state': 'ended', 'answer': answer} if answer else {
                'state': 'begun', 'commands': [record['data'].get('argv') for record in records
                                               if record['kind'] == COMMAND]}
        book.append(VOID, {'act': act_id})
        return {'state': 'void'}
    finally:
        lock.release()


def _finished(act, finish, what, records):
    act.intended = True
    try:
        answer = dict(finish(act, what, records), commands=act.commands)
    except Refused:
        return None
    answer['recorded'] = act.end(answer)
    return answer


def places_of(pueue, config):
    return daemon.Places(config, pueue.environment(config))


def _records(book, act_id):
    return [record for record in book.records()
            if isinstance(record.get('data'), dict) and record['data'].get('act') == act_id]
