/** Emergency Stop…: plans it for a host or a group and shows the plan. Nothing is done before that is applied. */
import * as vscode from 'vscode';
import { defaultChoices, planObstacle } from '../../core/emergency/emergencyPlan';
import { emergencyProblem, type EmergencyStopReport } from '../../core/emergency/emergencyReport';
import { isProblemError, type Problem } from '../../core/problem';
import type { HostWatch } from '../../core/watch/hostWatch';
import { EmergencyStop, readingTimeoutMs, type EmergencyStopParts } from '../emergencyStop';
import type { Hosts } from '../hosts';
import { readGroup } from './arguments';
import { chooseHost, unusableHost } from './hostChoice';
import { lookFresh } from './lookFresh';

export class EmergencyStops {
  readonly #hosts: Hosts;
  readonly #parts: EmergencyStopParts;
  /** What is being planned, by host and group: a double click plans once. */
  readonly #planning = new Map<string, Promise<EmergencyStopReport>>();

  constructor(hosts: Hosts, parts: EmergencyStopParts) {
    this.#hosts = hosts;
    this.#parts = parts;
  }

  /** @returns the report of the plan as soon as it is shown; `undefined` where the person chose no host */
  async plan(argument: unknown): Promise<EmergencyStopReport | undefined> {
    const { host, group } = readGroup(argument);
    const { t } = vscode.l10n;
    const none = this.#hosts.watches.length === 0 ? '' : undefined;
    const name = host ?? none ?? (await chooseHost(this.#hosts, t('Emergency Stop of which host?')));
    if (name === undefined) return undefined;
    const watch = this.#hosts.find(name);
    if (watch === undefined) return this.#failed(name, group, unusableHost(name, this.#hosts));
    const key = JSON.stringify([name, group]);
    const running = this.#planning.get(key) ?? this.#plan(watch, group).finally(() => this.#planning.delete(key));
    this.#planning.set(key, running);
    return running;
  }

  async #plan(watch: HostWatch, group: string | null): Promise<EmergencyStopReport> {
    const { plans } = this.#parts;
    try {
      const snapshot = await lookFresh(watch, readingTimeoutMs);
      const obstacle = planObstacle({ host: watch.name, group, snapshot });
      if (obstacle !== null) return this.#failed(watch.name, group, obstacle);
      // An earlier plan for the same jobs would only be mistaken for this one.
      for (const each of plans.open)
        if (each instanceof EmergencyStop && each.host === watch.name && each.group === group) each.drop();
      const stop = new EmergencyStop(watch, group, { snapshot, choices: defaultChoices }, this.#parts);
      await plans.show(stop);
      this.#parts.output.append(stop.text());
      return stop.report;
    } catch (error) {
      if (!isProblemError(error)) throw error;
      return this.#failed(watch.name, group, error.problem);
    }
  }

  #failed(host: string, group: string | null, problem: Problem): EmergencyStopReport {
    this.#parts.output.append(`${vscode.l10n.t('Emergency Stop…')}\n\n${problem.message}\n${problem.next}\n`);
    return emergencyProblem(host, group, problem, this.#parts.clock.now());
  }
}
