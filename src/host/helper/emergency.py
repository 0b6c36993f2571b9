"""The first step of an emergency stop: what is needed to queue the jobs again is kept on this host, then nothing new starts.

A job that begins or ends by itself between the look and this step is still the one that the person wants stopped, so its
state is no precondition: its id and its creation are. Nothing else is touched.
"""
import time

import acts
import facts
import grounds
import snapshots

DRAIN_SECONDS = 15


def work(act, daemon, request):
    snapshot_id, group, targets = _asked(request)
    ground = daemon.look(keep=[target['id'] for target in targets])
    if group is not None and group not in ground.groups:
        raise acts.Refused('stale', what='the group is gone.')
    meant = {target['id']: target['createdAt'] for target in targets}
    kept = [task for number, task in sorted(ground.tasks.items()) if meant.get(number) == task.get('created_at')]
    if not kept:
        raise acts.Refused('stale', what='none of the jobs is in the queue any more.')
    names = [group] if group is not None else list(ground.groups)
    running = [name for name in names if not _is_paused(ground.groups[name])]
    head = {'takenAt': time.time(), 'pueueVersion': '.'.join(map(str, ground.version)), 'group': group}
    try:
        path, size = snapshots.write(snapshot_id, head, {name: ground.groups[name] for name in names}, list(map(_job, kept)))
    except OSError as error:
        raise acts.Refused('noSnapshot', error=facts.error_name(error), what=snapshots.directory()) from error
    try:
        act.intend({'snapshotId': snapshot_id, 'snapshot': path, 'group': group, 'jobs': [task['id'] for task in kept]})
    except acts.Refused:
        snapshots.forget(snapshot_id)
        raise
    failed = _drain(act, daemon, group) if running else None
    after = daemon.until(lambda now: all(_is_paused(now.groups.get(name)) for name in names), DRAIN_SECONDS)
    return {'targets': [_outcome(name, running, failed, after) for name in names],
            'snapshot': {'path': path, 'bytes': size, 'jobs': len(kept)},
            # None where the queue could not be read: then it is not known what runs.
            'live': None if after is None else _live(after, meant)}


def _asked(request):
    snapshot_id, group, targets = request.get('snapshotId'), request.get('group'), request.get('targets')
    sound = (isinstance(snapshot_id, str) and acts.ACT_ID.match(snapshot_id) and (group is None or isinstance(group, str))
             and isinstance(targets, list) and all(isinstance(target, dict) and type(target.get('id')) is int and
                                                   isinstance(target.get('createdAt'), str) for target in targets))
    if not sound:
        raise acts.Refused('badAct')
    return snapshot_id, group, targets


def _job(task):
    """A job as it is needed to queue it again, its environment included."""
    return {'id': task['id'], 'createdAt': task.get('created_at'), 'start': grounds.start_of(task),
            'state': grounds.state_of(task), 'exitCode': grounds.exit_code_of(task), 'command': task.get('original_command'), 'directory': task.get('path'),
            'group': task.get('group'), 'label': task.get('label'), 'priority': task.get('priority', 0),
            'dependencies': task.get('dependencies', []), 'environment': task.get('envs')}


def _is_paused(group):
    return isinstance(group, dict) and group.get('status') == 'Paused'


def _drain(act, daemon, group):
    """Lets the running jobs run and starts no other. Returns why the client could not be run, or None."""
    scope = ['--all'] if group is None else ['--group=' + group]
    try:
        daemon.run(act, ['pause', *scope, '--wait'])
    except OSError as error:
        return facts.error_name(error)
    return None


def _outcome(name, running, failed, after):
    """What became of a group."""
    if after is None:
        return {'target': name, 'outcome': 'lost', 'why': 'unreadable'}
    if not _is_paused(after.groups.get(name)):
        return {'target': name, 'outcome': 'failed', 'why': failed or 'stillRunning'}
    return {'target': name, 'outcome': 'done' if name in running else 'alreadySo', 'why': None}


def _live(ground, meant):
    """The runs that have to be ended, as they are by now."""
    return [{'id': number, 'createdAt': task['created_at'], 'start': grounds.start_of(task), 'state': grounds.state_of(task)}
            for number, task in sorted(ground.tasks.items())
            if meant.get(number) == task.get('created_at') and grounds.state_of(task) in grounds.LIVE]
