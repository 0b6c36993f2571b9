/** The plans of this window: each has a document, in which it is read, applied, and seen being done. */
import * as vscode from 'vscode';
import { openPlansKey, plannedPlansKey } from './contributions';
import { planEnding } from './documentPaths';
import { uriOf, type Documents } from './documents';

/** A plan that was shown. Whoever made it does it. */
export interface OpenPlan {
  readonly deployId: string;
  readonly host: string;
  /** Path of its document. */
  readonly path: string;
  /** What it is of, in a few words that are safe to show. */
  readonly title: string;
  /** `planned`: it can be applied and edited. `applying`: it can be cancelled. `over`: it can be read. */
  readonly phase: 'planned' | 'applying' | 'over';
  text(): string;
  /** Asks the confirmation and does it. A second call joins the first. @returns the report */
  apply(): Promise<object>;
  /** @returns the report of the plan as it is then */
  edit(): Promise<object>;
  /** Between steps. @returns a report */
  cancel(): object;
}

export class Plans {
  readonly #documents: Documents;
  readonly #plans = new Map<string, OpenPlan>();

  constructor(documents: Documents) {
    this.#documents = documents;
    documents.restoreWith(planEnding, () =>
      Promise.resolve(
        vscode.l10n.t(
          'This plan was made before VS Code was restarted and can no longer be applied. What was done of it stands in the journal of its host: Show Deploy History.\n',
        ),
      ),
    );
  }

  /** Shows a plan, in an editor of its own. Closing that cancels nothing. */
  async show(plan: OpenPlan): Promise<void> {
    this.#plans.set(plan.deployId, plan);
    this.changed(plan);
    await this.reveal(plan);
  }

  async reveal(plan: OpenPlan): Promise<void> {
    await vscode.window.showTextDocument(uriOf(plan.path), { preview: false });
  }

  /** To be called when what the document says of a plan, or what can be done with it, is another. */
  changed(plan: OpenPlan): void {
    this.#documents.store(plan.path, plan.text());
    const all = [...this.#plans.values()];
    const uris = (which: readonly OpenPlan[]): string[] => which.map(({ path }) => uriOf(path).toString());
    // Not awaited: setting a context key has no answer that anything depends on.
    void vscode.commands.executeCommand('setContext', plannedPlansKey, uris(all.filter(isPlanned)));
    void vscode.commands.executeCommand('setContext', openPlansKey, uris(this.open));
  }

  /** Plans that are not over, the newest first. */
  get open(): readonly OpenPlan[] {
    return [...this.#plans.values()].filter(({ phase }) => phase !== 'over').reverse();
  }

  find(deployId: string): OpenPlan | undefined {
    return this.#plans.get(deployId);
  }

  ofDocument(path: string): OpenPlan | undefined {
    return [...this.#plans.values()].find((plan) => plan.path === path);
  }
}

const isPlanned = ({ phase }: OpenPlan): boolean => phase === 'planned';
