"""The helper's main loop: requests in, replies out, each request in a thread of its own.

A directory on a dead network mount can hold a thread for ever; ping, cancel and the other requests go on all the same.
"""
import os
import select
import signal
import sys
import threading
import time

import children
import facts
import operations
import wire

SILENCE_SECONDS = 60
# Requests that go on though they were cancelled hang in the kernel. Beside more of them none is begun: their threads count
# among the processes that the person may have on the host.
HANGING_CAP = 50
ENDING_SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)


class Server:
    def __init__(self, outbox, inbox):
        self._outbox = outbox
        self._inbox = inbox
        self._running = {}
        self._acting = set()
        self._silence = SILENCE_SECONDS
        self._heard = time.monotonic()
        self._ending = False

    def end_soon(self, *_):
        """Lets `serve` return. For signal handlers: an exception raised there could come up anywhere."""
        self._ending = True
        self._outbox.wake()

    def serve(self):
        """Until the link is gone: end of file, a broken pipe, a signal, or no byte for longer than the client promised."""
        try:
            self._take_all()
            while not self._ending:
                writable = [1] if self._outbox.pending() else []
                ready = select.select([0, self._outbox.wake_descriptor], writable, [], self._silence / 4)
                if 0 in ready[0]:
                    self._read()
                if self._outbox.wake_descriptor in ready[0]:
                    self._outbox.drain_wake()
                self._outbox.flush()
                if time.monotonic() - self._heard > self._silence:
                    return
        except wire.LinkGone:
            return

    def stop(self):
        """Ends the programs that only read. Their threads see it within a tenth of a second."""
        for cancelled in list(self._running.values()):
            cancelled.set()

    def wait(self, seconds):
        """Waits for acts to their end, and gives the threads of looks time to end their programs; one that hangs in the
        kernel is left behind."""
        for thread in list(self._acting):
            thread.join()
        deadline = time.monotonic() + seconds
        for thread in threading.enumerate():
            if thread is not threading.current_thread():
                thread.join(max(0, deadline - time.monotonic()))

    def _read(self):
        try:
            data = os.read(0, 1 << 16)
        except BlockingIOError:
            return
        except OSError as error:
            raise wire.LinkGone from error
        if not data:
            raise wire.LinkGone
        self._heard = time.monotonic()
        self._inbox.feed(data)
        self._take_all()

    def _take_all(self):
        while True:
            taken = self._inbox.take()
            if taken is None:
                return
            self._begin(*taken)

    def _begin(self, request_id, request):
        name = request.get('op') if isinstance(request, dict) else None
        if name == 'ping':
            self._silence = max(SILENCE_SECONDS, 3 * _seconds(request.get('intervalMs')))
            self._outbox.put(request_id, {'ok': {'clock': time.time()}})
        elif name == 'cancel':
            cancelled = self._running.get(request.get('id'))
            if cancelled is not None:
                cancelled.set()
            self._outbox.put(request_id, {'ok': {'known': cancelled is not None}})
        elif sum(each.is_set() for each in list(self._running.values())) >= HANGING_CAP:
            detail = '%d requests hang, as on a directory whose server does not answer' % HANGING_CAP
            self._outbox.put(request_id, {'error': {'code': 'failed', 'detail': detail}})
        elif name in operations.OPERATIONS and request_id not in self._running:
            cancelled = self._running[request_id] = threading.Event()
            worker = threading.Thread(target=self._work, args=(request_id, name, request, cancelled), daemon=True)
            if name in operations.ACTS:
                self._acting.add(worker)
            try:
                worker.start()
            except RuntimeError:  # The host allows no more threads.
                del self._running[request_id]
                self._acting.discard(worker)
                self._outbox.put(request_id, {'error': {'code': 'failed', 'detail': 'no thread can be started'}})
        else:
            self._outbox.put(request_id, {'error': {'code': 'badRequest', 'detail': 'op'}})

    def _work(self, request_id, name, request, cancelled):
        try:
            reply = wire.encode({'ok': operations.OPERATIONS[name](request, cancelled)})
        except children.Cancelled:
            reply = wire.encode({'error': {'code': 'cancelled', 'detail': None}})
        except operations.BadRequest as error:
            reply = wire.encode({'error': {'code': 'badRequest', 'detail': str(error)}})
        except Exception as error:  # The reply is the report.
            reply = wire.encode({'error': {'code': 'failed', 'detail': facts.place_of(error)}})
        # Unlisted first: the client may use the id again as soon as it has the reply.
        self._running.pop(request_id, None)
        self._acting.discard(threading.current_thread())
        self._outbox.put_encoded(request_id, reply)


def _seconds(milliseconds):
    return milliseconds / 1000 if isinstance(milliseconds, (int, float)) and 0 < milliseconds <= 3600000 else 0


def read_ahead():
    """What the loader's buffered reader took from standard input beyond the program itself."""
    os.set_blocking(0, False)
    head = b''
    while True:
        more = sys.stdin.buffer.read1(1 << 16)
        if not more:
            return head
        head += more


def main(sha256, greeting):
    home = facts.enter_home()
    outbox = wire.Outbox(1, greeting)
    server = Server(outbox, wire.Inbox(read_ahead()))
    outbox.wake_on_signals()
    for number in ENDING_SIGNALS:
        signal.signal(number, server.end_soon)
    outbox.put(0, {'ok': facts.hello(sha256, home)})
    server.serve()
    for number in ENDING_SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    server.stop()
    server.wait(children.GRACE_SECONDS + 1)
    os._exit(0)
