/**
 * The hosts that a person has named in the ssh configuration, to choose from. Only `Host`, `HostName` and `Include` are
 * read (ssh_config(5)); what a host's entry means is left to `ssh -G`, once it is chosen. A parser package would save the
 * twenty lines of words and quotes, and none of Include.
 */
import { readFile, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import type { SshAlias } from '../../core/ports';
import { isSafeDestination } from '../../core/sshCommand';
import { visible } from '../../core/text/visible';
import { filesMatching } from './includePattern';

/** What was found, in the order of the files. */
export interface SshAliases {
  readonly aliases: readonly SshAlias[];
  /** What could not be read, and why. */
  readonly notes: readonly string[];
}

/** Where to look. */
export interface AliasRequest {
  /** The `-F` file; empty for the user's own configuration and then the system's, as in ssh itself. */
  readonly sshConfigFile: string;
  readonly home: string;
  /** For tests: another file than the system's own. */
  readonly systemFile?: string;
}

/** OpenSSH's own limit (`READCONF_MAX_DEPTH`). */
const depthLimit = 16;
const fileLimitBytes = 1024 * 1024;

/** The words of one line: keyword in lower case first. Quotes hold blanks together, `=` may stand behind the keyword, `#` ends the line. */
export function wordsOf(line: string): string[] {
  const [, keyword, rest = ''] = /^\s*([^\s="#]+)(?:\s*=\s*|\s+|$)(.*)$/.exec(line.replace(/\r$/, '')) ?? [];
  if (keyword === undefined) return [];
  const words: string[] = [];
  for (const [, quoted, plain] of rest.matchAll(/"([^"]*)"?|([^\s"]+)/g)) {
    if (plain?.startsWith('#') === true) break;
    words.push(quoted ?? plain ?? '');
  }
  return [keyword.toLowerCase(), ...words];
}

/** One walk through the files. */
class AliasWalk {
  readonly #request: AliasRequest;
  readonly #found = new Map<string, { alias: string; hostName: string | null }>();
  readonly #seen = new Set<string>();
  readonly #notes: string[] = [];

  constructor(request: AliasRequest) {
    this.#request = request;
  }

  get result(): SshAliases {
    return { aliases: [...this.#found.values()], notes: this.#notes };
  }

  /** @param base the folder that a relative Include is looked for in */
  async read(path: string, base: string, depth: number): Promise<void> {
    // A file that includes itself, or is included twice, has nothing more to say.
    if (this.#seen.has(path)) return;
    this.#seen.add(path);
    if (depth > depthLimit) {
      this.#notes.push(`${visible(path)}: includes are followed ${String(depthLimit)} deep`);
      return;
    }
    const text = await this.#text(path);
    let named: { alias: string; hostName: string | null }[] = [];
    for (const line of text.split('\n')) {
      const [keyword, ...words] = wordsOf(line);
      if (keyword === 'host') named = words.filter(isConcrete).map((alias) => this.#add(alias));
      else if (keyword === 'match') named = [];
      else if (keyword === 'hostname') for (const each of named) each.hostName ??= plainHostName(words[0]);
      else if (keyword === 'include') for (const word of words) await this.#include(word, base, depth);
    }
  }

  async #text(path: string): Promise<string> {
    try {
      const found = await stat(path);
      if (found.isFile() && found.size <= fileLimitBytes) return await readFile(path, 'utf8');
      this.#notes.push(`${visible(path)}: not read, because it is no plain file of a sane size`);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
      // Neither the user nor the system need have a configuration.
      if (code !== 'ENOENT' || path === this.#request.sshConfigFile)
        this.#notes.push(`${visible(path)}: could not be read (${visible(code)})`);
    }
    return '';
  }

  async #include(word: string, base: string, depth: number): Promise<void> {
    if (/^~[^/\\]|[%$]/.test(word)) {
      this.#notes.push(`Include ${visible(word)}: other homes, tokens and variables are not followed`);
      return;
    }
    const pattern = /^~(?:[/\\]|$)/.test(word) ? join(this.#request.home, word.slice(1)) : word;
    for (const file of await filesMatching(isAbsolute(pattern) ? pattern : join(base, pattern)))
      await this.read(file, base, depth + 1);
  }

  #add(alias: string): { alias: string; hostName: string | null } {
    const entry = this.#found.get(alias) ?? { alias, hostName: null };
    this.#found.set(alias, entry);
    return entry;
  }
}

/** Whether a word of a `Host` line is a name and no pattern, and can be given to ssh. */
function isConcrete(word: string): boolean {
  return !/[*?!]/.test(word) && isSafeDestination(word);
}

function plainHostName(word: string | undefined): string | null {
  return word === undefined || word.includes('%') ? null : word;
}

/** Every concrete alias, in order, each once. Never throws: what cannot be read is in the notes. */
export async function listSshAliases(request: AliasRequest): Promise<SshAliases> {
  const walk = new AliasWalk(request);
  const userFolder = join(request.home, '.ssh');
  if (request.sshConfigFile !== '') await walk.read(request.sshConfigFile, userFolder, 0);
  else {
    await walk.read(join(userFolder, 'config'), userFolder, 0);
    const systemFile = request.systemFile ?? '/etc/ssh/ssh_config';
    await walk.read(systemFile, dirname(systemFile), 0);
  }
  return walk.result;
}
