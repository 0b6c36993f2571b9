/** An SSH server that lets in who has the key and then knows the code, and really runs what it is told. */
import { readFileSync } from 'node:fs';
import { utils, type AuthContext, type Connection } from 'ssh2';
import { serveWell, startCommandServer } from '../ssh/commandServer';
import type { FakeSsh } from '../ssh/fakeServer';
import type { LabKey } from './sshd';

/** What the server is made from. */
export interface SecondFactorOptions {
  readonly hostKey: LabKey;
  readonly authorizedKey: LabKey;
  readonly code: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Starts the server on a free port of 127.0.0.1. */
export function startSecondFactorServer(options: SecondFactorOptions): Promise<FakeSsh> {
  const { hostKey, env } = options;
  return startCommandServer({
    hostKey,
    env,
    serve: serveWell,
    login: (connection) => {
      askForBoth(connection, options);
    },
  });
}

function askForBoth(connection: Connection, { authorizedKey, code }: SecondFactorOptions): void {
  const allowed = utils.parseKey(readFileSync(`${authorizedKey.path}.pub`));
  if (allowed instanceof Error) throw allowed;
  let hasKey = false;
  connection.on('authentication', (context: AuthContext) => {
    if (context.method === 'publickey' && !hasKey) {
      if (!context.key.data.equals(allowed.getPublicSSH())) context.reject(['publickey']);
      // The client asks first whether the key would do, and then proves that it has it.
      else if (context.signature === undefined || context.blob === undefined) context.accept();
      else if (allowed.verify(context.blob, context.signature, context.hashAlgo)) {
        hasKey = true;
        context.reject(['keyboard-interactive'], true);
      } else context.reject(['publickey']);
    } else if (context.method === 'keyboard-interactive' && hasKey) {
      context.prompt(
        [{ prompt: 'Verification code: ', echo: false }],
        'Second factor',
        'The lab shows the code where it was started.',
        ([answer]) => {
          if (answer === code) context.accept();
          else context.reject(['keyboard-interactive']);
        },
      );
    } else context.reject([hasKey ? 'keyboard-interactive' : 'publickey']);
  });
}
