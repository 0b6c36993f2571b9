/** What the terminal of a followed job shows: its output, and between it lines of ours that no output can pass for. */
import { visible } from '../text/visible';
import { ownMark, TerminalText } from './terminalText';

/** Longest line of ours. */
const lineCap = 1000;
const reset = '\u001b[0m';
/** Told from the output at a glance and as well readable: what is dim has half the contrast that a theme asks for. */
const italic = '\u001b[3m';

/** Where the output of a job and what is said of it are shown. */
export type FollowedScreen = Pick<FollowScreen, 'output' | 'breakOff' | 'say'>;

export class FollowScreen {
  readonly #write: (text: string) => void;
  #text = new TerminalText();
  #atLineStart = true;

  /** @param write what is given to it may go to a terminal as it is */
  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  /** The next bytes of the output. */
  output(bytes: Uint8Array): void {
    this.#put(this.#text.feed(bytes));
  }

  /** The output does not go on where it was: what was begun is finished as far as it came. */
  breakOff(): void {
    this.#put(this.#text.end());
  }

  /** One line of ours, on a line of its own and in no colour of the output's. */
  say(line: string): void {
    const begin = this.#atLineStart ? '' : '\r\n';
    this.#atLineStart = true;
    this.#write(`${begin}${reset}${italic}${ownMark} ${visible(line, lineCap)}${reset}\r\n`);
  }

  #put(text: string): void {
    if (text === '') return;
    // A line that holds nothing but a colour is still an empty one; so is one that was only returned on.
    const last = text.replace(/\u001b\[[\d;:]*m/gu, '').at(-1);
    if (last !== undefined) this.#atLineStart = last === '\n';
    this.#write(text);
  }
}
