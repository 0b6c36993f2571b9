/** The outside of the driver extension: asks the window under test to execute commands, by files in a folder. */
import { existsSync, readFileSync, renameSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** One command to execute. */
export interface DriverRequest {
  readonly command: string;
  readonly argv: readonly unknown[];
}

/** How it ended. */
export type DriverResult = { readonly value: unknown } | { readonly error: string };

/** Written when the driver listens. */
export const readyFile = 'ready';
/** Ending of the files with a {@link DriverRequest}. */
export const requestEnding = '.request.json';
/** Ending of the files with a {@link DriverResult}. */
export const resultEnding = '.result.json';

/** The command that changes a user setting: `(key, value)`. */
export const setSettingCommand = 'pueuePreflightTests.setSetting';

/** The command that says the whole text of a document by the end of its path: `(ending)`; `null` where none is open. */
export const documentTextCommand = 'pueuePreflightTests.documentText';

/** Executes commands in the window under test. */
export interface Driver {
  /** Resolves when the driver extension is active. */
  ready(timeoutMs?: number): Promise<void>;
  /** Executes a command by id. @throws Error where it rejects, or where no result comes in time */
  execute(command: string, argv?: readonly unknown[], timeoutMs?: number): Promise<unknown>;
  /** Changes a user setting. */
  setSetting(key: string, value: unknown): Promise<void>;
  /** The whole text of an open document, a channel of the output too, by the end of its path; `null` where none is open. */
  documentText(ending: string): Promise<string | null>;
}

/** @param folder the profile's `driver` folder */
export function driverIn(folder: string): Driver {
  let count = 0;
  const driver: Driver = {
    ready: (timeoutMs = 60_000) => untilFile(folder, readyFile, timeoutMs),
    execute: async (command, argv = [], timeoutMs = 60_000) => {
      count += 1;
      const request: DriverRequest = { command, argv };
      const path = join(folder, `${process.pid}-${count}`);
      writeFileSync(`${path}.part`, JSON.stringify(request));
      renameSync(`${path}.part`, `${path}${requestEnding}`);
      await untilFile(folder, `${process.pid}-${count}${resultEnding}`, timeoutMs);
      const result = JSON.parse(readFileSync(`${path}${resultEnding}`, 'utf8')) as DriverResult;
      if ('error' in result) throw new Error(`Could not execute ${command}: ${result.error}`);
      return result.value;
    },
    setSetting: async (key, value) => {
      await driver.execute(setSettingCommand, [key, value]);
    },
    documentText: async (ending) => (await driver.execute(documentTextCommand, [ending])) as string | null,
  };
  return driver;
}

/** Resolves when a file of that name appears in the folder. */
export async function untilFile(folder: string, name: string, timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      if (!existsSync(join(folder, name))) return;
      finish();
      resolve();
    };
    const watcher = watch(folder, look);
    const timer = setTimeout(() => {
      finish();
      reject(new Error(`No ${name} came within ${timeoutMs / 1000} s`));
    }, timeoutMs);
    const finish = (): void => {
      watcher.close();
      clearTimeout(timer);
    };
    look();
  });
}
