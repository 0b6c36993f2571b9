/** What an examination found on a host: facts only, judged elsewhere. */
export interface HostExamination {
  /** Seconds since the epoch by the host's clock. */
  readonly takenAt: number;
}
