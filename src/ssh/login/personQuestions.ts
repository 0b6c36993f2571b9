/** What a connection may have to ask a person, put into words and facts for the port; and what came of it. */
import type { HostQuestions, PromptQuestion, UnlockedKeys } from '../../core/ports';
import { visible } from '../../core/text/visible';
import type { PromptRound } from './promptRound';
import { hostKeyQuestion, promptQuestion } from './shownQuestion';
import { isUnlocked, unlockKey, type LockedKey } from './identities';
import { findKeyStore } from '../hostKeys/knownHostsStore';
import type { HostIdentity } from '../hostKeys/hostIdentity';
import { describeKey, fingerprint, keyTypeLabel, type PublicKey } from '../publicKey';
import type { ResolvedSshConfig } from '../config/sshConfig';

/** After as many wrong passphrases nobody is asked again, as with `NumberOfPasswordPrompts` of OpenSSH. */
const passphraseLimit = 3;

/** A key that no file knows, and where it would go. */
export interface TrustRequest {
  readonly host: string;
  readonly config: ResolvedSshConfig;
  readonly home: string;
  readonly key: PublicKey;
}

/** Asks whether a key is the host's. @returns `null` for no; else the file that is to hold it, if one can */
export async function askForTrust(
  { host, config, home, key }: TrustRequest,
  questions: HostQuestions,
  signal: AbortSignal,
): Promise<{ readonly file: string | null } | null> {
  const store = await findKeyStore(config.userKnownHostsFiles, home);
  const question = hostKeyQuestion({
    ...{ host, store, address: `${config.hostName}:${String(config.port)}` },
    ...{ keyType: keyTypeLabel(key.type), fingerprint: fingerprint(key.blob) },
  });
  if (!(await questions.trustHostKey(question, signal))) return null;
  return { file: 'file' in store ? store.file : null };
}

/** A key that stands between us and the host. */
export interface UnlockRequest {
  readonly host: string;
  readonly key: LockedKey;
  readonly unlocked: UnlockedKeys;
}

/** Asks for the passphrase of a key. @returns whether it is open, and how many wrong passphrases were given */
export async function askToUnlock(
  { host, key, unlocked }: UnlockRequest,
  questions: HostQuestions,
  signal: AbortSignal,
): Promise<{ readonly isOpen: boolean; readonly wrong: number }> {
  let wrong = 0;
  const question = {
    host: visible(host, 160),
    key: key.label,
    isOpen: () => isUnlocked(key, unlocked),
    open: (passphrase: string) => {
      if (wrong >= passphraseLimit) return 'spent' as const;
      if (unlockKey(key, passphrase, unlocked)) return 'open' as const;
      wrong += 1;
      return wrong < passphraseLimit ? ('wrong' as const) : ('spent' as const);
    },
  };
  const isOpen = await questions.unlockKey(question, signal);
  // Only the key itself says that it is open.
  return { isOpen: isOpen && isUnlocked(key, unlocked), wrong };
}

/** Who is asking: where an answer goes, and by which key that machine was recognised. */
function askerOf(config: PromptsRequest['config'], { provenKey: key }: PromptsRequest['identity']): string {
  const address = `${config.user}@${config.hostName}:${String(config.port)}`;
  return key === null ? address : `${address} (${describeKey(key)})`;
}

/** A server that asks something on the open link. */
export interface PromptsRequest {
  readonly host: string;
  readonly config: Pick<ResolvedSshConfig, 'user' | 'hostName' | 'port'>;
  readonly identity: Pick<HostIdentity, 'provenKey'>;
  readonly round: PromptRound;
}

/** The prompts of a server as a person is shown them. */
export function roundQuestion({ host, config, identity, round }: PromptsRequest): PromptQuestion {
  const { name, instruction, prompts, wasWrong } = round;
  return promptQuestion({
    ...{ host, kind: 'secondFactor', asker: askerOf(config, identity), instruction: [name, instruction], wasWrong },
    // RFC 4256 section 3.3 leaves it to the server whether what is typed may be seen; who says nothing gets stars.
    prompts: prompts.map(({ prompt, echo }) => ({ text: prompt, echo: echo === true })),
  });
}

/** Puts the prompts of a server to the person. @returns one answer each, or `null` for none */
export async function askPrompts(
  request: PromptsRequest,
  questions: HostQuestions,
  signal: AbortSignal,
): Promise<readonly string[] | null> {
  const question = roundQuestion(request);
  const answers = await questions.answer(question, signal);
  return answers?.length === question.prompts.length ? answers : null;
}

/** A server that takes a password. */
export interface PasswordRequest extends Omit<PromptsRequest, 'round'> {
  readonly wasWrong: boolean;
}

/** Asks for a password, while no link waits for it. */
export async function askForPassword(
  { host, config, identity, wasWrong }: PasswordRequest,
  questions: HostQuestions,
  signal: AbortSignal,
): Promise<string | null> {
  const question = promptQuestion({
    ...{ host, kind: 'password', asker: askerOf(config, identity), wasWrong },
    prompts: [{ text: '', echo: false }],
  });
  return (await questions.answer(question, signal))?.[0] ?? null;
}
