/** One emergency stop, from its plan to its end: what a person sees of it and is asked. */
import * as vscode from 'vscode';
import type { ActionReport } from '../core/audit/fleetReport';
import { fingerprintOf } from '../core/audit/auditReport';
import { applyEmergency } from '../core/emergency/applyEmergency';
import {
  changesSince,
  planEmergency,
  planObstacle,
  type EmergencyChoices,
  type EmergencyPlan,
} from '../core/emergency/emergencyPlan';
import { alreadyApplied, busyWithPlan, droppedPlan, stalePlan } from '../core/emergency/emergencyProblems';
import {
  emergencyReport,
  emergencyText,
  lossesOf,
  scopeName,
  type EmergencyPhase,
  type EmergencyStopReport,
} from '../core/emergency/emergencyReport';
import type { Judge } from '../core/emergency/quarantineChoice';
import { cancelled } from '../core/hostProblems';
import type { StepsProgress } from '../core/plan/plan';
import type { Clock, Sha256 } from '../core/ports';
import { isProblemError, type Problem } from '../core/problem';
import { isLive } from '../core/pueue/job';
import type { HostSnapshot } from '../core/snapshot';
import { formatCount } from '../core/text/format';
import type { HostWatch } from '../core/watch/hostWatch';
import { confirmAct } from './commands/confirmAct';
import { planPath } from './documentPaths';
import { editChoices } from './emergencyChoices';
import type { Output } from './output';
import { plainLabel } from './plainLabel';
import type { OpenPlan, Plans } from './plans';
import type { Reports } from './reports';
import { readSettings } from './settings';

/** Longest time for a reading, connecting included. */
export const readingTimeoutMs = 15_000;

export interface EmergencyStopParts {
  readonly plans: Plans;
  readonly output: Output;
  readonly reports: Reports;
  readonly clock: Clock;
  readonly sha256: Sha256;
  /** A fresh UUID each time. */
  readonly newId: () => string;
  readonly judge: (host: string) => Judge;
}

export class EmergencyStop implements OpenPlan {
  readonly host: string;
  readonly deployId: string;
  readonly path: string;
  readonly title: string;
  readonly #watch: HostWatch;
  readonly #parts: EmergencyStopParts;
  #plan: EmergencyPlan;
  #phase: EmergencyPhase = { kind: 'planned', problem: null };
  #applying: Promise<EmergencyStopReport> | null = null;
  #editing: Promise<EmergencyStopReport> | null = null;
  #isCancelled = false;

  /** @param snapshot of which {@link planObstacle} says that it can be planned on */
  constructor(
    watch: HostWatch,
    group: string | null,
    { snapshot, choices }: { readonly snapshot: HostSnapshot; readonly choices: EmergencyChoices },
    parts: EmergencyStopParts,
  ) {
    this.#watch = watch;
    this.#parts = parts;
    this.host = watch.name;
    this.deployId = parts.newId();
    this.path = planPath(watch.name, 'emergency-stop', this.deployId);
    const scope = { host: watch.name, group };
    this.title = vscode.l10n.t('Emergency stop of {0}', scopeName(scope));
    this.#plan = this.#planOn({ ...scope, snapshotId: parts.newId() }, snapshot, choices, []);
  }

  get phase(): OpenPlan['phase'] {
    const { kind } = this.#phase;
    return kind === 'ended' || kind === 'dropped' ? 'over' : kind;
  }

  get group(): string | null {
    return this.#plan.group;
  }

  get report(): EmergencyStopReport {
    return emergencyReport(this.#plan, this.#phase);
  }

  text(): string {
    return emergencyText(this.#plan, this.#phase);
  }

  apply(): Promise<EmergencyStopReport> {
    this.#applying ??= this.#apply().finally(() => {
      this.#applying = null;
    });
    return this.#applying;
  }

  edit(): Promise<EmergencyStopReport> {
    this.#editing ??= this.#edit().finally(() => {
      this.#editing = null;
    });
    return this.#editing;
  }

  cancel(): ActionReport {
    const done = (outcome: 'done' | 'alreadySo', reason: string): ActionReport => {
      const targets = [{ target: this.host, outcome, reason }];
      const takenAt = new Date(this.#parts.clock.now()).toISOString();
      return { kind: 'action', version: 1, host: this.host, takenAt, problem: null, targets };
    };
    switch (this.#phase.kind) {
      case 'applying':
        this.#isCancelled = true;
        return done('done', 'It ends before its next step; the one that is under way is brought to its end.');
      case 'planned':
        this.drop();
        return done('done', 'The plan was dropped. Nothing was done.');
      default:
        return done('alreadySo', 'The plan is over.');
    }
  }

  /** Of a plan that was not applied: from then on it cannot be. */
  drop(): void {
    if (this.#phase.kind === 'planned') this.#set({ kind: 'dropped', problem: droppedPlan(this.host) });
  }

  async #apply(): Promise<EmergencyStopReport> {
    if (this.#phase.kind !== 'planned') return this.#refused(alreadyApplied(this.host));
    const now = this.#watch.state.reading?.snapshot;
    const changes = now !== undefined && now.takenAt > this.#plan.snapshot.takenAt ? changesSince(this.#plan, now) : [];
    if (now !== undefined && changes.length > 0) return this.#replan(now, this.#plan.choices, changes);
    if (!(await this.#confirm())) return this.#refused(cancelled(this.host));
    // The question may have stood beside the buttons of the document.
    if (this.#isNoLongerPlanned()) return this.report;
    const other = this.#parts.plans.open.find((plan) => plan.host === this.host && plan.phase === 'applying');
    return other === undefined ? this.#run() : this.#refused(busyWithPlan(this.host, other.title));
  }

  #isNoLongerPlanned(): boolean {
    return this.#phase.kind !== 'planned';
  }

  async #confirm(): Promise<boolean> {
    const { t } = vscode.l10n;
    const { jobs, choices, quarantine, snapshot } = this.#plan;
    const live = jobs.filter(isLive).length;
    const entries = quarantine.roots.reduce((sum, root) => sum + root.entries.length, 0);
    const lines = lossesOf(this.#plan);
    const detail = [
      ...lines.slice(0, 12),
      ...(lines.length > 12 ? [t('… and {0} more lines in the plan', lines.length - 12)] : []),
      '',
      t('Checkpoints that go into quarantine: {0}', choices.quarantine ? entries : 0),
      t('The groups stay drained. A snapshot for Requeue… is kept on the host first.'),
    ].join('\n');
    const isTyped = readSettings().confirmTypedName || snapshot.processes.kind === 'untraced';
    return confirmAct({
      question: t('Stop {0} of {1} ({2} live)?', formatCount(jobs.length, 'job'), scopeName(this.#plan), live),
      detail,
      verb: t('Stop {0}', formatCount(jobs.length, 'Job')),
      showDetails: () => this.#parts.plans.reveal(this),
      typed: isTyped ? { text: this.host, why: t('Jobs that were ended cannot be brought back') } : null,
    });
  }

  async #run(): Promise<EmergencyStopReport> {
    const { output, reports, clock, newId, judge } = this.#parts;
    const watch = this.#watch;
    const { host } = this;
    const plan = this.#plan;
    this.#set({ kind: 'applying', steps: plan.steps, current: null });
    const options = {
      location: vscode.ProgressLocation.Notification,
      cancellable: true,
      title: plainLabel(this.title),
    };
    const end = await vscode.window.withProgress(options, (progress, token) => {
      token.onCancellationRequested(() => this.cancel());
      const reader = watch.forPerson();
      return applyEmergency(plan, {
        reader: {
          act: (act, timeoutMs) => reader.act(act, timeoutMs),
          read: (signal, timeoutMs) => watch.read(signal, timeoutMs),
        },
        newId,
        judge: judge(host),
        isCancelled: () => this.#isCancelled,
        onProgress: (at: StepsProgress) => {
          this.#set({ kind: 'applying', ...at });
          const step = at.steps.findIndex(({ id }) => id === at.current);
          if (step < 0) return;
          const title = plainLabel(at.steps[step]?.title ?? '');
          progress.report({ message: vscode.l10n.t('step {0} of {1}: {2}', step + 1, at.steps.length, title) });
        },
      });
    });
    this.#set({ kind: 'ended', end, atMs: clock.now() });
    output.append(this.text());
    reports.store(host, 'emergencyStop', this.text());
    await watch.afterAct();
    // Not awaited: a message that stays open must not hold the caller's answer.
    void this.#tellEnd(end.problem);
    return this.report;
  }

  async #tellEnd(problem: Problem | null): Promise<void> {
    const { t } = vscode.l10n;
    const show = t('Show Plan');
    const answer =
      problem === null
        ? await vscode.window.showInformationMessage(
            t('{0}: stopped. Deploy fresh code, then requeue.', plainLabel(scopeName(this.#plan))),
            show,
          )
        : await vscode.window.showErrorMessage(plainLabel(problem.message, 400), show);
    if (answer === show) await this.#parts.plans.reveal(this);
  }

  async #edit(): Promise<EmergencyStopReport> {
    if (this.#phase.kind !== 'planned') return this.#refused(alreadyApplied(this.host));
    const choices = await editChoices(this.#plan.choices, this.title);
    if (choices === null || this.#isNoLongerPlanned()) return this.report;
    try {
      return this.#replan(await this.#watch.read(new AbortController().signal, readingTimeoutMs), choices, []);
    } catch (error) {
      if (!isProblemError(error)) throw error;
      return this.#refused(error.problem);
    }
  }

  /** Plans anew, on what is true by now. @param changes why, where nobody asked for it */
  #replan(snapshot: HostSnapshot, choices: EmergencyChoices, changes: readonly string[]): EmergencyStopReport {
    const obstacle = planObstacle({ ...this.#plan, snapshot });
    if (obstacle !== null) {
      this.#set({ kind: 'dropped', problem: obstacle });
      return this.report;
    }
    this.#plan = this.#planOn(this.#plan, snapshot, choices, changes);
    this.#set({ kind: 'planned', problem: changes.length === 0 ? null : stalePlan(this.host, changes) });
    this.#parts.output.append(this.text());
    return this.report;
  }

  #planOn(
    { host, group, snapshotId }: Pick<EmergencyPlan, 'host' | 'group' | 'snapshotId'>,
    snapshot: HostSnapshot,
    choices: EmergencyChoices,
    changes: readonly string[],
  ): EmergencyPlan {
    const { sha256, judge } = this.#parts;
    const { deployId } = this;
    const fingerprint = fingerprintOf(snapshot, sha256);
    return planEmergency({ ...{ deployId, snapshotId, host, group, snapshot, fingerprint, choices, changes }, judge: judge(host) }); // prettier-ignore
  }

  #refused(problem: Problem): EmergencyStopReport {
    const report = { ...this.report, problem };
    this.#parts.output.append(`${this.title}\n\n${problem.message}\n${problem.next}\n`);
    return report;
  }

  #set(phase: EmergencyPhase): void {
    this.#phase = phase;
    this.#parts.plans.changed(this);
  }
}
