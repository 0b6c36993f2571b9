/** A connector that keeps what went over the wire, and can end it in the middle. */
import type { ByteStream, Connector, StreamEnd } from '../../src/core/ports';
import { decodeReply, FrameReader, type RawReply } from '../../src/host/frames';

export class WireTap implements Connector {
  readonly #inner: Connector;
  readonly #change: (command: string) => string;
  #received: Buffer[] = [];
  #sent = 0;
  #cutAfter = Infinity;
  #cut: (() => void) | null = null;
  connections = 0;
  /** Writes after the bootstrap: one for each request. */
  writes = 0;

  /** @param change of the command, for shells that misbehave */
  constructor(inner: Connector, change: (command: string) => string = (command) => command) {
    this.#inner = inner;
    this.#change = change;
  }

  get bytesReceived(): number {
    return this.#received.reduce((sum, { length }) => sum + length, 0);
  }

  get bytesSent(): number {
    return this.#sent;
  }

  /** Ends the connection as a cut does once this many more bytes have come. */
  cutAfter(bytes: number): void {
    this.#cutAfter = this.bytesReceived + bytes;
  }

  /** Ends the connection now, as a cut does. */
  cut(): void {
    this.#cut?.();
  }

  /** The complete replies so far as they came over the wire, the greeting first; `null` where none was seen. */
  replies(): readonly RawReply[] | null {
    const all = Buffer.concat(this.#received);
    const start = /\n[0-9a-f]{64}\n/u.exec(all.toString('latin1'));
    return start === null ? null : new FrameReader().feed(all.subarray(start.index + start[0].length));
  }

  /** Everything that the helper said, inflated: greeting and the text of each reply. */
  async said(): Promise<string> {
    const all = Buffer.concat(this.#received).toString('latin1');
    const texts = (this.replies() ?? []).map(async (reply) => JSON.stringify(await decodeReply(reply)));
    return [all, ...(await Promise.all(texts))].join('\n');
  }

  async connect(command: string, signal: AbortSignal): Promise<ByteStream> {
    const stream = await this.#inner.connect(this.#change(command), signal);
    this.connections += 1;
    this.writes = -1;
    this.#cutAfter = Infinity;
    let end: (end: StreamEnd) => void = () => undefined;
    let open = true;
    const finish = (how: StreamEnd): void => {
      if (!open) return;
      open = false;
      end(how);
    };
    this.#cut = () => {
      finish({ exitCode: null, signal: null, error: null });
      stream.close();
    };
    return {
      route: stream.route,
      write: (bytes) => {
        this.writes += 1;
        this.#sent += bytes.byteLength;
        if (open) stream.write(bytes);
      },
      onData: (listener) => {
        stream.onData((bytes) => {
          if (!open) return;
          const left = this.#cutAfter - this.bytesReceived;
          const seen = Buffer.from(bytes).subarray(0, left);
          this.#received.push(seen);
          listener(seen);
          if (bytes.byteLength >= left) this.cut();
        });
      },
      onErrorData: (listener) => {
        stream.onErrorData(listener);
      },
      onEnd: (listener) => {
        end = listener;
        stream.onEnd(finish);
      },
      close: () => {
        open = false;
        stream.close();
      },
    };
  }
}
