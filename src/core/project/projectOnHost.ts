/** What an approved project file says of one host: its keys with what it overrides for that host. */

/** A directory of checkpoints with the pattern that its names follow. */
export interface ProjectCheckpoints {
  /** Absolute or beginning with `~/`. */
  readonly directory: string;
  /** `{x}` stands for one or more characters other than `/`; `null` where names are not judged. */
  readonly pattern: string | null;
}

export interface ProjectOnHost {
  /** The checkout on the host, absolute or beginning with `~/`. */
  readonly path: string;
  readonly queue: {
    /** `null`: no group is named, so that all count. */
    readonly groups: readonly string[] | null;
    /** Pattern of the labels, from which the parameters of a job are read. */
    readonly label: string | null;
    /** The flag that makes a program drop its checkpoint and begin anew. */
    readonly forceRefreshFlag: string | null;
  };
  readonly checkpoints: readonly ProjectCheckpoints[];
}
