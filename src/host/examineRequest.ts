/** The request for how a host is set up. */
import type { HostExamination } from '../core/doctor/hostExamination';
import type { HostSettings } from '../core/hostSettings';
import type { HostRequest } from './hostRequest';

export function examineRequest(settings: HostSettings): HostRequest<HostExamination> {
  const { pueue, pueueConfig, path } = settings;
  return {
    message: { op: 'examine', pueue, pueueConfig, path },
    parse: () => {
      throw new Error('not yet');
    },
  };
}
