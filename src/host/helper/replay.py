"""How the client of pueue is run with the environment of another job and still reaches its daemon.

pueue stores with a job the whole environment that its client has. But the client finds its daemon by that environment too,
so it gets a configuration on standard input in which nothing is left to be found: nothing is written to the disk.
"""
import json

import acts
import children
import daemon as daemons
import environments
import pueue

PROBES = 3
# Of these the client, and what starts it, take notice: two environments that share them reach the same daemon.
OF_CLIENT = ('HOME', 'USER', 'LOGNAME', 'TMPDIR', 'LANG', 'PATH', 'LC_', 'LD_', 'XDG_', 'PUEUE_', 'RUST_', 'GLIBC_', 'MALLOC_')
# Where the client looks for its daemon: only beside a configuration that is not understood they are those of the login.
OF_PLACE = ('HOME', 'PUEUE_CONFIG_PATH', 'XDG_RUNTIME_DIR', 'XDG_CONFIG_HOME', 'XDG_DATA_HOME')


class Way:
    """How one job is added: environment, options before the command, standard input, and the names of the environment that
    are not as in the original."""

    def __init__(self, environment, options, stdin, changed=()):
        self.environment = environment
        self.options = options
        self.stdin = stdin
        self.changed = changed


def ways(daemon, ground, jobs):
    """A Way for each job, tried out by a look at the queue. Raises acts.Refused where one leads to another daemon or to none."""
    connection = daemons.connection(daemon.config, daemon.environment)
    stdin = json.dumps({'client': {}, 'daemon': {}, 'shared': connection}).encode('ascii')
    login, snapshots, tried, found = None, {}, {}, []
    for job in jobs:
        if job['source'] is None:
            login = login or environments.of_login_shell(daemon.cancelled)
            original = login
        elif job['snapshotId'] is None:
            original = environments.of_task(ground.tasks[job['source']['id']])
        else:
            if job['snapshotId'] not in snapshots:
                snapshots[job['snapshotId']] = environments.snapshot_jobs(job['snapshotId'])
            saved = snapshots[job['snapshotId']].get((job['source']['id'], job['source']['createdAt']))
            if saved is None:
                raise acts.Refused('stale', what='the snapshot holds no job %d of that time.' % job['source']['id'])
            original = environments.of_snapshot(saved)
        if any('=' in name or '\0' in name + value for name, value in original.items()):
            raise acts.Refused('impossible', what='its environment cannot be given to a program')
        kind = tuple(sorted((name, value) for name, value in original.items() if name.startswith(OF_CLIENT)))
        if kind not in tried:
            tried[kind] = (connection is not None and _leads_here(daemon, Way(original, ['-c', '/dev/stdin'], stdin), ground),
                           _placed(daemon, original))
            if not tried[kind][0] and not _leads_here(daemon, tried[kind][1], ground):
                raise acts.Refused('unreadable', what='with the environment that the job is to get pueue does not find its '
                                                      'daemon')
        found.append(Way(original, ['-c', '/dev/stdin'], stdin) if tried[kind][0] else _placed(daemon, original))
    return found


def _placed(daemon, original):
    """The environment with what the client finds its daemon by, of this login."""
    environment = {name: value for name, value in original.items() if name not in OF_PLACE}
    environment.update((name, value) for name, value in daemon.environment.items() if name in OF_PLACE)
    changed = [name for name in OF_PLACE if environment.get(name) != original.get(name)]
    return Way(environment, ['-c', daemon.config] if daemon.config else [], b'', changed)


def _leads_here(daemon, way, ground):
    """Whether the client sees the very queue that we see. It may change between the two looks, so it is looked more than once."""
    try:
        environment = environments.encoded(way.environment)
    except ValueError:
        return False
    for attempt in range(PROBES):
        seen = ground if attempt == 0 else daemon.look()
        outcome = children.run([daemon.client, *way.options, '--color', 'never', 'status', '--json'], daemon.cancelled,
                               environment=environment, stdin=way.stdin)
        if outcome.code == 0 and pueue.created_in(outcome.stdout) == {
                task.get('created_at') for task in seen.tasks.values()}:
            return True
        if outcome.code != 0:
            return False
    return False
