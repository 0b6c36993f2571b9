"""Finds the pueue daemon's process, to tell one life of it from the next.

pueued writes its pid into `shared.pid_path`, by default `pueue.pid` in the runtime directory (pueue 3.x and 4.x,
pueue_lib/src/settings.rs). Only the simple `key: value` subset of pueue.yml is read; where that is not enough the
answer is None and never a guess.
"""
import os
import re


def start_of_daemon(config, environment, boot_id):
    """A text that is the same for one life of the daemon: `<boot id>/<pid>/<start in clock ticks>`, or None."""
    pid = _read_pid(config, environment)
    if pid is None or boot_id is None:
        return None
    try:
        with open('/proc/%d/stat' % pid, 'rb') as file:
            # The command may hold anything, spaces and brackets included: fields count from the last bracket.
            name, fields = file.read().rsplit(b')', 1)
    except OSError:
        return None
    if not name.endswith(b'(pueued'):
        return None
    return '%s/%d/%s' % (boot_id, pid, fields.split()[19].decode('ascii'))


def _read_pid(config, environment):
    try:
        with open(_pid_path(_shared_settings(config, environment), environment)) as file:
            return int(file.read(32))
    except (OSError, ValueError):
        return None


def _pid_path(shared, environment):
    if shared.get('pid_path'):
        return _expand(shared['pid_path'], environment)
    home = environment.get('HOME', '')
    data = environment.get('XDG_DATA_HOME') or os.path.join(home, '.local/share')
    directory = shared.get('pueue_directory') or os.path.join(data, 'pueue')
    runtime = shared.get('runtime_directory') or environment.get('XDG_RUNTIME_DIR') or directory
    return os.path.join(_expand(runtime, environment), 'pueue.pid')


def _expand(path, environment):
    return os.path.join(environment.get('HOME', ''), path[2:]) if path.startswith('~/') else path


def _shared_settings(config, environment):
    """The plain `key: value` lines below `shared:`; anything more than that is left out."""
    home = environment.get('XDG_CONFIG_HOME') or os.path.join(environment.get('HOME', ''), '.config')
    path = config or environment.get('PUEUE_CONFIG_PATH') or os.path.join(home, 'pueue/pueue.yml')
    try:
        with open(path, encoding='utf-8') as file:
            text = file.read(1 << 20)
    except (OSError, ValueError):
        return {}
    settings = {}
    inside = False
    for line in text.split('\n'):
        if re.match(r'\S', line) and not line.startswith('#'):
            inside = re.match(r'shared\s*:\s*(#.*)?$', line) is not None
        match = re.match(r'\s+([a-z_]+)\s*:\s*(.*?)\s*$', line) if inside else None
        if match and match.group(2) not in ('', 'null', '~'):
            settings[match.group(1)] = re.sub(r'^(["\'])(.*)\1$', r'\2', match.group(2))
    return settings
