/** Who wants to know of one host at the moment, and what that means for how closely it is watched. */
import type { HostReader } from '../ports';

export type Attention = Parameters<HostReader['setAttention']>[0];

/** How often the host looks for changes: for somebody who looks, beside another window, and for the notifications alone. */
const lookedAtMs = 250;
const unfocusedMs = 1_000;
const hiddenMs = 10_000;

export class Interest {
  readonly #isTold: () => boolean;
  #holds = 0;
  /** Whether the rows of the host can be seen. */
  isVisible = false;
  isFocused = true;
  /** Whether the view or a command has used the host in this window. Before that nothing of it begins. */
  isUsed = false;

  /** @param isTold whether a person wants to be told what happens while nobody looks */
  constructor(isTold: () => boolean) {
    this.#isTold = isTold;
  }

  get attention(): Attention {
    if (this.isVisible || this.#holds > 0) return 'visible';
    return this.isUsed && this.#isTold() ? 'watched' : 'idle';
  }

  /** Milliseconds between two looks of the host; `null` where it is not to look. */
  get everyMs(): number | null {
    if (this.#holds > 0) return lookedAtMs;
    if (this.isVisible) return this.isFocused ? lookedAtMs : unfocusedMs;
    return this.attention === 'idle' ? null : hiddenMs;
  }

  /** One more who looks, until what is returned is called. */
  hold(): () => void {
    this.isUsed = true;
    this.#holds += 1;
    let isHeld = true;
    return () => {
      if (isHeld) this.#holds -= 1;
      isHeld = false;
    };
  }
}
