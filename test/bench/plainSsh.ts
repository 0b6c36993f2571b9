/** The plain way: the system's `ssh`, once for each question, with and without a connection that is kept open. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { findProgram } from '../prepare/command';
import { runProgram, type CommandResult } from '../lab/runProgram';
import { registerProcess, unregister } from '../lab/registry';
import type { RemoteHost, Way } from '../ssh/remoteHost';

/** pueue's client on a lab host; it is on no PATH there. */
const pueue = '~/.cargo/bin/pueue';

/** The host is this machine, so what is on PATH here can be run there by its path. */
const jq = findProgram('jq');

/** The filter of the plain way: `jq` where there is one, else Python's json module. */
export const filterName = jq === null ? 'python3' : 'jq';

/** Counts the jobs by their state. */
const count =
  jq === null
    ? `python3 -c "import collections,json,sys;print(collections.Counter(s if isinstance(s,str) else list(s)[0] for s in (t['status'] for t in json.load(sys.stdin)['tasks'].values())))"`
    : `${jq} -c '[.tasks[].status | if type == "object" then keys[0] else . end] | group_by(.) | map({(.[0]): length}) | add'`;
/** Leaves the environments out, as whoever wants to show the jobs must. */
const project =
  jq === null
    ? `python3 -c "import json,sys;print(json.dumps([{k:v for k,v in t.items() if k!='envs'} for t in json.load(sys.stdin)['tasks'].values()]))"`
    : `${jq} -c '[.tasks[] | del(.envs)]'`;

/** A status of pueue and its filter, as one command on the host. */
export const filteredStatus = `${pueue} status --json | ${count}`;

/** The same with all that is told of the jobs but their environments. */
export const projectedStatus = `${pueue} status --json | ${project}`;

/** Runs a command as the host's session would, without any line: what it costs the host itself, in milliseconds. */
export async function hostCost({ pueue: { env, home } }: RemoteHost, command: string): Promise<number> {
  const began = performance.now();
  const result = await runProgram('/bin/sh', ['-c', command], { env: { ...env }, cwd: home });
  if (result.exitCode !== 0 || result.stdout === '') throw new Error(told(command, result));
  return performance.now() - began;
}

/** What the checklist asks a host before a deployment, in its order: the counts, the labels of active jobs, the checkpoints. */
export const checklistCalls: readonly string[] = [
  `${pueue} status --json`,
  `${pueue} status --json`,
  'ls -la ~/.cache/myapp/checkpoints/',
];

/** Runs a command on the host by one `ssh`. @throws Error where it fails or, unless it is `true`, prints nothing */
export async function callSsh(way: Way, command: string, options: readonly string[] = []): Promise<void> {
  const argv = ['-F', way.configFile, '-o', 'BatchMode=yes', ...options, way.alias, command];
  const result = await runProgram('ssh', argv);
  if (result.exitCode !== 0 || (command !== 'true' && result.stdout === '')) throw new Error(told(command, result));
}

function told(command: string, { exitCode, stdout, stderr }: CommandResult): string {
  return `${command}: exit code ${String(exitCode)}, ${stdout.length} bytes of output, ${stderr.trim()}`;
}

/** A ControlMaster on a way. */
export interface ControlMaster {
  /** Options by which `ssh` uses it. */
  readonly options: readonly string[];
  stop(): Promise<void>;
}

/** Starts a ControlMaster and waits until it answers. @throws Error where it ends first */
export async function startControlMaster(way: Way): Promise<ControlMaster> {
  const options = ['-o', `ControlPath=${join(way.configFile, '..', 'm')}`];
  const check = ['-F', way.configFile, ...options, '-O', 'check', way.alias];
  const argv = ['-F', way.configFile, '-o', 'BatchMode=yes', '-o', 'ControlMaster=yes', ...options, '-N', way.alias];
  const master = spawn('ssh', argv, { stdio: 'ignore' });
  const state = { ended: false };
  const exited = new Promise<void>((resolve, reject) => {
    master.once('error', reject);
    master.once('exit', () => {
      state.ended = true;
      resolve();
    });
  });
  if (master.pid !== undefined) registerProcess(master.pid);
  while ((await runProgram('ssh', check)).exitCode !== 0)
    if (state.ended) throw new Error('the ControlMaster ended at its start');
  return {
    options,
    async stop() {
      master.kill('SIGTERM');
      await exited;
      unregister(null);
    },
  };
}
