/** The request for what a job's log holds behind a position. */
import type { FollowedPart, FollowRequest } from '../core/follow/followedPart';
import type { HostSettings } from '../core/hostSettings';
import type { HostRequest } from './hostRequest';

export function followRequest(settings: HostSettings, asked: FollowRequest): HostRequest<FollowedPart> {
  const { pueueConfig } = settings;
  return {
    message: { op: 'follow', pueueConfig, ...asked },
    parse: () => {
      throw new Error('not yet');
    },
  };
}
