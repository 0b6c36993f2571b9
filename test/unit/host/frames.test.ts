import assert from 'node:assert/strict';
import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { decodeReply, encodeRequest, frameCap, FrameReader, replyCap } from '../../../src/host/frames';
import { Preamble } from '../../../src/host/preamble';

/** A frame as the helper writes it. */
function frame(id: number, flags: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(9);
  header.writeUInt32BE(payload.length, 0);
  header.writeUInt32BE(id, 4);
  header.writeUInt8(flags, 8);
  return Buffer.concat([header, payload]);
}

describe('frames', () => {
  it('carry the request', () => {
    const bytes = encodeRequest(7, { op: 'ping' })!;
    assert.deepEqual([bytes.readUInt32BE(0), bytes.readUInt32BE(4), bytes.readUInt8(8)], [bytes.length - 9, 7, 1]);
    assert.equal(bytes.subarray(9).toString(), '{"op":"ping"}');
  });

  it('are read whole, however the bytes are cut, and replies of several frames may alternate', async () => {
    const big = deflateSync(Buffer.from(JSON.stringify({ ok: 'x'.repeat(1000) })));
    const wire = Buffer.concat([
      frame(1, 0, big.subarray(0, 5)),
      frame(2, 1, Buffer.from('{"ok":2}')),
      frame(1, 3, big.subarray(5)),
      frame(3, 1, Buffer.from('{}')),
    ]);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat({ max: wire.length }), { maxLength: 12 }), async (cuts) => {
        const edges = [0, ...cuts.sort((a, b) => a - b), wire.length];
        const reader = new FrameReader();
        const replies = edges.slice(1).flatMap((end, index) => reader.feed(wire.subarray(edges[index], end)));
        assert.deepEqual(
          replies.map(({ id }) => id),
          [2, 1, 3],
        );
        assert.deepEqual(await decodeReply(replies[1]!), { ok: 'x'.repeat(1000) });
      }),
    );
  });

  it('give nothing for a frame that was cut', () => {
    const wire = frame(1, 1, Buffer.from('{"ok":1}'));
    for (let length = 0; length < wire.length; length++)
      assert.deepEqual(new FrameReader().feed(wire.subarray(0, length)), [], `${length} bytes`);
  });

  it('that break the protocol end the stream', () => {
    assert.throws(() => new FrameReader().feed(frame(1, 8, Buffer.from('{}'))), RangeError);
    const long = Buffer.alloc(9);
    long.writeUInt32BE(frameCap + 1, 0);
    assert.throws(() => new FrameReader().feed(long), RangeError);
  });

  it('end the stream where a reply grows beyond what is read', () => {
    const reader = new FrameReader();
    const part = frame(1, 0, Buffer.alloc(frameCap));
    for (let length = 0; length < replyCap; length += frameCap) reader.feed(part);
    assert.throws(() => reader.feed(part), RangeError);
  });

  it('do not unpack a small reply into a huge one', async () => {
    const bomb = deflateSync(Buffer.alloc(80 << 20));
    await assert.rejects(decodeReply({ id: 1, deflated: true, bytes: bomb }));
  });

  it('with half a JSON text are an error and no answer', async () => {
    await assert.rejects(decodeReply({ id: 1, deflated: false, bytes: Buffer.from('{"ok":') }));
  });
});

describe('the preamble', () => {
  const greeting = 'a'.repeat(64);

  it('skips noise up to the greeting, wherever the bytes are cut', () => {
    const wire = Buffer.from(`Welcome\nto gpu-1${'a'.repeat(70)}\n${greeting}\nrest`);
    for (let cut = 0; cut <= wire.length; cut++) {
      const preamble = new Preamble(greeting);
      const parts = [preamble.feed(wire.subarray(0, cut)), preamble.feed(wire.subarray(cut))];
      const seen = parts.map((part) => (part === null ? '' : Buffer.from(part).toString())).join('');
      assert.equal(seen, 'rest', `cut at ${cut}`);
      assert.equal(preamble.found, true);
    }
  });

  it('finds a greeting that comes first', () => {
    const preamble = new Preamble(greeting);
    assert.equal(Buffer.from(preamble.feed(Buffer.from(`\n${greeting}\n`))!).length, 0);
    assert.equal(preamble.found, true);
  });

  it('does not take the greeting inside a longer line', () => {
    const preamble = new Preamble(greeting);
    assert.equal(preamble.feed(Buffer.from(`\nx${greeting}\n`)), null);
  });

  it('gives up after 8 MiB', () => {
    const preamble = new Preamble(greeting);
    const chunk = Buffer.alloc(1 << 20);
    for (let count = 0; count < 8; count++) preamble.feed(chunk);
    assert.throws(() => preamble.feed(Buffer.alloc(1)), RangeError);
  });
});
