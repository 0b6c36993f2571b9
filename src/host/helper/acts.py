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

import daemon
import journal
import locks
from children import Outcome

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

    def __init__(self, act_id, verb, book, lock, deploy_id=None):
        self.id = act_id
        self.verb = verb
        # Of the plan that the act is a step of, or None.
        self.deploy_id = deploy_id
        self.commands = []
        self.intended = False
        self._book = book
        self._lock = lock

    def intend(self, what):
        """Writes down what is about to be done. Raises Refused where that is not wholly on the disk: no space, no act."""
        try:
            plan = {} if self.deploy_id is None else {'deployId': self.deploy_id}
            self._book.append(INTENT, dict(plan, act=self.id, verb=self.verb, what=what))
        except OSError as error:
            raise Refused('noJournal', error=journal.name_of(error)) from error
        self.intended = True

    def note(self, kind, data):
        """One more record of this act, before it goes on. Raises Refused like `intend`."""
        try:
            self._book.append(kind, dict(data, act=self.id))
        except OSError as error:
            raise Refused('noJournal', error=journal.name_of(error)) from error

    def run(self, argv, environment=None, stdin=b'', seconds=60, shown=None):
        """Runs a command that changes something to its end: nobody cancels it, and it goes on where we are killed.

        `stdin` is less than a pipe holds. `shown`: the equivalent as a person would type it. What it prints goes to a file
        without a name, since a pipe would end it with us. Raises OSError where it cannot be started.
        """
        self.note(COMMAND, {'argv': list(shown or argv)})
        began = time.monotonic()
        reader, writer = os.pipe()
        os.write(writer, stdin)
        os.close(writer)
        try:
            with tempfile.TemporaryFile(dir=journal.directory()) as output:
                child = subprocess.Popen(argv, stdin=reader, stdout=output, stderr=subprocess.STDOUT, env=environment,
                                         start_new_session=True, pass_fds=[self._lock.descriptor])
                stopped = None
                try:
                    child.wait(seconds)
                except subprocess.TimeoutExpired:
                    stopped = 'timeout'
                    os.killpg(child.pid, signal.SIGKILL)
                    child.wait(PATIENCE_SECONDS)
                text = bytearray(os.pread(output.fileno(), OUTPUT_CAP, 0))
        finally:
            os.close(reader)
        outcome = Outcome(list(shown or argv), child.returncode, stopped, text, bytearray(), time.monotonic() - began)
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
        return {'refused': {'code': 'noLock', 'error': journal.name_of(error)}}
    try:
        if _records(book, act_id):
            # Given up, or begun already: the same act never begins twice.
            return {'refused': {'code': 'void'}}
        act = Act(act_id, verb, book, lock, deploy_id)
        try:
            answer = dict(work(act), commands=act.commands)
        except Refused as refused:
            if not act.intended:
                return {'refused': refused.answer}
            answer = {'broken': refused.answer, 'commands': act.commands}
        if act.intended:
            answer['recorded'] = book.append_outcome(OUTCOME, {'act': act_id, 'verb': verb, 'answer': answer})
        return {'answer': answer}
    finally:
        lock.release()


def resolve(act_id, book, places, cancelled):
    """What became of an act whose answer did not come. One that has not begun by then never will."""
    lock = locks.Lock(locks.name_of_daemon(places))
    try:
        lock.take('resolve', cancelled, RESOLVE_SECONDS)
    except locks.Busy as busy:
        return {'state': 'running', 'holder': busy.holder}
    try:
        records = _records(book, act_id)
        for record in records:
            if record['kind'] == OUTCOME:
                return {'state': 'ended', 'answer': record['data'].get('answer')}
        if any(record['kind'] == INTENT for record in records):
            return {'state': 'begun', 'commands': [record['data'].get('argv') for record in records
                                                   if record['kind'] == COMMAND]}
        book.append(VOID, {'act': act_id})
        return {'state': 'void'}
    finally:
        lock.release()


def places_of(pueue, config):
    return daemon.Places(config, pueue.environment(config))


def _records(book, act_id):
    return [record for record in book.records()
            if isinstance(record.get('data'), dict) and record['data'].get('act') == act_id]
