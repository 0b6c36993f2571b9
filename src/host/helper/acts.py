"""What every change of the host goes through: lock, a look, intent, act, outcome.

An act has an id that the client made. The journal holds its intent before anything is done, each command before it is
started, and the whole answer after; so an answer that was lost on the way is read again from there, and an act that was
given up before its intent can never begin later (`resolve`): the journal takes one of the two and not the other.
"""
import errno
import os
import re
import signal
import subprocess
import tempfile
import threading
import time

import children
import daemon
import facts
import journal
import locks

ACT_ID = re.compile(r'[0-9a-f-]{36}\Z')
INTENT, COMMAND, OUTCOME, VOID = 'intent', 'command', 'outcome', 'void'
OUTPUT_CAP = 1 << 20
PATIENCE_SECONDS = 5
RESOLVE_SECONDS = 30
# What the place of locks and journal lacks, whichever of the two meets it first.
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM)


class Refused(Exception):
    """The act does not begin, or ends before anything was done. `code` is one word of those that the client knows."""

    def __init__(self, code, **facts):
        super().__init__(code)
        self.answer = dict(facts, code=code)


class Act:
    """One act that holds the lock of its daemon."""

    def __init__(self, act_id, verb, book, lock, cancelled, deploy_id=None):
        self.id = act_id
        self.verb = verb
        # Of the plan that the act is a step of, or None.
        self.deploy_id = deploy_id
        self.commands = []
        self.intended = False
        self._book = book
        self._lock = lock
        self._cancelled = cancelled

    def intend(self, what):
        """Writes down what is about to be done. Raises Refused where that is not wholly on the disk: no space, no act; where
        the act was given up meanwhile; and where nobody waits for it any more."""
        if self._cancelled.is_set():
            raise Refused('cancelled')
        try:
            plan = {} if self.deploy_id is None else {'deployId': self.deploy_id}
            self._book.append(INTENT, dict(plan, act=self.id, verb=self.verb, what=what), first_of=self.id)
        except journal.Spoken:
            raise Refused('void') from None
        except OSError as error:
            raise Refused('noJournal', error=facts.error_name(error)) from error
        self.intended = True

    def note(self, kind, data):
        """One more record of this act, before it goes on. Raises Refused like `intend`."""
        try:
            self._book.append(kind, dict(data, act=self.id))
        except OSError as error:
            raise Refused('noJournal', error=facts.error_name(error)) from error

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
                stopped = None if _has_ended(child, seconds) else 'timeout'
                if stopped is not None:
                    try:
                        os.killpg(child.pid, signal.SIGKILL)
                    except ProcessLookupError:
                        pass  # It ended in between.
                    _has_ended(child, PATIENCE_SECONDS)
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
    deploy_id = request.get('deployId')
    if deploy_id is not None and (not isinstance(deploy_id, str) or not ACT_ID.match(deploy_id)):
        return {'refused': {'code': 'badAct'}}
    lock = locks.Lock(locks.name_of_daemon(places))
    try:
        lock.take(verb, cancelled, PATIENCE_SECONDS)
    except locks.Busy as busy:
        return {'refused': {'code': 'busy', 'holder': busy.holder}}
    except OSError as error:
        return {'refused': {'code': 'noJournal' if error.errno in NO_ROOM else 'noLock', 'error': facts.error_name(error)}}
    try:
        act = Act(act_id, verb, book, lock, cancelled, deploy_id)
        try:
            answer = dict(work(act), commands=act.commands)
        except Refused as refused:
            if not act.intended:
                return {'refused': refused.answer}
            answer = {'broken': refused.answer, 'commands': act.commands}
        except Exception as error:
            # What it did until here is written down; the text of the error could hold what must not leave.
            if not act.intended:
                raise
            answer = {'broken': {'code': 'failed', 'error': facts.place_of(error)}, 'commands': act.commands}
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
    if not book.of_act(act_id):
        try:
            book.append(VOID, {'act': act_id}, first_of=act_id)
            return {'state': 'void'}
        except journal.Spoken:
            pass  # It began in between.
    # It has begun, or was given up before. While its lock is held it may go on.
    lock = locks.Lock(locks.name_of_daemon(places))
    deadline = time.monotonic() + RESOLVE_SECONDS
    while True:
        state = _state_of(book.of_act(act_id))
        if state['state'] != 'begun':
            return state
        try:
            lock.take('resolve', cancelled, min(1, max(0, deadline - time.monotonic())))
        except locks.Busy as busy:
            if time.monotonic() < deadline and not cancelled.is_set():
                continue
            return {'state': 'running', 'holder': busy.holder}
        try:
            # It may have ended between the two looks.
            records = book.of_act(act_id)
            state = _state_of(records)
            answer = _finished(act_id, records, finishers, book, lock) if state['state'] == 'begun' else None
            return state if answer is None else {'state': 'ended', 'answer': answer}
        finally:
            lock.release()


def _state_of(records):
    kinds = {record['kind']: record for record in records if isinstance(record.get('kind'), str)}
    if OUTCOME in kinds:
        return {'state': 'ended', 'answer': kinds[OUTCOME]['data'].get('answer')}
    if INTENT not in kinds:
        return {'state': 'void'}
    return {'state': 'begun', 'commands': [record['data'].get('argv') for record in records
                                           if record.get('kind') == COMMAND]}


def _has_ended(child, seconds):
    try:
        child.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def _finished(act_id, records, finishers, book, lock):
    """The answer of an act that was begun and left no outcome, where somebody can still bring it to its end; or None."""
    intent = next(record['data'] for record in records if record.get('kind') == INTENT)
    finish = finishers.get(intent.get('verb'))
    if finish is None:
        return None
    # Nobody gives up what was begun.
    act = Act(act_id, intent['verb'], book, lock, threading.Event())
    act.intended = True
    try:
        answer = dict(finish(act, intent.get('what'), records), commands=act.commands)
    except Refused:
        return None
    answer['recorded'] = act.end(answer)
    return answer


def places_of(pueue, config):
    return daemon.Places(config, pueue.environment(config))
