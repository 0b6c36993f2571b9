/** Jobs whose programs outlive them, in every shape that makes a process hard to find. */
import { constants } from 'node:fs';
import { mkdir, open, readFile, rm, writeFile, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { endProcesses, identify, type ProcessIdentity } from '../lab/processes';
import type { AddOptions, PueueHost } from '../lab/pueueHost';
import { runProgram } from '../lab/runProgram';

/** Ignores the usual signals, hides as it is told, writes down its pid, and lives on. */
const program = `import os, signal, sys, time
path, *how = sys.argv[1:]
for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
    signal.signal(number, signal.SIG_IGN)
for word in how:
    if word == 'fork' and os.fork():
        os._exit(0)
    elif word == 'setsid':
        os.setsid()
    elif word == 'redirect':
        for descriptor in (0, 1, 2):
            os.dup2(os.open('/dev/null', os.O_RDWR), descriptor)
    elif word == 'close':
        os.closerange(0, 256)
with open(path + '.part', 'w') as file:
    file.write(str(os.getpid()))
os.rename(path + '.part', path)
while True:
    time.sleep(1000)
`;

/** How a program is started in its job, and what it does to hide; `%` stands for the program with its arguments. */
export const shapes: Readonly<Record<string, readonly [command: string, how?: string]>> = {
  'the child of a shell': ['cd / && %'],
  'in the background': ['% & true'],
  'in a session of its own': ['setsid % & true'],
  'forked twice': ['%', 'fork setsid fork'],
  'forked twice, its output elsewhere': ['%', 'fork setsid fork redirect'],
  'its output elsewhere': ['% & true', 'redirect'],
  'with a cleaned environment': ['env -i % & true'],
  'under nohup': ['nohup % & true'],
  'in a pipe': ['% | cat & true'],
  'with all files closed': ['% & true', 'close'],
  'with a cleaned environment, in a session of its own': ['env -i setsid % & true'],
  'with what shells change in its environment': ["bash -c 'cd / && %; true'", 'fork setsid fork redirect'],
  'wholly hidden': ['env -i setsid % & true', 'redirect'],
};

/** The one shape that leaves no trace once its shell is gone. */
export const hidden = 'wholly hidden';

/** A job whose program outlives it. */
export interface Outliving {
  readonly shape: string;
  readonly id: number;
  readonly pid: number;
}

/** Lays the program on a host. @returns what adds jobs, each once its program has hidden itself */
export async function layOutliving(host: PueueHost) {
  const folder = join(host.home, 'outliving');
  const script = join(folder, 'outlive.py');
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await writeFile(script, program);
  const programs: ProcessIdentity[] = [];
  /** Named pipes: the shell of a job waits at its own for a line, and starts no process for that. */
  const gates: string[] = [];
  const opened: FileHandle[] = [];
  return {
    script,
    /** Lets the shells of all jobs end that were added up to here. */
    end: async () => {
      for (const gate of gates.splice(0)) {
        // Open for both ways, it waits for no reader, and a shell that is late finds its line.
        const handle = await open(gate, constants.O_RDWR);
        opened.push(handle);
        await handle.write('go\n');
      }
    },
    add: async (shape: string, options: AddOptions = {}): Promise<Outliving> => {
      const [command, how = ''] = shapes[shape]!;
      const file = join(folder, `pid-${programs.length}`);
      const started = command.replace('%', `/usr/bin/python3 ${script} ${file} ${how}`);
      const gate = join(folder, `gate-${programs.length}`);
      await runProgram('mkfifo', [gate]);
      gates.push(gate);
      const id = await host.add(`${started}; read go < '${gate}'`, options);
      const pid = await pidIn(file);
      const identity = identify(pid);
      if (identity === null) throw new Error(`The program of job ${id} has ended`);
      programs.push(identity);
      return { shape, id, pid };
    },
    /** Ends the programs: of those with a cleaned environment the host does not know that they are its own. */
    stop: async () => {
      for (const handle of opened) await handle.close();
      await endProcesses(programs, 0);
    },
  };
}

async function pidIn(file: string): Promise<number> {
  for (;;) {
    const text = await readFile(file, 'utf8').catch(() => '');
    if (text !== '') return Number(text);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
