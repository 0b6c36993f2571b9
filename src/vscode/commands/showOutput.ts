/** Show Output: the channel with the reports. */
import type { ActionReport } from '../../core/audit/fleetReport';
import { outputChannelName } from '../contributions';
import type { Output } from '../output';
import { actionDone } from './register';

export function showOutput(output: Output): ActionReport {
  output.show();
  return actionDone(outputChannelName);
}
