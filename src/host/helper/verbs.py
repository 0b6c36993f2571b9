"""What is done to jobs and groups by the verbs of pueue, by explicit ids only: an empty list of ids would stand for the whole
group `default`. An exit code is no proof: the queue is read again until it shows the effect, for each job by itself."""
import acts
import ending
import facts
import grounds
import happenings
import savedlogs

LONGEST_GRACE_MS = 600000
FINISHED = tuple(grounds.RESULTS.values())
# By verb: the states that it takes, the subcommand, and the states that show its effect. `resume` by ids leaves the group as it
# is; the same command would start a job that waits beside all slots and dependencies, so it is for paused ones only.
VERBS = {
    'pause': (('running',), ('pause',), ('paused',)),
    'resume': (('paused',), ('start',), ('running',)),
    'stash': (('queued', 'locked'), ('stash',), ('stashed',)),
    'enqueue': (('stashed', 'scheduled', 'locked'), ('enqueue',), ('queued', 'running', 'paused') + FINISHED),
}
GROUP_STATES = {'Running': 'running', 'Paused': 'paused', 'Reset': 'reset'}


def work(act, daemon, request):
    """`act.jobs`: one verb for jobs that are as the person agreed to."""
    verb, targets = request.get('verb'), _targets(request)
    if not targets:
        raise acts.Refused('badAct')
    ground = daemon.look()
    ground.demand(targets)
    if verb == 'kill':
        return _kill(act, daemon, ground, targets, request.get('graceMs'))
    if verb == 'remove':
        return _remove(act, daemon, ground, targets, verb, request.get('saveLogs') is True and (lambda state: True))
    if verb not in VERBS:
        raise acts.Refused('badAct')
    taken, subcommand, wanted = VERBS[verb]
    _demand_states(targets, taken)
    arguments = [*subcommand, '--', *_ids(targets)]
    _intend(act, daemon, verb, targets, [arguments])
    still, changed, after = daemon.still(ground, targets)
    if still:
        daemon.run(act, [*subcommand, '--', *_ids(still)])
        after = daemon.until(lambda now: all(_state(now, target) in wanted or _is_over(now, target) for target in still))
    return _answer(ground, after, targets, lambda target: _refused(changed, target) or _shown(after, target, wanted))


def work_on_group(act, daemon, request):
    """`act.group`: one verb for a group that is as the person agreed to."""
    verb, targets, group = request.get('verb'), _targets(request), request.get('group')
    name = group.get('name') if isinstance(group, dict) else None
    if not isinstance(name, str) or verb not in GROUP_VERBS:
        raise acts.Refused('badAct')
    ground = daemon.look()
    found = _group(ground, name)
    if found is None:
        raise acts.Refused('stale', what='the group is gone.')
    if found['status'] != group.get('status'):
        raise acts.Refused('stale', what='the group is %s by now.' % found['status'])
    ground.demand(targets)
    if any(ground.tasks[target['id']].get('group') != name for target in targets):
        raise acts.Refused('badAct')
    return GROUP_VERBS[verb](act, daemon, ground, name, targets, request)


def _drain(act, daemon, ground, name, _targets, _request):
    """`--wait` stops the scheduling and no process. pueue 3.4 shows it a little later."""
    return _group_act(act, daemon, ground, name, 'drain', ['pause', '--wait', '--group=' + name],
                      lambda now: now['status'] == 'paused')


def _set_parallel(act, daemon, ground, name, _targets, request):
    wanted, agreed = request.get('parallel'), request['group'].get('parallel')
    if type(wanted) is not int or wanted < 0 or wanted == 0 and ground.version < (3, 4):
        raise acts.Refused('badAct')
    now = _group(ground, name)['parallel']
    if now != agreed:
        raise acts.Refused('stale', what='the group has %s slots by now.' % now)
    return _group_act(act, daemon, ground, name, 'setParallel', ['parallel', '--group=' + name, '--', str(wanted)],
                      lambda now: now['parallel'] == wanted)


def _group_act(act, daemon, ground, name, verb, arguments, shows):
    _intend(act, daemon, verb, [], [arguments], name)
    daemon.run(act, arguments)
    after = daemon.until(lambda now: _group(now, name) is not None and shows(_group(now, name)))
    return _answer_for_group(ground, after, name, shows, [])


def _resume(act, daemon, ground, name, targets, _request):
    """`start` of a group also wakes what was paused on purpose: that is paused again, and only after it went on, since a
    job that is paused still cannot be paused."""
    paused = sorted(number for number, task in ground.tasks.items()
                    if task.get('group') == name and grounds.state_of(task) == 'paused')
    if paused != sorted(target['id'] for target in targets):
        raise acts.Refused('stale', what='other jobs of the group are paused than were shown.')
    start, again = ['start', '--group=' + name], ['pause', '--', *_ids(targets)]
    _intend(act, daemon, 'resume', targets, [start] + ([again] if targets else []), name)
    daemon.run(act, start)
    after = daemon.until(lambda now: _is_running(now, name) and not any(_state(now, target) == 'paused' for target in targets))
    awake = [target for target in targets if after is not None and _state(after, target) == 'running']
    if awake:
        daemon.run(act, ['pause', '--', *_ids(awake)])
        after = daemon.until(lambda now: all(_state(now, target) != 'running' for target in awake))
    return _answer_for_group(ground, after, name, lambda now: now['status'] == 'running', targets)


def _clean(act, daemon, ground, name, targets, request):
    if not targets:
        raise acts.Refused('badAct')
    _demand_states(targets, FINISHED)
    keeps = request.get('saveLogs') is True and (lambda state: state != 'succeeded')
    return _remove(act, daemon, ground, targets, 'clean', keeps, name)


GROUP_VERBS = {'drain': _drain, 'resume': _resume, 'setParallel': _set_parallel, 'clean': _clean}


def _kill(act, daemon, ground, targets, grace):
    if grace is not None and (type(grace) is not int or not 0 <= grace <= LONGEST_GRACE_MS):
        raise acts.Refused('badAct')
    _demand_states(targets, grounds.LIVE + FINISHED)
    live = [target for target in targets if target['state'] in grounds.LIVE]
    paused = [target for target in live if target['state'] == 'paused']
    lines = [['kill', '--signal', 'sigterm', '--', *_ids(live)]] if live and grace is not None else []
    lines += [['start', '--', *_ids(paused)]] if paused and grace is not None else []
    lines += [['kill', '--', *_ids(live)]] if live else []
    _intend(act, daemon, 'kill', targets, lines, grace=grace)
    still, changed, after = daemon.still(ground, targets)
    living = None
    try:
        if still:
            after, living = ending.Ending(act, daemon, ground, still).run(None if grace is None else grace / 1000)
    except acts.Refused:
        after = None
    return _answer(ground, after, targets, lambda target: _refused(changed, target) or _ended(
        after, living, target, daemon.cancelled.is_set()))


def _ended(after, living, target, cancelled):
    """What became of a run that was to be ended. The word beside `done` is its result: a program that heeds SIGTERM may end
    with success, and that is no finished work."""
    left = (living or {}).get(target['id'], ())
    state = _state(after, target)
    if left or state in grounds.LIVE:
        why = ' '.join(['alive', *(str(process.pid) for process in left[:10])]) if left else state
        return 'cancelled' if cancelled else 'failed', why
    # pueue calls a job ended once its shell is dead: where nobody can look for processes, that is not known.
    return ('lost', 'untraced') if living is None else ('done', state)


def _remove(act, daemon, ground, targets, verb, keeps, name=None):
    """Removes jobs in one call, so that a parent goes together with its dependants. Logs are kept first."""
    _demand_states(targets, grounds.WAITING + ('stashed',) + FINISHED)
    _intend(act, daemon, verb, targets, [['remove', '--', *_ids(targets)]], name)
    kept, outcomes = _keep_logs(daemon, [target for target in targets if keeps and target['start'] is not None
                                         and keeps(target['state'])])
    removed, changed, after = [target for target in targets if target['id'] not in outcomes], {}, ground
    # Once the logs are safe: they may have taken long.
    if removed:
        removed, changed, after = daemon.still(ground, removed)
    if removed:
        daemon.run(act, ['remove', '--', *_ids(removed)])
        after = daemon.until(lambda now: all(_state(now, target) == 'gone' or _moved(now, target) or
                                             _dependants(now, target['id']) for target in removed))

    def outcome(target):
        number = target['id']
        state = _state(after, target)
        if number not in outcomes and number not in changed and state == 'gone':
            return 'done', 'saved ' + kept[number] if kept.get(number) else None
        if kept.get(number) and state != 'gone':
            savedlogs.forget(kept[number])
        return outcomes.get(number) or _refused(changed, target) or (
            'failed', _moved(after, target) or _dependants(after, number) or state)
    return _answer(ground, after, targets, outcome)


def _keep_logs(daemon, targets):
    """Where the logs of runs were kept, by id, None for a run that has left none; and the outcomes of jobs whose log could not
    be kept."""
    kept, outcomes = {}, {}
    logs = savedlogs.SavedLogs(daemon.config, daemon.environment)
    for target in targets:
        try:
            kept[target['id']] = logs.of(target).keep()
        except OSError as error:
            outcomes[target['id']] = 'refused', 'logNotSaved ' + facts.error_name(error)
    try:
        if any(kept.values()):
            logs.sync()
    except OSError as error:
        outcomes.update((number, ('refused', 'logNotSaved ' + facts.error_name(error))) for number in kept)
    return kept, outcomes


def _refused(changed, target):
    """The outcome of a job that was left alone, since it was no longer as agreed right before the command; or None."""
    return ('refused', changed[target['id']]) if target['id'] in changed else None


def _dependants(ground, number):
    """Jobs that still wait for this one: pueue then refuses to remove it, with exit code 0 where others were removed."""
    waiting = sorted(other for other, task in ground.tasks.items() if number in (task.get('dependencies') or ())
                     and grounds.state_of(task) not in FINISHED)
    return ' '.join(['dependants', *map(str, waiting[:10])]) if waiting else None


def _targets(request):
    targets = request.get('targets')
    if not isinstance(targets, list) or not all(_is_target(target) for target in targets):
        raise acts.Refused('badAct')
    if len({target['id'] for target in targets}) != len(targets):
        raise acts.Refused('badAct')
    return targets


def _is_target(target):
    return (isinstance(target, dict) and type(target.get('id')) is int and target['id'] >= 0
            and isinstance(target.get('createdAt'), str) and isinstance(target.get('state'), str)
            and (target.get('start') is None or isinstance(target['start'], str)))


def _ids(targets):
    return [str(number) for number in sorted(target['id'] for target in targets)]


def _demand_states(targets, taken):
    if any(target['state'] not in taken for target in targets):
        raise acts.Refused('badAct')


def _intend(act, daemon, verb, targets, commands, group=None, grace=None):
    act.intend({'verb': verb, 'targets': targets, 'group': group, 'graceMs': grace,
                'commands': [daemon.argv(arguments) for arguments in commands]})


def _state(ground, target):
    """The state of the job by now, `gone` where it is no longer in the queue, `unread` where the queue could not be read."""
    if ground is None:
        return 'unread'
    task = ground.job(target)
    return 'gone' if task is None else grounds.state_of(task)


def _moved(ground, target):
    """Where its id is another job's by now, a word for that: the command went to whatever job had its id."""
    task = ground and ground.job(target)
    return 'moved %d' % task['id'] if task and task['id'] != target['id'] else None


def _is_over(ground, target):
    """Whether it has ended by itself, is gone or under another id: what was wanted of it no longer comes."""
    return _state(ground, target) in FINISHED + ('gone',) or _moved(ground, target) is not None


def _shown(after, target, wanted):
    state = _state(after, target)
    return ('done', None) if state in wanted else ('failed', _moved(after, target) or state)


def _group(ground, name):
    group = ground.groups.get(name)
    if not isinstance(group, dict):
        return None
    return {'status': GROUP_STATES.get(group.get('status'), 'unknown'), 'parallel': group.get('parallel_tasks')}


def _is_running(ground, name):
    group = _group(ground, name)
    return group is not None and group['status'] == 'running'


def _answer(ground, after, targets, outcome):
    """One outcome for each target; `lost` for all where the queue could not be read afterwards."""
    told = [(target, outcome(target) if after is not None else ('lost', 'unread')) for target in targets]
    return {'targets': [{'target': str(target['id']), 'outcome': word, 'why': why} for target, (word, why) in told],
            'noticed': [] if after is None else happenings.between(ground, after, targets)}


def _answer_for_group(ground, after, name, shows, targets):
    """The group first, then the jobs that were to stay paused."""
    group = after and _group(after, name)
    if after is None:
        first = 'lost', 'unread'
    elif group is None:
        first = 'failed', 'gone'
    else:
        first = ('done', None) if shows(group) else ('failed', group['status'])
    answer = _answer(ground, after, targets, lambda target: _shown(after, target, ('paused',)))
    answer['targets'].insert(0, {'target': name, 'outcome': first[0], 'why': first[1]})
    return answer
