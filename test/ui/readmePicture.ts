/**
 * The pictures of the README are taken by the tests of what they show: in each run, so that it is known that they can be
 * taken; `UPDATE_PICTURES=1` puts them into `media/readme`.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { checkoutRoot } from '../vscode/launchProfile';
import type { LabWindow } from './labWindow';

/** Takes a picture of the window, or of one part of it. */
export async function takeReadmePicture({ page }: LabWindow, name: string, part?: Locator): Promise<void> {
  const folder = join(checkoutRoot(), process.env['UPDATE_PICTURES'] === '1' ? 'media/readme' : 'out/screenshots');
  await mkdir(folder, { recursive: true });
  await (part ?? page).screenshot({ path: join(folder, `${name}.png`) });
}
