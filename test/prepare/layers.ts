/** The test layers and what each needs on this machine. */
import { codeServerPart, nodePart } from './codeServer';
import { debianPart, packages, type DebianPackage } from './debianPackages';
import type { Part, Say } from './part';
import { prepareParts } from './prepareParts';
import { findPueue, pueuePart } from './pueue';

/** All layers, in the order in which they run. */
export const layers = ['unit', 'host', 'ssh', 'vscode'] as const;

/** See {@link layers}. */
export type Layer = (typeof layers)[number];

const pueueParts: readonly Part[] = [pueuePart('4.0.4'), pueuePart('3.4.1')];

/** Debian packages of a layer. A compiler only where pueue has to be built. */
async function packagesOf(layer: Layer, needsCodeServer: boolean): Promise<readonly DebianPackage[]> {
  if (layer === 'unit') return [];
  const built = (await findPueue('4.0.4')) !== null && (await findPueue('3.4.1')) !== null;
  const host = [...packages.python, ...(built ? [] : packages.compiler)];
  if (layer === 'host') return host;
  const ssh = [...host, ...packages.ssh];
  if (layer === 'ssh') return [...ssh, ...packages.shells];
  return needsCodeServer ? [...ssh, ...packages.codeServer, ...packages.browser] : ssh;
}

function partsOf(layer: Layer, needsCodeServer: boolean): readonly Part[] {
  if (layer === 'unit') return [];
  return layer === 'vscode' && needsCodeServer ? [...pueueParts, nodePart, codeServerPart] : pueueParts;
}

/**
 * Prepares what the layers need, all Debian packages in one go.
 * @param needsCodeServer false where a desktop VS Code runs the `vscode` layer
 * @returns for each layer the reasons why it cannot run; empty where it can
 */
export async function prepareLayers(
  wanted: readonly Layer[],
  needsCodeServer: boolean,
  say: Say,
): Promise<ReadonlyMap<Layer, readonly string[]>> {
  const packagesOfAll = await Promise.all(wanted.map((layer) => packagesOf(layer, needsCodeServer)));
  const refused = await prepareParts([debianPart(packagesOfAll.flat())], say);
  const reasons = new Map<Layer, readonly string[]>();
  const failed = new Map<string, readonly string[]>();
  for (const layer of wanted) {
    const own = debianPart(await packagesOf(layer, needsCodeServer));
    const found: string[] = (await own.isReady()) ? [] : [...refused];
    for (const part of found.length > 0 ? [] : partsOf(layer, needsCodeServer)) {
      // What could not be had once is not tried again for the next layer.
      const why = failed.get(part.name) ?? (await prepareParts([part], say));
      failed.set(part.name, why);
      found.push(...why);
    }
    reasons.set(layer, found);
  }
  return reasons;
}
