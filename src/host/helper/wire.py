"""Frames over standard input and output.

A frame is a 9-byte header (u32 length of the payload, u32 request id, u8 flags; big-endian) and the payload. The
payloads of one id, joined until the flag LAST, are one JSON text, deflated where the flag DEFLATED stands on the last
frame. Frames of several replies may alternate, so a long reply never holds up a short one.
"""
import collections
import json
import os
import signal
import struct
import threading
import zlib

LAST = 1
DEFLATED = 2
HEADER = struct.Struct('>IIB')
# An act on ten thousand jobs names each with its times and its command: about a kilobyte each.
REQUEST_CAP = 16 << 20
CHUNK = 1 << 16
REPLY_CAP = 64 << 20
DEFLATE_FROM = 512


class LinkGone(Exception):
    """The other side no longer reads or writes."""


def encode(message):
    """A message as bytes and the flags of its last frame. Raises where it is no JSON (NaN): before anything is queued."""
    body = json.dumps(message, separators=(',', ':'), allow_nan=False).encode('ascii')
    if len(body) > REPLY_CAP:
        body = b'{"error":{"code":"tooLarge"}}'
    return (zlib.compress(body, 1), LAST | DEFLATED) if len(body) >= DEFLATE_FROM else (body, LAST)


class Outbox:
    """What still has to be written. Never blocks: with a frozen link it only grows, up to what was asked for."""

    def __init__(self, descriptor, greeting):
        self._descriptor = descriptor
        # First of all, and not written at once: noise of the login shell may still fill the pipe.
        self._frames = collections.deque([greeting])
        self._lock = threading.Lock()
        self._wake_reader, self._wake_writer = os.pipe()
        os.set_blocking(descriptor, False)
        os.set_blocking(self._wake_reader, False)
        os.set_blocking(self._wake_writer, False)

    @property
    def wake_descriptor(self):
        return self._wake_reader

    def put(self, request_id, message):
        self.put_encoded(request_id, encode(message))

    def put_encoded(self, request_id, encoded):
        """Queues what `encode` gave. Never fails, so a worker's last act cannot be lost."""
        body, flags = encoded
        frames = []
        for start in range(0, len(body), CHUNK):
            part = body[start:start + CHUNK]
            frames.append(HEADER.pack(len(part), request_id, flags if start + CHUNK >= len(body) else 0) + part)
        with self._lock:
            self._interleave(frames)
        self.wake()

    def wake(self):
        try:
            os.write(self._wake_writer, b'.')
        except BlockingIOError:
            pass  # The pipe is full of wake-ups already.

    def wake_on_signals(self):
        """A signal that comes just before `select` is entered does not interrupt it; the byte that the interpreter then
        writes does. For the main thread."""
        signal.set_wakeup_fd(self._wake_writer, warn_on_full_buffer=False)

    def _interleave(self, frames):
        """A reply of one frame goes before what is left of longer ones, but never into the middle of a frame."""
        if len(frames) == 1 and self._frames:
            begun = self._frames.popleft()
            self._frames.appendleft(frames[0])
            self._frames.appendleft(begun)
        else:
            self._frames.extend(frames)

    def drain_wake(self):
        try:
            while os.read(self._wake_reader, 4096):
                pass
        except BlockingIOError:
            pass

    def pending(self):
        return bool(self._frames)

    def flush(self):
        """Writes as much as the pipe takes."""
        while True:
            with self._lock:
                if not self._frames:
                    return
                frame = self._frames[0]
                try:
                    written = os.write(self._descriptor, frame)
                except BlockingIOError:
                    return
                except OSError as error:
                    raise LinkGone from error
                if written == len(frame):
                    self._frames.popleft()
                else:
                    self._frames[0] = frame[written:]


class Inbox:
    """Whole request frames out of a stream of bytes."""

    def __init__(self, head):
        self._bytes = bytearray(head)

    def feed(self, more):
        self._bytes += more

    def take(self):
        """The next (id, request), or None until more bytes have come. A malformed frame is an end of the link."""
        if len(self._bytes) < HEADER.size:
            return None
        length, request_id, flags = HEADER.unpack_from(self._bytes)
        if length > REQUEST_CAP or flags != LAST:
            raise LinkGone
        if len(self._bytes) < HEADER.size + length:
            return None
        payload = bytes(self._bytes[HEADER.size:HEADER.size + length])
        del self._bytes[:HEADER.size + length]
        try:
            return request_id, json.loads(payload.decode('utf-8'))
        except (ValueError, RecursionError) as error:
            raise LinkGone from error
