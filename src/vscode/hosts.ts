/** The hosts of the settings, each with its one watch. A change of the settings replaces only what it touches. */
import * as vscode from 'vscode';
import { HostDoctor } from '../core/doctor/hostDoctor';
import type { HostSettings, InvalidSetting } from '../core/hostSettings';
import type { HostReader } from '../core/ports';
import type { SshDestination } from '../core/sshCommand';
import { HostWatch, type HostWatchOptions } from '../core/watch/hostWatch';
import { readSettings, onDidChangeSettings } from './settings';

export interface HostsOptions extends Pick<HostWatchOptions, 'clock' | 'random' | 'onUnexpected'> {
  /** Makes the reader of one host; connects nothing yet. */
  readonly createReader: (settings: HostSettings, sshConfigFile: string) => HostReader;
}

interface Entry {
  readonly key: string;
  readonly settings: HostSettings;
  readonly watch: HostWatch;
  readonly doctor: HostDoctor;
}

export class Hosts implements vscode.Disposable {
  readonly #options: HostsOptions;
  readonly #changed = new vscode.EventEmitter<string | null>();
  readonly #settingsListener: vscode.Disposable;
  #entries: readonly Entry[] = [];
  #invalid: readonly InvalidSetting[] = [];
  #intervalMs = 0;
  #sshConfigFile = '';
  #visible = false;

  /** Fires a host's name when its state changed, and `null` when hosts came or went. */
  readonly onDidChange = this.#changed.event;

  constructor(options: HostsOptions) {
    this.#options = options;
    this.#settingsListener = onDidChangeSettings(() => {
      this.#read();
    });
    this.#read();
  }

  get watches(): readonly HostWatch[] {
    return this.#entries.map(({ watch }) => watch);
  }

  get invalid(): readonly InvalidSetting[] {
    return this.#invalid;
  }

  find(name: string): HostWatch | undefined {
    return this.#entries.find(({ settings }) => settings.name === name)?.watch;
  }

  doctor(name: string): HostDoctor | undefined {
    return this.#entries.find(({ settings }) => settings.name === name)?.doctor;
  }

  /** How a host is reached; for what is done without a connection of ours. */
  destination(name: string): SshDestination | undefined {
    const settings = this.#entries.find((entry) => entry.settings.name === name)?.settings;
    return settings === undefined ? undefined : { settings, sshConfigFile: this.#sshConfigFile };
  }

  setVisible(visible: boolean): void {
    this.#visible = visible;
    for (const { watch } of this.#entries) watch.setVisible(visible);
  }

  dispose(): void {
    this.#settingsListener.dispose();
    for (const entry of this.#entries) close(entry);
    this.#changed.dispose();
  }

  #read(): void {
    const settings = readSettings();
    this.#intervalMs = settings.refreshIntervalMs;
    this.#sshConfigFile = settings.sshConfigFile;
    this.#invalid = settings.invalid;
    const before = new Map(this.#entries.map((entry) => [entry.key, entry]));
    this.#entries = settings.hosts.map((host) => {
      const key = JSON.stringify([host, settings.sshConfigFile]);
      return before.get(key) ?? this.#add(key, host, settings.sshConfigFile);
    });
    const kept = new Set(this.#entries);
    for (const entry of before.values()) if (!kept.has(entry)) close(entry);
    this.#changed.fire(null);
  }

  #add(key: string, settings: HostSettings, sshConfigFile: string): Entry {
    const { createReader, clock, random, onUnexpected } = this.#options;
    const reader = createReader(settings, sshConfigFile);
    const watch = new HostWatch({
      name: settings.name,
      reader,
      clock,
      random,
      onUnexpected,
      intervalMs: () => this.#intervalMs,
    });
    const doctor = new HostDoctor({ watch, reader, clock, onUnexpected });
    for (const each of [watch, doctor])
      each.onDidChange(() => {
        this.#changed.fire(settings.name);
      });
    watch.setVisible(this.#visible);
    return { key, settings, watch, doctor };
  }
}

function close({ watch, doctor }: Entry): void {
  doctor.close();
  watch.close();
}
