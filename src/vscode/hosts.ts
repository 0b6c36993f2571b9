/** The hosts of the settings, each with its one watch. A change of the settings replaces only what it touches. */
import * as vscode from 'vscode';
import { HostDoctor } from '../core/doctor/hostDoctor';
import type { HostSettings, InvalidSetting } from '../core/hostSettings';
import type { HostReader, Log } from '../core/ports';
import type { Notifications } from '../core/settings';
import type { SshDestination } from '../core/sshCommand';
import { HostWatch, type HostWatchOptions } from '../core/watch/hostWatch';
import { readSettings, onDidChangeSettings } from './settings';

export interface HostsOptions extends Pick<HostWatchOptions, 'clock' | 'random' | 'onUnexpected'> {
  /** Makes the reader of one host; connects nothing yet. */
  readonly createReader: (settings: HostSettings, sshConfigFile: string) => HostReader;
  readonly log: Log;
}

/**
 * Between the first readings of two hosts, on average: a server in front of many of them, a jump host for one, turns away
 * who comes when ten others are still logging in (sshd_config(5), MaxStartups).
 */
const startGapMs = 100;

interface Entry {
  readonly key: string;
  readonly settings: HostSettings;
  readonly watch: HostWatch;
  readonly doctor: HostDoctor;
}

export class Hosts implements vscode.Disposable {
  readonly #options: HostsOptions;
  readonly #changed = new vscode.EventEmitter<string | null>();
  readonly #looked = new vscode.EventEmitter<void>();
  readonly #listeners: readonly vscode.Disposable[];
  #entries: readonly Entry[] = [];
  #invalid: readonly InvalidSetting[] = [];
  #intervalMs = 0;
  #staleCheckpointMs = 0;
  #sshConfigFile = '';
  #notifications: Notifications = 'off';
  #isVisible = false;
  #isFocused = vscode.window.state.focused;

  /** Fires a host's name when its state changed, and `null` when hosts came or went. */
  readonly onDidChange = this.#changed.event;
  /** Fires when somebody begins to look at the rows of the hosts: they can be seen, and the window has the focus. */
  readonly onDidLook = this.#looked.event;

  constructor(options: HostsOptions) {
    this.#options = options;
    this.#listeners = [
      onDidChangeSettings(() => {
        this.#read();
      }),
      vscode.window.onDidChangeWindowState(({ focused }) => {
        this.#setFocused(focused);
      }),
    ];
    this.#read();
  }

  get watches(): readonly HostWatch[] {
    return this.#entries.map(({ watch }) => watch);
  }

  get invalid(): readonly InvalidSetting[] {
    return this.#invalid;
  }

  /** What is told without being asked. */
  get notifications(): Notifications {
    return this.#notifications;
  }

  /** Age from which a checkpoint counts as stale. */
  get staleCheckpointMs(): number {
    return this.#staleCheckpointMs;
  }

  get isLookedAt(): boolean {
    return this.#isVisible && this.#isFocused;
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

  /** Whether the rows of the hosts can be seen. */
  setVisible(visible: boolean): void {
    this.#isVisible = visible;
    for (const { watch } of this.#entries) watch.setVisible(visible);
    if (this.isLookedAt) this.#looked.fire();
  }

  /** To be called when the computer has slept. */
  wake(): void {
    for (const { watch } of this.#entries) watch.wake();
  }

  dispose(): void {
    for (const listener of this.#listeners) listener.dispose();
    for (const entry of this.#entries) close(entry);
    this.#changed.dispose();
    this.#looked.dispose();
  }

  #setFocused(focused: boolean): void {
    // VS Code tells with the same event whether the person is active.
    if (focused === this.#isFocused) return;
    this.#isFocused = focused;
    for (const { watch } of this.#entries) watch.setFocused(focused);
    if (this.isLookedAt) this.#looked.fire();
  }

  #read(): void {
    const settings = readSettings();
    this.#intervalMs = settings.refreshIntervalMs;
    this.#staleCheckpointMs = settings.staleCheckpointMs;
    this.#sshConfigFile = settings.sshConfigFile;
    this.#invalid = settings.invalid;
    this.#notifications = settings.notifications;
    const before = new Map(this.#entries.map((entry) => [entry.key, entry]));
    this.#entries = settings.hosts.map((host, index) => {
      const key = JSON.stringify([host, settings.sshConfigFile]);
      return before.get(key) ?? this.#add(key, host, settings.sshConfigFile, index);
    });
    const kept = new Set(this.#entries);
    for (const entry of before.values())
      if (kept.has(entry)) entry.watch.settingsChanged();
      else close(entry);
    this.#changed.fire(null);
  }

  #add(key: string, settings: HostSettings, sshConfigFile: string, index: number): Entry {
    const { createReader, clock, random, onUnexpected, log } = this.#options;
    const reader = createReader(settings, sshConfigFile);
    const watch = new HostWatch({
      name: settings.name,
      reader,
      clock,
      random,
      onUnexpected,
      log,
      intervalMs: () => this.#intervalMs,
      isTold: () => this.#notifications !== 'off',
      startDelayMs: Math.round(2 * random() * startGapMs * index),
    });
    const doctor = new HostDoctor({ watch, reader, clock, onUnexpected });
    for (const each of [watch, doctor])
      each.onDidChange(() => {
        this.#changed.fire(settings.name);
      });
    watch.setFocused(this.#isFocused);
    watch.setVisible(this.#isVisible);
    return { key, settings, watch, doctor };
  }
}

function close({ watch, doctor }: Entry): void {
  doctor.close();
  watch.close();
}
