"""The closed list of what this program does when asked. It judges nothing: it reads and reports."""
import os
import re
import time

import acts
import adding
import checkpoints
import deltas
import doctor
import emergency
import environments
import facts
import follow
import grounds
import history
import journal
import lineage
import logs
import looking
import processes
import proposals
import pueue
import quarantine
import restarting
import savedlogs
import snapshots
import verbs
import watch

JOURNAL = journal.Journal()
RELEASES = journal.Reading('"release"')
RELEASED = {}
LINEAGE = lineage.Lineage()
PUEUE = pueue.Pueue()
CHECKPOINTS = checkpoints.Checkpoints()
DELTAS = deltas.Deltas()
PROPOSALS = proposals.Proposals()
DOCTOR = doctor.Doctor(PUEUE)
LOG_PART_CAP = 1 << 20
LOG_ENDS_CAP = 1000
LOG_END_CAP = 1 << 12
ENTRY_PART_CAP = 1 << 20
HISTORY_CAP = 1000
LONGEST_WAIT_MS = 3600000
FOLLOW_LINES_CAP = 10 ** 6
FOLLOW_MS_CAP = 600000
RELEASE = 'release'
LIFE = re.compile(r'([0-9a-f-]{1,64})/(\d{1,10})/(\d{1,20})\Z')


class BadRequest(Exception):
    """A request that is not of the closed list, or whose arguments are of the wrong shape."""


def snapshot(request, cancelled):
    """Everything that the tree and the audit need, in one reading."""
    directories = checkpoints.asked(request.get('checkpoints'))
    if directories is None:
        raise BadRequest('checkpoints')
    asked = (*_client(request), directories)
    DELTAS.begin(asked)
    return _reading(asked, None, cancelled)


def again(request, cancelled):
    """The same once more, as what differs from the reading of that number, which the client holds."""
    asked, held = DELTAS.recall(_count(request, 'n', 1 << 53))
    if asked is None:
        raise BadRequest('n')
    return _reading(asked, held, cancelled)


def _reading(asked, held, cancelled):
    began = time.monotonic()
    path, config, directories = asked
    released, unread = {}, None
    try:
        released = _released()
    except OSError as error:
        unread = facts.error_name(error)
    environment = PUEUE.environment(config)
    sign = watch.sign_of(config, environment)
    reading = PUEUE.read(path, config, released, cancelled)
    tasks = reading.pop('tasks', None)
    links = []
    try:
        links = LINEAGE.of(tasks or {})
    except OSError as error:
        unread = facts.error_name(error)
    sections = {'home': os.environ['HOME'], 'bootedAt': facts.booted_at(), 'unreadJournal': unread, 'lineage': links,
                'checkpoints': CHECKPOINTS.read(directories, cancelled),
                # Of before the queue was read, so that a wait that begins with it misses nothing; unless it was of another
                # place than where the client has found its daemon.
                'sign': sign if environment == PUEUE.environment(config) else None}
    for name in ('groups', 'daemonStart', 'stateFile', 'processes', 'progress'):
        if name in reading:
            sections[name] = reading.pop(name)
    # What differs from one look to the next travels by itself, so that nothing else has to.
    commands = [command.pop('ms') for command in reading.get('commands', ())]
    sections['pueue'] = reading
    # Quiet where checkpoints are not: it travels by itself.
    sections['quarantines'] = [listing.pop('quarantine') for listing in sections['checkpoints']]
    message, numbers = DELTAS.reply(asked, held, sections, tasks)
    times = [round(time.time(), 3), facts.boot_clock(), int(round((time.monotonic() - began) * 1000)), *commands]
    return dict(message, t=[*numbers, *times])


def propose(request, cancelled):
    """Directories that may hold checkpoints, for a person to choose from."""
    directories = request.get('directories')
    daemon = request.get('daemon')
    if not isinstance(directories, list) or not all(isinstance(path, str) and '\0' not in path for path in directories):
        raise BadRequest('directories')
    if daemon is not None and not isinstance(daemon, str):
        raise BadRequest('daemon')
    return PROPOSALS.read(directories, daemon, cancelled)


def examine(request, cancelled):
    """How the host is set up, also where no pueue can be asked."""
    asked, config = _client(request)
    return DOCTOR.examine(asked, config, _optional_path(request, 'path'), cancelled)


def log(request, cancelled):
    """A part of one job's log, and the job as it was before and after."""
    job = _count(request, 'job', 10 ** 15)
    before = _optional_count(request, 'before', 1 << 62)
    count = _count(request, 'bytes', LOG_PART_CAP)
    asked, config = _client(request)
    answer = logs.read(PUEUE, asked, config, job, before, count, cancelled)
    return dict(answer, takenAt=time.time())


def log_ends(request, cancelled):
    """The ends of the logs of many jobs, and the jobs as they were before and after."""
    jobs = request.get('jobs')
    if not isinstance(jobs, list) or len(jobs) > LOG_ENDS_CAP or not all(type(job) is int and job >= 0 for job in jobs):
        raise BadRequest('jobs')
    count = _count(request, 'bytes', LOG_END_CAP)
    asked, config = _client(request)
    return dict(logs.ends(PUEUE, asked, config, jobs, count, cancelled), takenAt=time.time())


def read_entry(request, _cancelled):
    """The beginning of one entry of a checkpoint directory, or what lies in it."""
    roots, path = request.get('roots'), request.get('path')
    if not isinstance(roots, list) or not all(map(_is_plain_path, roots)):
        raise BadRequest('roots')
    if not _is_plain_path(path):
        raise BadRequest('path')
    count = _count(request, 'bytes', ENTRY_PART_CAP)
    return dict(looking.read(roots, path, count), takenAt=time.time())


def _is_plain_path(path):
    return isinstance(path, str) and os.path.isabs(path) and '\0' not in path


def follow_log(request, cancelled):
    """What one job's log holds behind a position; waits for it where there is nothing yet."""
    job = _count(request, 'job', 10 ** 15)
    lines = _optional_count(request, 'lines', FOLLOW_LINES_CAP)
    milliseconds = _count(request, 'forMs', FOLLOW_MS_CAP)
    config = _optional_path(request, 'pueueConfig')
    position = request.get('position')
    if position is not None:
        if not isinstance(position, dict) or not isinstance(position.get('mark'), str):
            raise BadRequest('position')
        position = follow.Position.parse(_count(position, 'offset', 1 << 62), position['mark'])
        if position is None:
            raise BadRequest('position')
    return follow.read(config, PUEUE.environment(config), job, position, lines, milliseconds / 1000, cancelled)


def _client(request):
    """The client that is to be used, and its configuration: paths, or None for what is found."""
    return _optional_path(request, 'pueue'), _optional_path(request, 'pueueConfig')


def _optional_count(request, name, most):
    return None if request.get(name) is None else _count(request, name, most)


def _count(request, name, most):
    value = request.get(name)
    if type(value) is not int or not 0 <= value <= most:
        raise BadRequest(name)
    return value


def wait_for_change(request, cancelled):
    """The sign of the host once it is another one than the client has, or after the time that the client names."""
    sign = request.get('sign')
    if sign is not None and not isinstance(sign, str):
        raise BadRequest('sign')
    every, seconds = (_count(request, name, LONGEST_WAIT_MS) / 1000 for name in ('everyMs', 'forMs'))
    return watch.wait(PUEUE, _optional_path(request, 'pueueConfig'), sign, every, seconds, cancelled)


def release_process(request, _cancelled):
    """Journals that a process is no part of the job. The record is the act: the process itself is not touched."""
    life = request.get('life')
    job = request.get('job')
    match = LIFE.match(life) if isinstance(life, str) else None
    if match is None or not isinstance(job, dict):
        raise BadRequest('life')
    process = processes.find(int(match.group(2)))
    if process is None or process.life(facts.boot_id()) != life:
        return {'outcome': 'gone'}
    try:
        if process.identity in _released():
            return {'outcome': 'alreadySo'}
        JOURNAL.append(RELEASE, {'life': life, 'job': {name: job.get(name) for name in ('id', 'createdAt', 'start')}})
    except OSError as error:
        return {'outcome': 'failed', 'error': facts.error_name(error)}
    return {'outcome': 'done'}


def read_history(request, _cancelled):
    """What was done on this host, newest part first."""
    before = _optional_count(request, 'before', 1 << 62)
    try:
        return dict(history.read(before, _count(request, 'acts', HISTORY_CAP)), takenAt=time.time(), error=None)
    except OSError as error:
        return {'error': facts.error_name(error), 'path': journal.path()}


def saved_log(request, _cancelled):
    """A part of the log of an earlier run that was saved on this host."""
    before = _optional_count(request, 'before', 1 << 62)
    return savedlogs.read(request.get('name'), before, _count(request, 'bytes', LOG_PART_CAP))


def _act(verb, work):
    """The operation of one kind of act: `work(act, daemon, request)` does it."""
    def operation(request, cancelled):
        asked, config = _client(request)
        daemon = grounds.Daemon(PUEUE, asked, config, cancelled, _released)
        return acts.perform(request, verb, JOURNAL, acts.places_of(PUEUE, config), cancelled,
                            lambda act: work(act, daemon, request))
    return operation


def resolve_act(request, cancelled):
    """What became of an act whose answer did not come. From then on it can no longer begin."""
    act_id = request.get('act')
    if not isinstance(act_id, str) or not acts.ACT_ID.match(act_id):
        raise BadRequest('act')
    asked, config = _client(request)
    daemon = grounds.Daemon(PUEUE, asked, config, cancelled)
    finishers = {'add': lambda act, what, records: adding.finish(act, what, records, daemon)}
    return acts.resolve(act_id, JOURNAL, acts.places_of(PUEUE, config), cancelled, finishers)


def compare_environments(request, cancelled):
    """The names in which environments of jobs differ from that of a login shell. Never a value."""
    jobs = request.get('jobs')
    if not isinstance(jobs, list) or not all(isinstance(job, dict) and type(job.get('id')) is int for job in jobs):
        raise BadRequest('jobs')
    daemon = grounds.Daemon(PUEUE, *_client(request), cancelled)
    try:
        return {'differences': environments.differences(daemon, jobs)}
    except acts.Refused as refused:
        return {'refused': refused.answer}


def list_snapshots(_request, _cancelled):
    """What was kept before emergency stops, newest first."""
    return snapshots.listed()


def read_snapshot(request, _cancelled):
    """The jobs of one of them, without environments."""
    snapshot_id = request.get('snapshotId')
    if not isinstance(snapshot_id, str) or not acts.ACT_ID.match(snapshot_id):
        raise BadRequest('snapshotId')
    return snapshots.read(snapshot_id)


def _released():
    """Processes of this boot that are no part of a job, with the time when that was said."""
    boot_id = facts.boot_id()
    def take(record):
        data = record.get('data')
        life = data.get('life') if record.get('kind') == RELEASE and isinstance(data, dict) else None
        match = LIFE.match(life) if isinstance(life, str) else None
        if match and match.group(1) == boot_id and isinstance(record.get('time'), (int, float)):
            RELEASED.setdefault((int(match.group(2)), int(match.group(3))), record['time'])

    RELEASES.read(take, RELEASED.clear)
    return dict(RELEASED)


def _optional_path(request, name):
    value = request.get(name)
    if value is None:
        return None
    path = os.path.expanduser(value) if isinstance(value, str) else ''
    if not os.path.isabs(path) or '\0' in path:
        raise BadRequest(name)
    return path


OPERATIONS = {
    'snapshot': snapshot,
    'again': again,
    'examine': examine,
    'watch': wait_for_change,
    'proposals': propose,
    'log': log,
    'logEnds': log_ends,
    'entry': read_entry,
    'follow': follow_log,
    'history': read_history,
    'savedLog': saved_log,
    'compareEnvironments': compare_environments,
    'releaseProcess': release_process,
    'resolveAct': resolve_act,
    'snapshots': list_snapshots,
    'snapshotJobs': read_snapshot,
    'act.jobs': _act('jobs', verbs.work),
    'act.group': _act('group', verbs.work_on_group),
    'act.add': _act('add', adding.work),
    'act.restart': _act('restart', restarting.work),
    'act.emergency': _act('emergency', emergency.work),
    'act.entries': _act('entries', quarantine.work),
}
# Once begun they are brought to their end, also where the link is gone: `cancelled` keeps them from beginning more.
ACTS = frozenset(name for name in OPERATIONS if name.startswith('act.')) | {'releaseProcess', 'resolveAct'}
