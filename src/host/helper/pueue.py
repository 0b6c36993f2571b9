"""Everything that is pueue's own: where its client is, its version, its status without environments."""
import errno
import hashlib
import json
import os
import re

import time

import children
import daemon
import facts
import progress
import runs
import tracing

# Where a bare PATH does not look (`ssh host command` reads no login profile).
PLACES = ('~/.cargo/bin', '~/.local/bin', '/opt/homebrew/bin', '/usr/local/bin', '/home/linuxbrew/.linuxbrew/bin',
          '~/.nix-profile/bin', '/run/current-system/sw/bin', '/etc/profiles/per-user/%s/bin', '/usr/bin')

# Only these fields of a task leave the host. `envs` is not among them, and neither is any field that a later version adds.
TASK_FIELDS = ('id', 'created_at', 'enqueued_at', 'original_command', 'path', 'group', 'priority', 'label', 'start', 'end')
# The fields of every status variant of pueue 3.x and 4.x.
STATUS_FIELDS = ('enqueued_at', 'enqueue_at', 'start', 'end')
VARIANT = re.compile(r'[A-Z][A-Za-z]{0,40}\Z')
STRING_CAP = 8192

# pueue answers nearly every failure with exit code 1, and its error text can hold the environment of every job (a 4.x
# client prints the whole state of a 3.x daemon). So no text leaves the host, only the names of what was recognised.
COMPLAINTS = (
    ('versionMismatch', rb"Got unexpected but valid message|Couldn't deserialize message|unable to deserialize"),
    ('notPermitted', rb'Permission denied \(os error 13\)'),
    ('daemonDown', rb'Did you start (it|the daemon)'),
    ('badConfig', rb'while opening config file|Error while reading configuration'),
    ('noSuchProfile', rb"Couldn't find profile with name"),
    ('noUserName', rb'Unable to detect the username'),
    ('handshakeFailed', rb'Failed to receive version during handshake'),
)

# pueue sets this variable anew as it starts a job, so what stands in it until then is for nobody but us: the key of a job
# that we have added.
MARKED, MARK = 'PUEUE_WORKER_ID', 'preflight:'


class Pueue:
    """The pueue client of this host for one configuration file. What was found once is remembered for the session."""

    def __init__(self):
        self._found = {}
        self._environments = {}
        self._tracers = {}
        self._progress = {}

    def read(self, asked, config, released, cancelled):
        """One whole reading of the queue and the processes of its runs, as a message. `released`: processes that are no
        part of a job, see Tracer."""
        jobs = []
        reading, asked_at = self.look(asked, config, cancelled, jobs)
        if 'tasks' in reading:
            environment = self.environment(config)
            process = daemon.find(config, environment)
            directory = daemon.pueue_directory(config, environment)
            reading['daemonStart'] = process and process.life(facts.boot_id())
            reading['stateFile'] = directory and state_file(directory)
            tracer = self._tracers.setdefault((asked, config), tracing.Tracer())
            logs = directory and os.path.join(directory, 'task_logs')
            reading['processes'] = tracer.trace(jobs, logs, process, asked_at, released)
            shown = self._progress.setdefault((asked, config), progress.Progress())
            reading['progress'] = shown.read(jobs, logs) if logs else []
        return reading

    def trace(self, asked, config, jobs, released):
        """The processes of runs as `read` tells them, for a look at the queue that has just been had."""
        environment = self.environment(config)
        directory = daemon.pueue_directory(config, environment)
        tracer = self._tracers.setdefault((asked, config), tracing.Tracer())
        logs = directory and os.path.join(directory, 'task_logs')
        return tracer.trace(jobs, logs, daemon.find(config, environment), time.time(), released)

    def living(self, asked, config, keys, released):
        """The live processes of runs, by what `trace` has found before. Raises processes.Untraceable."""
        return self._tracers.setdefault((asked, config), tracing.Tracer()).living(keys, released)

    def document(self, asked, config, cancelled, jobs, keep):
        """The status as pueue gives it, for a process that acts: how it was read, and the document or None. Environments are
        left out but for those of the jobs in `keep`; they stay in this program."""
        reading, status = self._ask(asked, config, cancelled)[:2]
        if status is None:
            return reading, None
        document = _parse(status, jobs, keep)
        if document is None or not all(isinstance(document.get(name), dict) for name in ('tasks', 'groups')):
            return dict(reading, complaints=['notStatus']), None
        return reading, document

    def look(self, asked, config, cancelled, jobs):
        """The queue alone, as a message, and when it was asked for. `asked`: the configured path of the client, or None;
        `jobs` takes what tracing needs of each; None where nothing is traced."""
        reading, status, asked_at = self._ask(asked, config, cancelled)
        if status is not None:
            reading.update(_project(status, jobs))
        return reading, asked_at

    def _ask(self, asked, config, cancelled):
        """How the client answered, as a message; its status, or None; and when it was asked for."""
        asked_at = time.time()
        path, looked = self.locate(asked, cancelled)
        if path is None:
            return {'missing': looked}, None, asked_at
        try:
            # Asked each time: behind a shim or a wrapper the version changes while the file stays as it is.
            version = children.run([path, '--version'], cancelled, seconds=10, stdout_cap=1 << 16)
            asked_at = time.time()
            outcome, environment = self._status(path, config, cancelled)
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.ENOTDIR):
                return {'missing': looked}, None, asked_at
            return {'notRun': path, 'error': facts.error_name(error)}, None, asked_at
        reading = {'version': version.stdout.decode('utf-8', 'replace').strip()[:100],
                   'commands': [version.record(), dict(outcome.record(), argv=_shown(outcome.argv, environment))],
                   'stopped': outcome.stopped, 'complaints': []}
        if outcome.code == 0 and outcome.stopped is None:
            return reading, outcome.stdout, asked_at
        reading['complaints'] = complaints(outcome.stdout + outcome.stderr)
        return reading, None, asked_at

    def environment(self, config):
        """The environment in which the client found its daemon."""
        return self._environments.get(config) or dict(os.environ)

    def locate(self, asked, cancelled):
        """Path of the client, or None, and where it was looked for. `asked`: the configured path, or None."""
        if asked in self._found and os.access(self._found[asked][0], os.X_OK):
            return self._found[asked]
        if asked is not None:
            found = (asked if os.access(asked, os.X_OK) else None), [asked]
        else:
            found = _search(cancelled)
        if found[0] is not None:
            self._found[asked] = found
        return found

    def _status(self, path, config, cancelled):
        """Runs the status; a socket that is not there is looked for once more where the other kind of login would
        have put it, since only a login with a session manager has XDG_RUNTIME_DIR."""
        argv = [path] + (['-c', config] if config else []) + ['--color', 'never', 'status', '--json']
        first = self.environment(config)
        outcome = children.run(argv, cancelled, environment=first)
        if outcome.code not in (0, None) and 'daemonDown' in complaints(outcome.stdout + outcome.stderr):
            for other in _other_runtimes(first):
                again = children.run(argv, cancelled, environment=other)
                if again.code == 0:
                    self._environments[config] = other
                    return again, other
        return outcome, first


def _shown(argv, environment):
    """The command as a person would have to type it to get the same answer."""
    runtime = environment.get('XDG_RUNTIME_DIR')
    if runtime == os.environ.get('XDG_RUNTIME_DIR'):
        return argv
    return ['env'] + (['-u', 'XDG_RUNTIME_DIR'] if runtime is None else ['XDG_RUNTIME_DIR=' + runtime]) + argv


def _other_runtimes(environment):
    """The environment with the runtime directory of this login, that of a session manager, or none, as far as it is another one."""
    usual = '/run/user/%d' % os.getuid()
    directories = [os.environ.get('XDG_RUNTIME_DIR'), None, usual if os.path.isdir(usual) else None]
    tried = [environment.get('XDG_RUNTIME_DIR')]
    for directory in directories:
        if directory in tried:
            continue
        tried.append(directory)
        other = {name: value for name, value in environment.items() if name != 'XDG_RUNTIME_DIR'}
        yield other if directory is None else dict(other, XDG_RUNTIME_DIR=directory)


def known_places():
    """Directories in which programs of a user lie, as absolute paths."""
    return [os.path.expanduser(place % facts.user_name() if '%s' in place else place) for place in PLACES]


def _search(cancelled):
    """PATH, then the known places, then a login shell."""
    known = known_places()
    for directory in os.environ.get('PATH', '').split(':') + known:
        path = os.path.join(directory, 'pueue')
        if os.path.isabs(path) and os.path.isfile(path) and os.access(path, os.X_OK):
            return path, ['PATH'] + known
    path, asked = _ask_login_shell(cancelled)
    return path, ['PATH'] + known + [asked]


def _ask_login_shell(cancelled):
    """The last line of a login shell's answer that is the path of an executable named pueue, or None; startup files
    may print. And how the shell was asked, in words."""
    shell = os.environ.get('SHELL') or '/bin/sh'
    flag = '-c' if shell.endswith('csh') else '-lc'
    try:
        outcome = children.run([shell, flag, 'command -v pueue || which pueue'], cancelled, seconds=5, stdout_cap=1 << 20)
    except OSError:
        return None, 'a login shell (it cannot be run)'
    for line in reversed(outcome.stdout.decode('utf-8', 'surrogateescape').split('\n')):
        path = line.strip()
        if path.startswith('/') and os.path.basename(path) == 'pueue' and os.access(path, os.X_OK):
            return path, 'a login shell'
    return None, 'a login shell' if outcome.stopped is None else 'a login shell (it did not answer in 5 s)'


def state_file(directory):
    """Path and size of the file that pueue writes its whole state into at every change, or None where there is none."""
    found = []
    for name in daemon.STATE_FILES:
        path = os.path.join(directory, name)
        try:
            status = os.stat(path)
        except OSError:
            continue
        found.append((status.st_mtime, path, status.st_size))
    return {'path': max(found)[1], 'bytes': max(found)[2]} if found else None


def created_in(stdout):
    """When the jobs of a status were created, as a set; None where it is no status."""
    document = _parse(stdout, None)
    tasks = document.get('tasks') if document is not None else None
    if not isinstance(tasks, dict):
        return None
    return {task.get('created_at') if isinstance(task, dict) else None for task in tasks.values()}


def _project(stdout, jobs):
    """The status document without environments: known fields only. Appends a Run for each job to `jobs`, unless that is None."""
    document = _parse(stdout, jobs)
    if document is None:
        return {'complaints': ['notJson']}
    tasks = document.get('tasks')
    groups = document.get('groups')
    if not isinstance(tasks, dict) or not isinstance(groups, dict):
        return {'complaints': ['notStatus']}
    return {'tasks': {key: _task(task) for key, task in tasks.items()},
            'groups': {_cap(name): _group(group) for name, group in groups.items()}}


def _parse(stdout, jobs, keep=frozenset()):
    """The JSON document from its first brace on: 2.x prints a notice before it. Empties `stdout`, a bytearray: of a
    large queue it is hundreds of megabytes, which need not be held beside the text and what is made of it. `keep`: ids of the
    jobs whose environment is wanted."""
    start = stdout.find(b'{')
    if start < 0:
        return None
    try:
        text = str(memoryview(stdout)[start:], 'utf-8')
    except ValueError:
        return None
    stdout.clear()
    booted_at = facts.booted_at()
    marks = runs.Marks()

    def without_environment(fields):
        """Called for each JSON object once it is complete, so that no more than one job's environment is held at a
        time: a host that runs jobs has better uses for its memory."""
        if 'original_command' in fields:
            environment = fields.get('envs')
            mark = environment.get(MARKED) if isinstance(environment, dict) else None
            if isinstance(mark, str) and mark.startswith(MARK):
                fields['mark'] = mark[len(MARK):]
            if fields.get('id') not in keep:
                fields.pop('envs', None)
            if jobs is not None and type(fields.get('id')) is int:
                run = runs.Run(fields, booted_at)
                if run.earliest is not None:
                    run.mark = marks.of(environment)
                jobs.append(run)
        return fields

    try:
        document = json.loads(text, object_hook=without_environment)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def _task(task):
    if not isinstance(task, dict):
        return None
    kept = {field: _cap(task[field]) for field in TASK_FIELDS if field in task and _is_scalar(task[field])}
    dependencies = task.get('dependencies')
    if isinstance(dependencies, list) and all(type(item) is int for item in dependencies):
        kept['dependencies'] = dependencies
    kept['status'] = _variant(task.get('status'))
    return kept


def _group(group):
    if not isinstance(group, dict):
        return None
    return {field: _cap(group[field]) for field in ('status', 'parallel_tasks') if _is_scalar(group.get(field))}


def _variant(value):
    """A status or result: a word, or one word with its fields (4.x), its result (3.x), its exit code or its message.
    Whatever else a later version may put there stays on the host, and the word alone says that it is unknown."""
    if isinstance(value, str):
        return value if VARIANT.match(value) else None
    if not isinstance(value, dict) or len(value) != 1:
        return None
    (word, body), = value.items()
    if not VARIANT.match(word):
        return None
    if word == 'Done' and not (isinstance(body, dict) and 'result' in body):
        return {word: _variant(body)}
    if word in ('Failed', 'FailedToSpawn'):
        return {word: _cap(body) if _is_scalar(body) else None}
    if not isinstance(body, dict):
        return {word: None}
    kept = {field: _cap(body[field]) for field in STATUS_FIELDS if field in body and _is_scalar(body[field])}
    if word == 'Done':
        kept['result'] = _variant(body['result'])
    return {word: kept}


def _is_scalar(value):
    return value is None or isinstance(value, (str, int, float))


def _cap(value):
    """A text of more than 8 K characters is cut, with a hash of the whole behind it: different texts stay different."""
    if not isinstance(value, str) or len(value) <= STRING_CAP:
        return value
    digest = hashlib.sha256(value.encode('utf-8', 'surrogatepass')).hexdigest()[:16]
    return '%s… (%d characters, SHA-256 %s)' % (value[:STRING_CAP], len(value), digest)


def complaints(output):
    return [name for name, pattern in COMPLAINTS if re.search(pattern, output)]
