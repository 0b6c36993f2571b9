/**
 * What ssh asks, by its words (readpass.c, sshconnect.c, sshconnect2.c of OpenSSH 8.5 to 10; they are not translated). From
 * 8.5 on the prompts of a server follow `(user@host)`, so that none of them can pass for a prompt of ssh itself. Pure.
 */
import type { AskedPrompt } from './askpassProtocol';

/** A server's key that no file knows. Texts are as ssh gave them. */
export interface HostKeyPrompt {
  readonly kind: 'hostKey';
  /** The name under which it is looked up: `[host]:port` where the port is not 22. */
  readonly name: string;
  /** As OpenSSH writes it: `ED25519`. */
  readonly keyType: string;
  readonly fingerprint: string;
}

/** Something to be typed. */
export interface SecretPrompt {
  readonly kind: 'passphrase' | 'password' | 'secondFactor';
  /** `user@host` who asks, where the prompt says so. A passphrase stays with ssh on this machine. */
  readonly asker: string | null;
  readonly text: string;
}

export type SshPrompt =
  | HostKeyPrompt
  | SecretPrompt
  /** Nothing to answer, but something to do or to know. */
  | { readonly kind: 'notice'; readonly text: string }
  /** May something be done? Or a question about a key in words that are not known. Neither is ever agreed to. */
  | { readonly kind: 'permission' | 'unclear'; readonly text: string };

const yesOrNo = /\(?yes\/no|type 'yes'/i;

/** Recognises a prompt. What is not recognised is asked as it stands. */
export function readSshPrompt({ hint, text }: AskedPrompt): SshPrompt {
  if (hint === 'none') return { kind: 'notice', text };
  if (hint === 'confirm') return { kind: 'permission', text };
  const ofServer = /^\(([^()\s]+@[^()\s]+)\) ([^]*)$/.exec(text);
  if (ofServer !== null) return { kind: 'secondFactor', asker: ofServer[1] ?? null, text: (ofServer[2] ?? '').trim() };
  const hostKey = readHostKeyPrompt(text);
  if (hostKey !== null) return hostKey;
  if (yesOrNo.test(text)) return { kind: 'unclear', text };
  if (/^Enter (?:passphrase|PIN) for /.test(text)) return { kind: 'passphrase', asker: null, text: text.trim() };
  const password = /^(\S+@\S+)'s password: $/.exec(text);
  return password === null
    ? { kind: 'secondFactor', asker: null, text: text.trim() }
    : { kind: 'password', asker: password[1] ?? null, text: text.trim() };
}

function readHostKeyPrompt(text: string): HostKeyPrompt | null {
  if (!/\(yes\/no\/\[fingerprint\]\)\? $/.test(text)) return null;
  const name = /^The authenticity of host '(\S+) \([^\n]*\)' can't be established\.?\r?\n/.exec(text)?.[1];
  const [, keyType, fingerprint] =
    /^([A-Z0-9-]+) key fingerprint is:? (SHA256:[A-Za-z0-9+/]{43})\.?\r?$/m.exec(text) ?? [];
  if (name === undefined || keyType === undefined || fingerprint === undefined) return null;
  return { kind: 'hostKey', name: name.toLowerCase(), keyType, fingerprint };
}
