"""Starts finished jobs again under their ids: the logs of their runs are saved first, since pueue empties them.

pueue keeps id, creation, label, priority, dependencies and the stored environment of a job that is restarted in place, and
empties its log as the next run is spawned (pueue 3.x and 4.x). So a job is stashed first and enqueued only once its log is
known to be the one that was saved.
"""
import time

import acts
import facts
import grounds
import preconditions
import quarantine
import savedlogs

POLL_SECONDS = 0.05
EFFECT_SECONDS = 5
# pueue never began these: there is no log of theirs, or one of an earlier run.
NEVER_RAN = ('dependencyFailed', 'failedToSpawn')


def work(act, daemon, request):
    """The act `restart`. Every job that it is for is stashed before any is enqueued; one that cannot be stays as it is."""
    targets, ground, absent = (request.get(name) for name in ('targets', 'ground', 'absent'))
    if not targets or not isinstance(targets, list) or not isinstance(ground, list) or not isinstance(absent, dict):
        raise acts.Refused('badRestart')
    queue = daemon.look()
    queue.demand(targets)
    queue.demand(ground)
    known = {(job['id'], job['createdAt']) for job in targets + ground}
    preconditions.demand_no_process(daemon, queue, targets, request.get('untracedConsent') is True)
    preconditions.patiently(lambda: _demand_files(queue, request, known))
    saved = _logs_of(daemon, targets)
    act.intend({'targets': targets, 'logs': {str(number): log and log.path for number, log in saved.items()}})
    outcomes = {job['id']: _save(job, saved) for job in targets}
    # Copying may have taken long: the queue is looked at once more.
    changed = _changed(daemon, targets, ground, absent)
    for job in targets:
        if changed.get(job['id'], changed.get(None)) and outcomes[job['id']] is None:
            outcomes[job['id']] = {'outcome': 'refused', 'why': changed.get(job['id'], changed.get(None))}
    moved, why = quarantine.put_all(act, request.get('quarantine') or ())
    noticed = ['%s is in quarantine by now, at %s.' % (each['target'], each['why']) for each in moved if each['outcome'] == 'done']
    if why is not None:
        left = {'outcome': 'refused', 'why': 'notQuarantined ' + why}
        return _answer(targets, {job['id']: outcomes[job['id']] or left for job in targets}, noticed)
    ready = [job for job in targets if outcomes[job['id']] is None]
    if ready:
        _restart(act, daemon, ready, saved, outcomes)
    return _answer(targets, outcomes, noticed)


def _demand_files(queue, request, known):
    preconditions.demand_no_same_work(queue, request['absent'], known)
    preconditions.demand_entries(request.get('unchanged') or ())


def _answer(targets, outcomes, noticed):
    return {'targets': [dict(outcomes[job['id']], target=str(job['id'])) for job in targets], 'noticed': noticed}


def _logs_of(daemon, jobs):
    """The log of each job by its id, None for one that never ran."""
    logs = savedlogs.SavedLogs(daemon.config, daemon.environment)
    try:
        return {job['id']: None if job['state'] in NEVER_RAN else logs.of(job) for job in jobs}
    except OSError as error:
        raise acts.Refused('unreadable', what='it is not known where pueue keeps its logs') from error


def _save(job, saved):
    """None where the log of the job is saved, or there is none to save; else why the job is left alone."""
    log = saved[job['id']]
    try:
        if log is not None:
            log.copy()
    except FileNotFoundError:
        saved[job['id']] = None
    except OSError as error:
        return {'outcome': 'refused', 'why': 'logNotSaved ' + facts.error_name(error)}
    except savedlogs.Changed:
        return {'outcome': 'refused', 'why': 'logChanged'}
    return None


def _changed(daemon, targets, ground, absent):
    """Why jobs must be left alone by now, by their ids; below None what speaks against all of them."""
    try:
        queue = daemon.look_after()
        found = dict(queue.differences(targets))
        queue.demand(ground)
        preconditions.demand_no_same_work(queue, absent, {(job['id'], job['createdAt']) for job in targets + ground})
    except acts.Refused as refused:
        return {None: refused.answer.get('what') or refused.answer['code']}
    return found


def _restart(act, daemon, jobs, saved, outcomes):
    """Stashes the jobs by a restart, enqueues those whose log is still the one that was saved, and tells of each what
    can be seen of it."""
    ids = [job['id'] for job in jobs]
    # Exactly one of the two flags: a configuration can turn the meaning of none around.
    daemon.run(act, ['restart', '--in-place', '--stashed', '--', *map(str, ids)])
    queue = _until(daemon, lambda seen: all(_is_stashed(seen, job) for job in jobs))
    ready = []
    for job in jobs:
        if not _is_stashed(queue, job):
            outcomes[job['id']] = {'outcome': 'failed', 'why': _seen(queue, job)}
        elif not _is_unchanged(saved[job['id']]):
            outcomes[job['id']] = {'outcome': 'failed', 'why': 'logChanged stashed'}
        else:
            ready.append(job)
    if not ready:
        return
    daemon.run(act, ['enqueue', '--', *(str(job['id']) for job in ready)])
    queue = _until(daemon, lambda seen: not any(_is_stashed(seen, job) for job in ready))
    for job in ready:
        log = saved[job['id']]
        seen = _seen(queue, job)
        outcomes[job['id']] = ({'outcome': 'lost' if seen == 'gone' else 'failed', 'why': seen}
                               if seen in ('gone', 'stashed') else {'outcome': 'done', 'why': log and log.path})


def _until(daemon, shows):
    """Looks again until the queue shows the effect, or a limit passes; the last look."""
    deadline = time.monotonic() + EFFECT_SECONDS
    while True:
        queue = daemon.look_after()
        if shows(queue) or time.monotonic() > deadline:
            return queue
        time.sleep(POLL_SECONDS)


def _is_stashed(queue, job):
    return _seen(queue, job) == 'stashed'


def _is_unchanged(log):
    try:
        if log is not None:
            log.demand_unchanged()
    except savedlogs.Changed:
        return False
    return True


def _seen(queue, job):
    """The state that the job is in, or `gone`."""
    task = queue.at(job['id'], job['createdAt'])
    return 'gone' if task is None else grounds.state_of(task)
