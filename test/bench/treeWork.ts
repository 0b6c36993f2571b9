/** P3: what the tree costs the extension host: its first page, and a reading in which ten jobs differ. */
import { setImmediate } from 'node:timers/promises';
import { scopeOf, type Scope } from '../../src/core/audit/decide';
import type { Job, Queue } from '../../src/core/pueue/job';
import { parseQueue } from '../../src/core/pueue/parseQueue';
import type { HostSnapshot } from '../../src/core/snapshot';
import type { HostState } from '../../src/core/watch/hostWatch';
import type { Node } from '../../src/vscode/tree/nodes';
import { TreeFilter } from '../../src/vscode/tree/treeFilter';
import { TreeModel } from '../../src/vscode/tree/treeModel';
import { snapshot } from '../support/fixtures';
import { withoutProject } from '../support/judgements';
import { madeStatus } from './madeStatus';
import { interleave, ratios, timed } from './samples';
import type { Row } from './table';

const host = 'lab';
/** `vscode.l10n.t` puts values into texts in the same way. */
const t = (message: string, ...values: (string | number)[]): string =>
  message.replace(/\{(\d)\}/gu, (_, index: string) => String(values[Number(index)]));

const warmUpRounds = 5;

/** A tree of one host, as VS Code asks it. */
export class BenchTree {
  state: HostState = { reading: null, problem: null, question: null };
  readonly filter = new TreeFilter(() => setImmediate());
  readonly model: TreeModel;

  constructor() {
    const watch = { name: host, state: this.state };
    this.model = new TreeModel({
      hosts: { watches: [watch], invalid: [], find: () => ({ state: this.state }), doctor: () => undefined },
      idleProjectFiles: () => [],
      filter: this.filter,
      now: () => ({ monotonic: 0 }),
      judgements: withoutProject,
      shownName: (name) => name,
      t,
    });
  }

  shows(queue: Queue): void {
    const read = snapshot(queue.jobs, { queue });
    this.showsReading(read, scopeOf(read));
  }

  showsReading(read: HostSnapshot, scope: Scope): void {
    this.state = { ...this.state, reading: { snapshot: read, scope, readAt: 0, readAtWall: 0 } };
  }

  /** Tells the rows that are to be asked for again, as after a reading. @returns how many rows that are */
  tellChanges(): number {
    const changes = this.model.changes(this.root() as Extract<Node, { kind: 'host' }>);
    return changes.reduce((rows, node) => rows + this.tell(node), 0);
  }

  /** Tells a row and, as for one that is open, all below it. @returns how many rows that are */
  tell(node: Node): number {
    this.model.tell(node);
    return this.model.children(node).reduce((rows, child) => rows + this.tell(child), 1);
  }

  root(): Node {
    return this.model.store.host(host);
  }
}

/** The queue with ten other jobs: objects of those that stay the same are the same, as between two readings. */
function withTenChanged(queue: Queue, round: number): Queue {
  const jobs: Job[] = [...queue.jobs];
  for (let index = 0; index < 10; index++) {
    const at = (round * 10 + index * 7) % jobs.length;
    jobs[at] = { ...jobs[at]!, label: `changed in round ${round}` };
  }
  return { ...queue, jobs };
}

/** @param allJobs how large the larger queue is, for which nothing else is measured */
export async function measureTreeWork(jobs: number, allJobs: number, rounds: number): Promise<readonly Row[]> {
  const raw = madeStatus(jobs);
  const queue = parseQueue(JSON.parse(raw))!;
  // Its status would be too long for a string; so its jobs are those of the smaller one, under other ids.
  const many: Queue = {
    ...queue,
    jobs: Array.from({ length: allJobs }, (_, id) => ({ ...queue.jobs[id % queue.jobs.length]!, id })),
  };
  let round = 0;
  const firstPage = (of: Queue) => (): Promise<number> => {
    const tree = new BenchTree();
    tree.shows(of);
    return timed(() => Promise.resolve(tree.tell(tree.root())));
  };
  const open = new BenchTree();
  open.shows(queue);
  open.tell(open.root());
  const delta = (): Promise<number> => {
    open.shows(withTenChanged(queue, (round += 1)));
    return timed(() => {
      open.tellChanges();
      return Promise.resolve();
    });
  };
  const acts = {
    page: firstPage(queue),
    manyPage: firstPage(many),
    changed: delta,
    search: () => {
      const tree = new BenchTree();
      tree.shows(queue);
      return timed(() => tree.filter.set('symbol1 50', () => [tree.state.reading!]));
    },
    parse: () => timed(() => Promise.resolve(JSON.parse(raw) as unknown)),
  };
  // The first ones compile the code.
  await interleave(warmUpRounds, acts);
  const { page, manyPage, changed, search, parse } = await interleave(rounds, acts);
  const beside = `JSON.parse of pueue's reply, ${jobs} jobs`;
  return [
    { id: 'P3', what: `first page of the tree / ${beside}`, atMost: 1 / 3, samples: ratios(page, parse) },
    { id: 'P3', what: `the same of ${allJobs} jobs / ${beside}`, atMost: null, samples: ratios(manyPage, parse) },
    { id: 'P3', what: `rows of a change of 10 jobs / ${beside}`, atMost: 0.1, samples: ratios(changed, parse) },
    { id: 'P3', what: `first search by a filter, in pieces / ${beside}`, atMost: null, samples: ratios(search, parse) },
  ];
}
