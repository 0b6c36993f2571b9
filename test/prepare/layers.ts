/** The test layers and what each needs on this machine. */
import { codeServerPart, nodePart, usualRelease } from './codeServer';
import { debianPart, packages, type DebianPackage } from './debianPackages';
import type { Part, Say } from './part';
import { prepareParts } from './prepareParts';
import { findPueue, pueuePart } from './pueue';

/** All layers, in the order in which they run. */
export const layers = ['unit', 'host', 'ssh', 'vscode', 'ui'] as const;

/** See {@link layers}. */
export type Layer = (typeof layers)[number];

const pueueParts: readonly Part[] = [pueuePart('4.0.4'), pueuePart('3.4.1')];

/** Debian packages of a layer. A compiler only where pueue has to be built. */
async function packagesOf(layer: Layer, hasDesktop: boolean): Promise<readonly DebianPackage[]> {
  if (layer === 'unit') return [];
  const built = (await findPueue('4.0.4')) !== null && (await findPueue('3.4.1')) !== null;
  const host = [...packages.python, ...(built ? [] : packages.compiler)];
  if (layer === 'host') return host;
  const ssh = [...host, ...packages.ssh];
  if (layer === 'ssh') return [...ssh, ...packages.shells];
  return runsInCodeServer(layer, hasDesktop) ? [...ssh, ...packages.codeServer, ...packages.browser] : ssh;
}

/** The layer `ui` drives the workbench in a browser, so a desktop VS Code is none for it. */
function runsInCodeServer(layer: Layer, hasDesktop: boolean): boolean {
  return layer === 'ui' || (layer === 'vscode' && !hasDesktop);
}

function partsOf(layer: Layer, hasDesktop: boolean): readonly Part[] {
  if (layer === 'unit') return [];
  return runsInCodeServer(layer, hasDesktop)
    ? [...pueueParts, nodePart(usualRelease), codeServerPart(usualRelease)]
    : pueueParts;
}

/**
 * Prepares what the layers need, all Debian packages in one go.
 * @param hasDesktop true where a desktop VS Code runs the `vscode` layer
 * @returns for each layer the reasons why it cannot run; empty where it can
 */
export async function prepareLayers(
  wanted: readonly Layer[],
  hasDesktop: boolean,
  say: Say,
): Promise<ReadonlyMap<Layer, readonly string[]>> {
  const packagesOfAll = await Promise.all(wanted.map((layer) => packagesOf(layer, hasDesktop)));
  const refused = await prepareParts([debianPart(packagesOfAll.flat())], say);
  const reasons = new Map<Layer, readonly string[]>();
  const failed = new Map<string, readonly string[]>();
  for (const layer of wanted) {
    const own = debianPart(await packagesOf(layer, hasDesktop));
    const found: string[] = (await own.isReady()) ? [] : [...refused];
    for (const part of found.length > 0 ? [] : partsOf(layer, hasDesktop)) {
      // What could not be had once is not tried again for the next layer.
      const why = failed.get(part.name) ?? (await prepareParts([part], say));
      failed.set(part.name, why);
      found.push(...why);
    }
    reasons.set(layer, found);
  }
  return reasons;
}
