"""How the host is set up, as facts: what is installed, and where. What they mean is judged elsewhere.

Each look is a thread of its own with a time of its own, since a path may lie on a dead network mount and a program may
hang. What gave no answer is named in the reply, and never taken for something that is not there.
"""
import os
import re
import threading
import time

import children
import daemon
import facts
import journal
import processes
import pueue

PATIENCE_SECONDS = 3
PROGRAM_SECONDS = 2
VERSION_CAP = 100
DAEMON_CAP = 20
# What a deploy needs, and the clients of databases that are in use.
TOOLS = ('git', 'uv', 'clickhouse-client', 'sqlite3', 'psql', 'duckdb')
DAEMON_VERSION = re.compile(rb'pueue(?:d| daemon) (\d+\.\d+\.\d+[\w.+-]{0,20})', re.IGNORECASE)
LINGER = '/var/lib/systemd/linger'
SYSTEMD = '/run/systemd/system'


class Doctor:
    """Examines this host. A look that hangs is not begun again as long as it does."""

    def __init__(self, client):
        self._client = client
        # The thread of each look that was given up, and until when it may still end by itself.
        self._given_up = {}

    def examine(self, asked, config, project, cancelled):
        """Everything that was found, as a message. `asked` and `config`: see Pueue.read; `project`: a configured path, or
        None. Raises Cancelled."""
        began_at, began = time.time(), time.monotonic()
        stop = threading.Event()
        looks = {'journal': lambda: room(journal.directory()),
                 'config': lambda: self._config(config),
                 'pueueDirectory': lambda: self._pueue_directory(config),
                 'pueue': lambda: self._pueue(asked, stop),
                 'daemons': lambda: self._daemons(config, stop)}
        if project is not None:
            looks['project'] = lambda: _project(project)
        for name in TOOLS:
            looks['tool ' + name] = lambda name=name: _tool(name, stop)
        found, unanswered = self._look(looks, cancelled, stop)
        tools = [found.pop('tool ' + name, None) for name in TOOLS]
        reply = {'system': _system(), 'tools': [tool for tool in tools if tool is not None], 'unanswered': unanswered,
                 'processes': _processes(), 'linger': _linger()}
        for name in ('journal', 'config', 'pueueDirectory', 'pueue', 'daemons', 'project'):
            reply[name] = found.get(name)
        # By the monotonic clock: the other one may step meanwhile.
        reply['clock'] = {'askedAt': began_at, 'heldMs': (time.monotonic() - began) * 1000}
        return reply

    def _look(self, looks, cancelled, stop):
        """Runs all looks at the same time. What they found by name, and why some found nothing."""
        found, failed, threads = {}, {}, {}

        def run(name, look):
            try:
                found[name] = look()
            except children.Cancelled:
                pass  # By then the reply has said that there was no answer.
            except Exception as error:  # Named in the reply.
                failed[name] = facts.place_of(error)

        for name, look in looks.items():
            before, until = self._given_up.get(name, (None, 0))
            if before is not None:
                before.join(max(0, until - time.monotonic()))
                if before.is_alive():
                    failed[name] = 'it still hangs'
                    continue
            thread = threading.Thread(target=run, args=(name, look), daemon=True)
            try:
                thread.start()
                threads[name] = thread
            except RuntimeError:
                failed[name] = 'the host allows no more threads'
        deadline = time.monotonic() + PATIENCE_SECONDS
        for thread in threads.values():
            while thread.is_alive() and time.monotonic() < deadline and not cancelled.is_set():
                thread.join(0.05)
        # Ends the programs that still run.
        stop.set()
        answered = dict(found)
        for name, thread in threads.items():
            if name not in answered and name not in failed:
                failed[name] = 'no answer within %d s' % PATIENCE_SECONDS
                self._given_up[name] = thread, deadline
        if cancelled.is_set():
            raise children.Cancelled
        return answered, [[name, failed[name]] for name in looks if name in failed]

    def _config(self, config):
        path = daemon.config_path(config, self._client.environment(config))
        origin = 'setting' if config else 'environment' if os.environ.get('PUEUE_CONFIG_PATH') else 'default'
        return {'path': path, 'origin': origin, 'exists': os.path.isfile(path)}

    def _pueue_directory(self, config):
        directory = daemon.pueue_directory(config, self._client.environment(config))
        if directory is None:
            return None
        return dict(room(directory), stateFile=pueue.state_file(directory))

    def _pueue(self, asked, stop):
        path, looked = self._client.locate(asked, stop)
        if path is None:
            return {'path': None, 'looked': looked}
        folder = os.path.dirname(path)
        origin = ('setting' if asked else 'path' if folder in os.environ.get('PATH', '').split(':') else
                  'usualPlace' if folder in pueue.known_places() else 'loginShell')
        return dict(_described(path, stop), origin=origin)

    def _daemons(self, config, stop):
        """All daemons of this user, and the one that the client looks for, whoever runs it; None where none can be seen."""
        here = self._client.environment(config)
        reached = daemon.find(config, here)
        everything = _own_processes()
        if everything is None:
            return None
        own = [process for process in everything if process.name == b'pueued']
        if reached is not None and reached.pid not in [process.pid for process in own]:
            own.insert(0, reached)
        own.sort(key=lambda process: (reached is None or process.pid != reached.pid, process.pid))
        return [_daemon(process, reached, config, here, stop) for process in own[:DAEMON_CAP]]


def room(path):
    """Whether, and how much, may be written at a path. Nothing is written: asked is the nearest directory that is there,
    because what is missing below it can be made."""
    answer = {'path': path, 'exists': True, 'writable': None, 'readOnly': None, 'freeBytes': None, 'freeInodes': None,
              'error': None}
    there = path
    try:
        while not _is_there(there):
            answer['exists'] = False
            there = os.path.dirname(there)
        figures = os.statvfs(there)
        answer['writable'] = os.access(there, os.W_OK | os.X_OK)
    except OSError as error:
        answer['error'] = facts.error_name(error)
        return answer
    answer['readOnly'] = bool(figures.f_flag & os.ST_RDONLY)
    answer['freeBytes'] = figures.f_bavail * figures.f_frsize
    # Some file systems do not count them.
    answer['freeInodes'] = figures.f_favail if figures.f_files else None
    return answer


def _is_there(path):
    try:
        os.stat(path)
    except FileNotFoundError:
        if path == os.path.dirname(path):
            raise
        return False
    return True


def _project(path):
    answer = room(os.path.expanduser(path))
    # `.git` is a file in a worktree.
    answer['checkout'] = answer['exists'] and os.path.exists(os.path.join(answer['path'], '.git'))
    answer['directory'] = answer['exists'] and os.path.isdir(answer['path'])
    return answer


def _tool(name, stop):
    for folder in os.environ.get('PATH', '').split(':') + pueue.known_places():
        path = os.path.join(folder, name)
        if os.path.isabs(path) and os.path.isfile(path) and os.access(path, os.X_OK):
            return dict(_described(path, stop), name=name)
    return {'name': name, 'path': None}


def _described(path, stop):
    """A program with its version in its own words, which is one line; `error` says why there is none."""
    real = os.path.realpath(path)
    answer = {'path': path, 'leadsTo': real if real != path else None, 'version': None, 'error': None}
    try:
        outcome = children.run([path, '--version'], stop, seconds=PROGRAM_SECONDS, stdout_cap=1 << 16)
    except OSError as error:
        answer['error'] = facts.error_name(error)
        return answer
    if outcome.stopped is not None:
        answer['error'] = 'no answer' if outcome.stopped == 'timeout' else outcome.stopped
    elif outcome.code != 0:
        answer['error'] = 'exit code %d' % outcome.code if outcome.code is not None else 'signal %d' % outcome.signal
    else:
        answer['version'] = outcome.stdout.decode('utf-8', 'replace').strip().split('\n')[0][:VERSION_CAP]
    return answer


def _own_processes():
    """The live processes of this user, which can be seen also where those of others are hidden; None where none can be."""
    try:
        pids = [int(name) for name in os.listdir('/proc') if name.isdigit()]
    except OSError:
        return None
    found = []
    for pid in pids:
        try:
            process = processes.find(pid) if os.stat('/proc/%d' % pid).st_uid == os.getuid() else None
        except (OSError, processes.Untraceable):
            continue
        if process is not None:
            found.append(process)
    return found if any(process.pid == os.getpid() for process in found) else None


def _daemon(process, reached, config, here, stop):
    is_reached = reached is not None and process.pid == reached.pid
    runtime, theirs = _runtime(process, here)
    elsewhere = None if is_reached or theirs is None else daemon.find(config, theirs)
    # Where the client would find it, were its login like the daemon's.
    reach = 'here' if is_reached else 'otherRuntime' if elsewhere and elsewhere.pid == process.pid else None
    version, replaced = _running_version(process, stop) if reach is not None else (None, None)
    return {'pid': process.pid, 'ageSeconds': facts.boot_clock() - process.ticks / os.sysconf('SC_CLK_TCK'),
            'startedBy': _started_by(process), 'runtime': runtime, 'reach': reach, 'version': version,
            'replaced': replaced}


def _runtime(process, here):
    """How the daemon's XDG_RUNTIME_DIR compares with that of the client, and the client's environment with the daemon's. The
    value itself stays on the host."""
    variables = processes.environment_of(process)
    if variables is processes.REFUSED or not variables:
        return None, None
    theirs = variables.get(b'XDG_RUNTIME_DIR', b'').decode('utf-8', 'surrogateescape')
    ours = here.get('XDG_RUNTIME_DIR', '')
    environment = dict(here)
    environment.pop('XDG_RUNTIME_DIR', None)
    if theirs:
        environment['XDG_RUNTIME_DIR'] = theirs
    return ('same' if theirs == ours else 'other' if theirs else 'unset'), environment


def _running_version(process, stop):
    """The version of the program that runs, and whether its file was replaced since: the file may be of a later version."""
    program = '/proc/%d/exe' % process.pid
    try:
        replaced = os.readlink(program).endswith(' (deleted)')
        outcome = children.run([program, '--version'], stop, seconds=PROGRAM_SECONDS, stdout_cap=1 << 16)
    except OSError:
        return None, None
    match = DAEMON_VERSION.match(bytes(outcome.stdout).strip())
    return match and match.group(1).decode('ascii', 'replace'), replaced


def _started_by(process):
    """What systemd counts it to, by its control group (systemd.special(7), user@.service(5)); None where it does not say."""
    try:
        with open('/proc/%d/cgroup' % process.pid) as file:
            text = file.read(1 << 16)
    except (OSError, ValueError):
        return None
    for word, pattern in (('userService', r'/user@\d+\.service(/|$)'), ('session', r'/session-\w+\.scope(/|$)'),
                          ('systemService', r'/system\.slice/')):
        if re.search(pattern, text, re.MULTILINE):
            return word
    return None


def _linger():
    """Whether the services of this user outlive the last logout (loginctl(1)); None where no systemd runs."""
    if not os.path.isdir(SYSTEMD):
        return None
    return os.path.exists(os.path.join(LINGER, facts.user_name()))


def _processes():
    """Whether the processes of this host can be looked at: `seen`, or why not, as in tracing."""
    try:
        if processes.find(1) is not None:
            return 'seen'
    except processes.Untraceable as error:
        return str(error)
    return 'hidden' if os.path.exists('/proc/self/stat') else 'noProc'


def _system():
    name = os.uname()
    return {'platform': name.sysname, 'release': name.release, 'machine': name.machine, 'libc': facts.libc(),
            'uptimeSeconds': facts.boot_clock(), 'user': facts.user_name(), 'home': os.environ.get('HOME', ''),
            'shell': os.environ.get('SHELL'), 'runtimeDirectory': bool(os.environ.get('XDG_RUNTIME_DIR')),
            'python': facts.python()}
