/**
 * What the askpass program and the window say to each other, over a socket: one line of JSON each. `{token, hint, text}`
 * is asked, a string or `null` is the answer.
 */

/** The variables of the environment that tell the program where to ask, and prove that it may. */
export const socketVariable = 'PUEUE_PREFLIGHT_ASKPASS_SOCKET';
export const tokenVariable = 'PUEUE_PREFLIGHT_ASKPASS_TOKEN';

/** What ssh wants to be told, as it gave it to its askpass program. */
export interface AskedPrompt {
  /** `confirm` for a permission, `none` for a notice that wants no answer (ssh-agent(1), readpass.c); else empty. */
  readonly hint: string;
  readonly text: string;
}
