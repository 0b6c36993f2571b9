/** Entry of the late-loaded ssh bundle: the only way to ssh2. Only data and plain objects cross it. */
import type { Connector } from '../core/ports';
import type { SshConnectorOptions } from './sshConnectorOptions';
import { SshConnector } from './sshConnector';

export { listSshAliases } from './config/aliases';
export type { SshConnectorOptions } from './sshConnectorOptions';
export type { SshTimings } from './timings';

/** Makes the connector of one host. Nothing is read and nobody is called before `connect`. */
export function createSshConnector(options: SshConnectorOptions): Connector {
  return new SshConnector(options);
}
