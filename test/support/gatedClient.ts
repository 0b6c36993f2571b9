/** A pueue client that tells of one command as it begins, and waits there until it is let go on. */
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PueueHost } from '../lab/pueueHost';

export class GatedClient {
  readonly #folder: string;

  private constructor(
    readonly path: string,
    folder: string,
  ) {
    this.#folder = folder;
  }

  /** @param word of the command that waits */
  static async make(host: PueueHost, word: string): Promise<GatedClient> {
    const path = join(host.home, `gated-${word}`);
    const gate = `case " $* " in *' ${word} '*) touch '${path}.begun'; while [ ! -e '${path}.open' ]; do sleep 0.01; done;; esac`;
    await writeFile(path, `#!/bin/sh\n${gate}\nexec '${host.pueue}' "$@"\n`, { mode: 0o755 });
    return new GatedClient(path, path);
  }

  async untilBegun(): Promise<void> {
    while (!existsSync(`${this.#folder}.begun`)) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  open(): Promise<void> {
    return writeFile(`${this.#folder}.open`, '');
  }
}
