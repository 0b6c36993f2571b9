/** The host of a followed job, as far as following needs it. */
import type { HostState } from '../watch/hostWatch';
import type { FollowedPart, FollowRequest } from './followedPart';

export interface FollowedHost {
  readonly name: string;
  /** `null` where it is not configured any more. */
  readonly state: HostState | null;
  /** @returns what ends the calls */
  onDidChange(listener: () => void): () => void;
  /** Reads the host now; never rejects. */
  refresh(): Promise<void>;
  /** @throws ProblemError */
  followLog(request: FollowRequest, signal: AbortSignal): Promise<FollowedPart>;
}
