/** What passes between a server that asks at the login and who is asked. */

/** What a server wants to be told while the link waits (RFC 4256), as it came. */
export interface PromptRound {
  readonly name: string;
  readonly instruction: string;
  readonly prompts: readonly { readonly prompt: string; readonly echo?: boolean }[];
  /** Whether the answers before were refused. */
  readonly wasWrong: boolean;
}

/** Takes a round of prompts; `finish` sends the answers. */
export type PromptListener = (round: PromptRound, finish: (answers: string[]) => void) => void;
