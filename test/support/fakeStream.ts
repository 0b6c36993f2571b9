/** A byte stream whose other end, the helper, is played by the test. */
import type { ByteStream, StreamEnd } from '../../src/core/ports';
import { greetingOf } from '../../src/host/bootstrap';

/** A program without modules, and what its helper says when it is up. */
export const program = { sha256: 'ab', sources: [] };
export const hello = {
  ok: {
    protocol: 1,
    helper: 'ab',
    python: [3, 11, 7],
    executable: '/usr/bin/python3',
    platform: 'linux',
    pid: 7,
    home: '/h',
  },
};

/** The other end of a stream, played by the test. */
export class FakeStream implements ByteStream {
  readonly route = { transport: 'ssh2', reason: null } as const;
  readonly written: Buffer[] = [];
  closed = false;
  data: (bytes: Uint8Array) => void = () => undefined;
  errorData: (bytes: Uint8Array) => void = () => undefined;
  end: (end: StreamEnd) => void = () => undefined;

  write(bytes: Uint8Array): void {
    this.written.push(Buffer.from(bytes));
  }
  onData(listener: (bytes: Uint8Array) => void): void {
    this.data = listener;
  }
  onErrorData(listener: (bytes: Uint8Array) => void): void {
    this.errorData = listener;
  }
  onEnd(listener: (end: StreamEnd) => void): void {
    this.end = listener;
  }
  close(): void {
    this.closed = true;
  }

  greet(): void {
    const nonce = /sha256\(b'([0-9a-f]{32})'\)/u.exec(this.written[0]!.toString('latin1'))![1]!;
    this.data(Buffer.from(`\n${greetingOf(Buffer.from(nonce, 'hex'))}\n`));
  }
  reply(id: number, message: unknown): void {
    const payload = Buffer.from(JSON.stringify(message));
    const header = Buffer.alloc(9);
    header.writeUInt32BE(payload.length, 0);
    header.writeUInt32BE(id, 4);
    header.writeUInt8(1, 8);
    this.data(Buffer.concat([header, payload]));
  }
  /** What was sent after the bootstrap. */
  get requests(): { id: number; op: string; [key: string]: unknown }[] {
    return this.written.slice(1).map((bytes) => {
      const message = JSON.parse(bytes.subarray(9).toString()) as { op: string };
      return { ...message, id: bytes.readUInt32BE(4) };
    });
  }
}
