/**
 * How the helper comes to life on a host: one constant command for the login shell, and one write that carries the
 * interpreter's name, a first stage, the compressed program and the first requests. Nothing is installed there.
 */
import { createHash } from 'node:crypto';
import { deflateSync } from 'node:zlib';

/** Quote-free, so that it survives any shell: reads `<length>\n` and that many bytes of program from standard input. */
const loader = 'import sys;b=sys.stdin.buffer;exec(b.read(int(b.readline())))';

const interpreters = [
  ...[
    'python3',
    'python3.14',
    'python3.13',
    'python3.12',
    'python3.11',
    'python3.10',
    'python3.9',
    'python3.8',
    'python3.7',
  ],
  ...['/usr/bin/python3', '/usr/local/bin/python3', '/opt/homebrew/bin/python3', '~/.local/bin/python3'],
  ...['~/.pyenv/shims/python3', '/opt/*/bin/python3'],
].join(' ');

/** What the bootstrap command writes to standard error where there is no python3. */
export const noPythonMark = 'pueue-preflight: no python3';
/** What it writes where the interpreter that was named cannot be used. */
export const noInterpreterMark = 'pueue-preflight: no such interpreter';

/**
 * The only command that is ever given to a login shell. It holds no `'`, `\`, `!`, backquote or line break inside its
 * quotes and was tried with bash, dash, fish, csh and tcsh. The interpreter of the settings comes as data on the first line
 * of standard input, where the shell does not expand its `~/` by itself; where one is named, no other is tried. Isolated
 * mode keeps a `json.py` in the home directory from being imported.
 */
export const bootstrapCommand =
  `exec /bin/sh -c 'read -r p; case "$p" in "") set -- ${interpreters};; "~/"*) set -- "$HOME/\${p#??}";; *) set -- "$p";; esac; for q do ` +
  `command -v "$q" >/dev/null && "$q" -I -S -B -c "import sys;sys.exit(sys.version_info<(3,7))" </dev/null 2>/dev/null && ` +
  `exec "$q" -I -S -B -c "${loader}"; done; ` +
  `case "$p" in "") command -v python3 >/dev/null && exec python3 -I -S -B -c "${loader}"; echo ${noPythonMark} >&2;; ` +
  `*) echo ${noInterpreterMark} >&2;; esac; exit 127'`;

/** Exit code of the bootstrap command where there is no python3. */
export const noPythonExitCode = 127;

/** The Python modules of the helper, in the order of their imports, and the hash of them. */
export interface HelperProgram {
  readonly sha256: string;
  readonly sources: readonly (readonly [name: string, source: string])[];
}

/**
 * The one write that starts the helper.
 *
 * @param python the interpreter of the settings; checked here, since it stands on a line of its own
 * @param nonce fresh random bytes; their hash is what marks the beginning of frames, so an echo cannot fake it
 */
export function bootstrapBytes(python: string | null, nonce: Buffer, program: HelperProgram): Buffer {
  if (python !== null && !isInterpreter(python))
    throw new RangeError('not an interpreter: an absolute path or a bare name');
  const stage = Buffer.from(firstStage(nonce.toString('hex')), 'utf8');
  const body = deflateSync(programText(program), { level: 9 });
  return Buffer.concat([
    Buffer.from(`${python ?? ''}\n${stage.length}\n`),
    stage,
    Buffer.from(`${body.length}\n`),
    body,
  ]);
}

/** The line that comes before the first frame, without its line breaks. */
export function greetingOf(nonce: Buffer): string {
  return createHash('sha256').update(nonce.toString('hex')).digest('hex');
}

/** An absolute path, a path below the home directory, or a bare name; one line without control characters. */
export function isInterpreter(python: string): boolean {
  return (
    /^(?:~?\/)?[^\p{Cc}]+$/u.test(python) && (python.includes('/') ? /^~?\//u.test(python) : !python.startsWith('-'))
  );
}

/** In syntax that every Python 3 knows: below 3.7 it says so in a clean frame, else it starts the program. */
function firstStage(nonce: string): string {
  return `import hashlib,struct,sys
greeting=('\\n'+hashlib.sha256(b'${nonce}').hexdigest()+'\\n').encode('ascii')
if sys.version_info<(3,7):
 body=('{"tooOld":"'+'.'.join(str(n) for n in sys.version_info[:3])+'"}').encode('ascii')
 sys.stdout.buffer.write(greeting+struct.pack('>IIB',len(body),0,1)+body)
 sys.stdout.buffer.flush()
 sys.exit(0)
import zlib
exec(zlib.decompress(b.read(int(b.readline()))))
`;
}

/** Each source becomes a module of its own, so that the files on disk and what runs are the same program. */
function programText({ sources, sha256 }: HelperProgram): string {
  return `import types
for name,source in ${JSON.stringify(sources)}:
 module=types.ModuleType(name)
 sys.modules[name]=module
 exec(compile(source,'pueue-preflight/'+name+'.py','exec'),module.__dict__)
sys.modules['serve'].main('${sha256}',greeting)
`;
}
