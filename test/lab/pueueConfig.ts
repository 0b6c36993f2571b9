/** The pueue.yml of a lab host: everything in one folder, so that any number of daemons run side by side. */
import { join } from 'node:path';

/**
 * @param data folder of state, logs and socket
 * @param socket path of the Unix socket
 */
export function configText(data: string, socket: string): string {
  return `client:
  read_local_logs: true
  show_confirmation_questions: false
  restart_in_place: false
daemon:
  pause_group_on_failure: false
shared:
  pueue_directory: ${data}
  runtime_directory: ${data}
  alias_file: ${join(data, 'aliases.yml')}
  use_unix_socket: true
  unix_socket_path: ${socket}
  pid_path: ${join(data, 'pueue.pid')}
  shared_secret_path: ${join(data, 'secret')}
  daemon_cert: ${join(data, 'certs/daemon.cert')}
  daemon_key: ${join(data, 'certs/daemon.key')}
`;
}
