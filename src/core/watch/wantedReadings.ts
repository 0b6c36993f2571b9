/**
 * When a host is to be read because it has changed. A burst of changes makes a handful of readings and not one each, and
 * after the last change there is one more: pueue says that it has done something about 0.3 s before its state is final.
 */

/** Changes that come this close together share a reading. */
const settleMs = 100;
/** How long after a change the last reading for it begins at the soonest. */
const trailMs = 500;

export class WantedReadings {
  /** The next reading begins here at the soonest; `null` where none is wanted. */
  #from: number | null = null;
  /** Only a reading that begins here or later ends the wanting. */
  #until = 0;
  /** A reading that a person's act wants, whatever the last one has cost. */
  #afterAct: number | null = null;

  /** The host has changed. All times are monotonic milliseconds. */
  changed(now: number): void {
    this.#want(now + settleMs, now + trailMs);
  }

  /** It is not known whether the host has changed since it was read: one reading will tell. */
  doubted(now: number): void {
    this.#want(now, now);
  }

  /** A command of ours has changed the host. */
  acted(now: number): void {
    this.#afterAct = now + trailMs;
  }

  /** A reading begins. */
  begins(now: number): void {
    if (this.#afterAct !== null && now >= this.#afterAct) this.#afterAct = null;
    if (this.#from === null || now < this.#from) return;
    this.#from = now >= this.#until ? null : this.#until;
  }

  /**
   * When the next reading is wanted; `null` where none is.
   *
   * @param soonest what the cost of the last reading allows
   */
  next(soonest: number): number | null {
    const forChange = this.#from === null ? Infinity : Math.max(this.#from, soonest);
    const next = Math.min(forChange, this.#afterAct ?? Infinity);
    return next === Infinity ? null : next;
  }

  #want(from: number, until: number): void {
    this.#until = this.#from === null ? until : Math.max(this.#until, until);
    this.#from = Math.min(this.#from ?? Infinity, from);
  }
}
