/**
 * The ssh-agent: what keys it holds, and signatures by one of them. The listing is read here and not by ssh2, which
 * drops certificates and security keys from it without a word.
 */
import { connect, type Socket } from 'node:net';
import {
  BaseAgent,
  OpenSSHAgent,
  utils,
  type IdentityCallback,
  type ParsedKey,
  type SignCallback,
  type SigningRequestOptions,
} from 'ssh2';
import { blobType, readPublicKey, type PublicKey } from '../publicKey';

/** One entry of the agent's list. */
export interface AgentEntry {
  readonly type: string;
  readonly blob: Buffer;
  readonly comment: string;
  /** `null` for what is no plain key: a certificate, or a type of the future. */
  readonly key: PublicKey | null;
}

/** What came of asking an agent. */
export type AgentListing =
  | { readonly kind: 'listed'; readonly entries: readonly AgentEntry[] }
  | { readonly kind: 'failed'; readonly reason: string };

const requestIdentities = Buffer.from([0, 0, 0, 1, 11]);
const identitiesAnswer = 12;
/** OpenSSH's own limit for one message (`AGENT_MAX_LEN`). */
const messageLimitBytes = 256 * 1024;

/** Reads SSH_AGENT_IDENTITIES_ANSWER without its length prefix (draft-miller-ssh-agent, section 3.5). */
export function parseIdentities(message: Buffer): AgentEntry[] | null {
  if (message.length < 5 || message[0] !== identitiesAnswer) return null;
  const count = message.readUInt32BE(1);
  let offset = 5;
  const next = (): Buffer | null => {
    if (message.length - offset < 4) return null;
    const length = message.readUInt32BE(offset);
    if (length > message.length - offset - 4) return null;
    offset += 4 + length;
    return message.subarray(offset - length, offset);
  };
  const entries: AgentEntry[] = [];
  for (let index = 0; index < count; index += 1) {
    const blob = next();
    const comment = next();
    if (blob === null || comment === null) return null;
    entries.push({ type: blobType(blob), blob, comment: comment.toString('utf8'), key: readPublicKey(blob) });
  }
  return entries;
}

/** Lists the keys of the agent at `socketPath`. Fails, never throws; the signal and `limitMs` free the socket. */
export function listAgentKeys(socketPath: string, limitMs: number, signal: AbortSignal): Promise<AgentListing> {
  return new Promise((resolve) => {
    const socket = connect(socketPath);
    let received = Buffer.alloc(0);
    const finish = (listing: AgentListing): void => {
      signal.removeEventListener('abort', onAbort);
      socket.destroy();
      resolve(listing);
    };
    const failed = (reason: string): void => {
      finish({ kind: 'failed', reason });
    };
    const onAbort = (): void => {
      failed('cancelled');
    };
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort);
    socket.setTimeout(limitMs, () => {
      failed('it did not answer');
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      failed(error.code ?? 'it cannot be reached');
    });
    socket.on('close', () => {
      failed('it closed the connection');
    });
    socket.on('data', (bytes: Buffer) => {
      received = Buffer.concat([received, bytes]);
      if (received.length < 4) return;
      const length = received.readUInt32BE(0);
      if (length > messageLimitBytes) failed('its answer is too long');
      if (received.length < 4 + length) return;
      const entries = parseIdentities(received.subarray(4, 4 + length));
      if (entries === null) failed('its answer cannot be read');
      else finish({ kind: 'listed', entries });
    });
    socket.write(requestIdentities);
  });
}

/**
 * Stands for a key that is still encrypted: it shows the public half, so that the server says whether it would take the
 * key (RFC 4252 section 7: such a question is no attempt that counts), and signs nothing.
 */
export class LockedKeyAgent extends BaseAgent<ParsedKey> {
  readonly #blob: Buffer;
  #wanted = false;

  constructor(blob: Buffer) {
    super();
    this.#blob = blob;
  }

  /** It never signs. */
  readonly hasSigned = false;

  /** Whether the server would take the key. */
  get isWanted(): boolean {
    return this.#wanted;
  }

  override getIdentities(callback: IdentityCallback<ParsedKey>): void {
    const key = utils.parseKey(this.#blob);
    if (key instanceof Error) callback(key);
    else callback(null, [key]);
  }

  override sign(
    _key: ParsedKey,
    _data: Buffer,
    options: SigningRequestOptions | SignCallback,
    callback?: SignCallback,
  ): void {
    this.#wanted = true;
    (typeof options === 'function' ? options : callback)?.(new Error('its passphrase is needed'));
  }
}

/**
 * The agent reduced to one key, for one authentication attempt. Its sockets can be freed from outside: an agent that
 * waits for a person must not outlive the attempt.
 */
export class SingleKeyAgent extends OpenSSHAgent {
  readonly #blob: Buffer;
  readonly #sockets = new Set<Socket>();
  #signed = false;

  constructor(socketPath: string, blob: Buffer) {
    super(socketPath);
    this.#blob = blob;
  }

  override getIdentities(callback: IdentityCallback<ParsedKey>): void {
    const key = utils.parseKey(this.#blob);
    if (key instanceof Error) callback(key);
    else callback(null, [key]);
  }

  override getStream(callback: (error: Error | null | undefined, stream?: Socket) => void): void {
    super.getStream((error, stream) => {
      const socket = stream as Socket | undefined;
      if (socket !== undefined) {
        this.#sockets.add(socket);
        socket.once('close', () => this.#sockets.delete(socket));
      }
      callback(error, socket);
    });
  }

  override sign(
    key: ParsedKey | Buffer | string,
    data: Buffer,
    options?: SigningRequestOptions | SignCallback,
    callback?: SignCallback,
  ): boolean {
    const whenDone = typeof options === 'function' ? options : callback;
    const settings = typeof options === 'function' ? undefined : options;
    return super.sign(key, data, settings ?? {}, (error, signature) => {
      if (signature !== undefined) this.#signed = true;
      whenDone?.(error, signature);
    });
  }

  /** Whether a signature was given. */
  get hasSigned(): boolean {
    return this.#signed;
  }

  /** Whether a signature was asked for and has not come. */
  get isSigning(): boolean {
    return this.#sockets.size > 0;
  }

  /** Frees the sockets to the agent. */
  dispose(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}
