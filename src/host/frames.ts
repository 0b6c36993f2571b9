/**
 * Frames between us and the helper: a 9-byte header (u32 length of the payload, u32 request id, u8 flags; big-endian) and
 * the payload. The joined payloads of one id are one JSON text, deflated where the last frame says so. The counterpart is
 * `helper/wire.py`.
 */
import { setImmediate } from 'node:timers/promises';
import { promisify } from 'node:util';
import { inflate } from 'node:zlib';

const inflateText = promisify<Buffer, { maxOutputLength: number }, Buffer>(inflate);

const headerLength = 9;
const last = 1;
const deflated = 2;

/** Largest payload of one frame that is accepted. */
export const frameCap = 1 << 20;
/** Largest request, which is one frame: an act on ten thousand jobs names each. The helper ends a link that sends more. */
export const requestCap = 16 << 20;
/** Largest reply, inflated. 100,000 jobs are about 40 MB. */
export const replyCap = 64 << 20;

/** One request as a frame; `null` where it is longer than {@link requestCap}. */
export function encodeRequest(id: number, request: object): Buffer | null {
  const payload = Buffer.from(JSON.stringify(request), 'utf8');
  if (payload.length > requestCap) return null;
  const header = Buffer.alloc(headerLength);
  header.writeUInt32BE(payload.length, 0);
  header.writeUInt32BE(id, 4);
  header.writeUInt8(last, 8);
  return Buffer.concat([header, payload]);
}

/** A reply that is complete as bytes. */
export interface RawReply {
  readonly id: number;
  readonly deflated: boolean;
  readonly bytes: Buffer;
}

/** Takes bytes as they come and gives whole replies. */
export class FrameReader {
  readonly #partial = new Map<number, { parts: Buffer[]; length: number }>();
  #chunks: Buffer[] = [];
  #buffered = 0;

  /**
   * @returns the replies that became complete, in order
   * @throws RangeError where the stream does not hold to the protocol; it is of no more use then
   */
  feed(bytes: Uint8Array): RawReply[] {
    this.#chunks.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    this.#buffered += bytes.byteLength;
    const replies: RawReply[] = [];
    for (;;) {
      const header = this.#peek(headerLength);
      if (header === null) return replies;
      const length = header.readUInt32BE(0);
      const flags = header.readUInt8(8);
      if (length > frameCap || flags > (last | deflated)) throw new RangeError('malformed frame');
      const frame = this.#peek(headerLength + length);
      if (frame === null) return replies;
      this.#skip(frame.length);
      const reply = this.#join(header.readUInt32BE(4), flags, frame.subarray(headerLength));
      if (reply !== null) replies.push(reply);
    }
  }

  #join(id: number, flags: number, payload: Buffer): RawReply | null {
    const partial = this.#partial.get(id) ?? { parts: [], length: 0 };
    partial.parts.push(payload);
    partial.length += payload.length;
    if (partial.length > replyCap) throw new RangeError('reply is longer than allowed');
    if ((flags & last) === 0) {
      this.#partial.set(id, partial);
      return null;
    }
    this.#partial.delete(id);
    return { id, deflated: (flags & deflated) !== 0, bytes: Buffer.concat(partial.parts, partial.length) };
  }

  /** The first `length` bytes, or `null` until they have come. Chunks are joined only when a frame spans them. */
  #peek(length: number): Buffer | null {
    if (this.#buffered < length) return null;
    const [first] = this.#chunks;
    if (first === undefined || first.length < length) this.#chunks = [Buffer.concat(this.#chunks, this.#buffered)];
    return this.#chunks[0]?.subarray(0, length) ?? null;
  }

  #skip(length: number): void {
    const [first, ...rest] = this.#chunks;
    const left = first?.subarray(length);
    this.#chunks = left === undefined || left.length === 0 ? rest : [left, ...rest];
    this.#buffered -= length;
  }
}

/** The JSON value of a complete reply. Inflating happens outside the main thread. @throws where it is no such text */
export async function decodeReply(reply: RawReply): Promise<unknown> {
  if (!reply.deflated) return JSON.parse(reply.bytes.toString('utf8')) as unknown;
  const bytes = await inflateText(reply.bytes, { maxOutputLength: replyCap });
  const message = JSON.parse(bytes.toString('utf8')) as unknown;
  // What is made of a large reply takes as long again: between the two the editor gets a turn.
  await setImmediate();
  return message;
}
