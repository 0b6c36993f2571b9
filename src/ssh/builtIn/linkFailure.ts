/**
 * The words for a connection that did not come about: which kind of nothing was met, and what to do. Pure; decided by
 * phase, by error code and by the first bytes of the other side.
 */
import { visible } from '../../core/text/visible';

/**
 * How far an attempt has come: opening the TCP connection, waiting for the first byte, exchanging keys, waiting for the
 * proof that the accepted key is the server's own, logging in, logged in.
 */
export type LinkPhase = 'tcp' | 'silent' | 'keyExchange' | 'proof' | 'authentication' | 'ready';

/** What is known of an attempt when it fails. */
export interface LinkProgress {
  readonly phase: LinkPhase;
  /** What the other side said first. */
  readonly firstBytes: Buffer;
  /** Whether a key was offered. */
  readonly hasOffered: boolean;
}

/** What happened and what to do. */
export interface LinkFailure {
  readonly reason: string;
  readonly next: string;
}

const serverLog = 'Try again; if it stays so, look at the log of its SSH server.';

/** Whether the other side has identified itself as an SSH server (RFC 4253 section 4.2: lines may come before that). */
export function isSshServer(firstBytes: Buffer): boolean {
  return /^SSH-/m.test(firstBytes.toString('latin1'));
}

function firstLine(firstBytes: Buffer): string {
  return visible(firstBytes.toString('latin1').split(/\r?\n/)[0] ?? '', 120);
}

/** No key was shown within the limit. */
export function describeSilence({ phase, firstBytes }: LinkProgress, limit: string): LinkFailure {
  if (phase === 'tcp')
    return { reason: `no answer within ${limit}`, next: 'Check the address, the network or VPN, and firewalls.' };
  if (firstBytes.length === 0)
    return {
      reason: `it accepts connections and stays silent for ${limit}`,
      next: 'Look at the SSH server on that machine: it hangs, or another service listens on this port.',
    };
  if (!isSshServer(firstBytes))
    return {
      reason: `it is not an SSH server; it said "${firstLine(firstBytes)}"`,
      next: 'Check host and port in the SSH configuration.',
    };
  return { reason: `the SSH server did not finish the key exchange within ${limit}`, next: serverLog };
}

/** The connection ended before the login was done, with or without an error of the transport. */
export function describeLoss({ phase, firstBytes, hasOffered }: LinkProgress, error: Error | null): LinkFailure {
  if (phase === 'tcp') return describeSocketError(error);
  if (phase === 'authentication' && hasOffered)
    return { reason: 'it closed the connection during the login', next: serverLog };
  if (firstBytes.length === 0)
    return {
      reason: 'it closed the connection before saying anything',
      next: 'Look at MaxStartups, hosts.deny, fail2ban and the log of the SSH server.',
    };
  if (!isSshServer(firstBytes))
    return {
      reason: `it closed the connection after saying "${firstLine(firstBytes)}"`,
      next: 'Check host and port, and the log of the server. Where it spoke of MaxStartups, too many log in there at once: try again in a moment.',
    };
  return { reason: 'it closed the connection during the key exchange', next: serverLog };
}

/** The login was begun and not finished within the limit. */
export function describeLoginSilence(limit: string, isAgentSigning: boolean): LinkFailure {
  return {
    reason: isAgentSigning ? `the ssh agent did not sign within ${limit}` : `the login did not finish within ${limit}`,
    next: 'Look whether the agent waits for a confirmation or the server for something, and try again.',
  };
}

/** A break in a phase after the first byte, in the words of the client library. */
export function describeBreak(phase: LinkPhase, words: string): LinkFailure {
  const what = phase === 'authentication' ? 'login' : 'key exchange';
  return { reason: `the ${what} broke off (${words})`, next: serverLog };
}

/** A TCP connection that did not come about. */
function describeSocketError(error: Error | null): LinkFailure {
  const code = error !== null && 'code' in error && typeof error.code === 'string' ? error.code : '';
  switch (code) {
    case 'ECONNREFUSED':
      return {
        reason: 'connection refused, nothing listens there',
        next: 'Check the port, and that the SSH server is running on the host.',
      };
    case 'ENOTFOUND':
      return { reason: 'there is no such name', next: 'Check HostName in the SSH configuration, DNS and the VPN.' };
    case 'EAI_AGAIN':
      return { reason: 'the name service does not answer', next: 'Check the network connection and the VPN.' };
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return { reason: 'there is no route to it', next: 'Check the network connection and the VPN.' };
    case 'ETIMEDOUT':
      return { reason: 'the connection timed out', next: 'Check the address, the network or VPN, and firewalls.' };
    case 'ECONNRESET':
      return {
        reason: 'the connection was reset',
        next: 'Check firewalls and the log of the SSH server, and try again.',
      };
    default:
      return {
        reason: code === '' ? 'the connection failed' : `the connection failed (${code})`,
        next: 'Check the address and the network, and try again.',
      };
  }
}
