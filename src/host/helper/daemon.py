"""Finds the pueue daemon: its process, to tell one life of it from the next, and the directory of its state and logs.

pueued writes its pid into `shared.pid_path`, by default `pueue.pid` in the runtime directory (pueue 3.x and 4.x,
pueue_lib/src/settings.rs). Only the simple `key: value` subset of pueue.yml is read; where that is not enough the
answer is None and never a guess.
"""
import os
import re
import sys

import facts
import processes

# 4.x can compress it, and leaves the other one where it is.
STATE_FILES = ('state.json', 'state.json.gz')


def find(config, environment):
    """The process of the daemon, or None."""
    pid = _read_pid(config, environment)
    try:
        process = pid and processes.find(pid)
    except processes.Untraceable:
        return None
    return process if process and process.name == b'pueued' else None


def config_path(config, environment):
    """The file that the client reads its configuration from."""
    named = config or environment.get('PUEUE_CONFIG_PATH')
    return named or os.path.join(_user_directory(environment, 'XDG_CONFIG_HOME', '.config'), 'pueue/pueue.yml')


def pueue_directory(config, environment):
    """The absolute path of `shared.pueue_directory`, which holds the state file and `task_logs`; or None where the
    configuration names it relative to the working directory of the daemon. It need not exist."""
    directory = _directory(_shared_settings(config, environment), environment)
    return directory if os.path.isabs(directory) else None


class Places:
    """Where a daemon keeps what changes with it. `unsure` says in one word why these may be the places of none, or is
    None: the configuration cannot be read, holds more than the simple subset, or names a relative directory."""

    def __init__(self, config, environment):
        shared, self.unsure = _read_shared(config, environment)
        self.config = config_path(config, environment)
        self.pid = _pid_path(shared, environment)
        self.socket = _expand(shared.get('unix_socket_path') or '', environment) or os.path.join(
            _runtime(shared, environment), 'pueue_%s.socket' % facts.user_name())
        directory = _directory(shared, environment)
        self.states = [os.path.join(directory, name) for name in STATE_FILES]
        if not all(os.path.isabs(path) for path in [self.pid, *self.states]):
            self.unsure = self.unsure or 'relative'


def connection(config, environment):
    """The settings below `shared` that lead a client to this daemon whatever its environment is, all of them absolute; None
    where the configuration holds more than the simple subset (pueue_lib/src/settings.rs, 3.x and 4.x)."""
    shared, unsure = _read_shared(config, environment)
    directory = _directory(shared, environment)

    def path_of(name, usual):
        return _expand(shared.get(name) or usual, environment)

    found = {'shared_secret_path': path_of('shared_secret_path', os.path.join(directory, 'shared_secret'))}
    if shared.get('use_unix_socket', 'true').lower() == 'true':
        found['unix_socket_path'] = Places(config, environment).socket
    else:
        found['daemon_cert'] = path_of('daemon_cert', os.path.join(directory, 'certs/daemon.cert'))
    if unsure or not all(map(os.path.isabs, found.values())):
        return None
    if 'daemon_cert' in found:
        found.update(host=shared.get('host', '127.0.0.1'), port=shared.get('port', '6924'))
    return dict(found, use_unix_socket='unix_socket_path' in found)


def read_pid(path):
    """The pid in a pid file, or None."""
    try:
        with open(path) as file:
            return int(file.read(32))
    except (OSError, ValueError):
        return None


def _read_pid(config, environment):
    return read_pid(_pid_path(_shared_settings(config, environment), environment))


def _pid_path(shared, environment):
    if shared.get('pid_path'):
        return _expand(shared['pid_path'], environment)
    return os.path.join(_runtime(shared, environment), 'pueue.pid')


def _runtime(shared, environment):
    runtime = shared.get('runtime_directory') or environment.get('XDG_RUNTIME_DIR') or _directory(shared, environment)
    return _expand(runtime, environment)


def _directory(shared, environment):
    if shared.get('pueue_directory'):
        return _expand(shared['pueue_directory'], environment)
    return os.path.join(_user_directory(environment, 'XDG_DATA_HOME', '.local/share'), 'pueue')


def _user_directory(environment, variable, below_home):
    """Where the crate `dirs`, on which pueue relies, looks for a user's data and configuration: the variable counts only
    where it is absolute, and on macOS not at all."""
    home = environment.get('HOME', '')
    if sys.platform == 'darwin':
        return os.path.join(home, 'Library/Application Support')
    named = environment.get(variable, '')
    return named if os.path.isabs(named) else os.path.join(home, below_home)


def _expand(path, environment):
    return os.path.join(environment.get('HOME', ''), path[2:]) if path.startswith('~/') else path


def _shared_settings(config, environment):
    return _read_shared(config, environment)[0]


def _read_shared(config, environment):
    """The plain `key: value` lines below `shared:`; anything more than that is left out. And in one word what stands
    against them, or None."""
    try:
        with open(config_path(config, environment), encoding='utf-8') as file:
            text = file.read(1 << 20)
    except FileNotFoundError:
        return {}, None
    except (OSError, ValueError):
        return {}, 'unreadable'
    settings = {}
    inside = False
    unsure = None
    for line in text.split('\n'):
        if re.match(r'\S', line) and not line.startswith('#'):
            inside = re.match(r'shared\s*:\s*(#.*)?$', line) is not None
            if not inside and re.match(r'["\']?shared\b|[{<&*]', line):
                unsure = 'notSimple'
        match = re.match(r'\s+([a-z_]+)\s*:\s*(.*?)\s*$', line) if inside else None
        if match and match.group(2) not in ('', 'null', '~'):
            if re.match(r'[|>&*!{[]', match.group(2)):
                unsure = 'notSimple'
            value = match.group(2) if match.group(2)[0] in '"\'' else re.sub(r'\s+#.*', '', match.group(2))
            settings[match.group(1)] = re.sub(r'^(["\'])(.*)\1$', r'\2', value)
    return settings, unsure
