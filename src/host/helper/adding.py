"""Adds jobs exactly as they were shown, each once: stashed first, with a key; looked at; journaled; and only then enqueued.

A stashed job never starts by itself, and its key stands in the status until it starts (`pueue.MARKED`). So whatever the
moment is in which an answer is lost or this program ends, `finish` can tell which jobs were added, and none is added again.
"""
import os
import re
import time

import acts
import environments
import facts
import grounds
import preconditions
import pueue
import quarantine
import replay

APPEARS_SECONDS = 0.5
EFFECT_SECONDS = 10
EFFECT_OF_FAILED_SECONDS = 1
POLL_SECONDS = 0.05
LONGEST_WORD = 131071  # MAX_ARG_STRLEN of Linux, and a zero.
NOT_THERE = 'it is not in the queue by its key: it was never added, or somebody else has started or removed it.'
KEY = re.compile(r'[0-9a-f-]{36}\Z')


def work(act, daemon, request):
    """Does the act, see acts.perform."""
    _demand_shape(request['jobs'])
    ground = daemon.look({job['source']['id'] for job in request['jobs'] if job['source']})
    sources = [job['source'] for job in request['jobs'] if job['source']]
    demand_ground(ground, request)
    for job in request['jobs']:
        preconditions.demand_parents(ground, job['after'], request.get('parents', ()))
        if job['group'] not in ground.groups:
            raise acts.Refused('stale', what='there is no group %s.' % job['group'])
    preconditions.demand_no_process(daemon, ground, sources, request['untracedConsent'])
    preconditions.patiently(lambda: _demand_files(ground, request))
    ways = replay.ways(daemon, ground, request['jobs'])
    act.intend(dict({name: request[name] for name in ('jobs', 'ground', 'absent', 'quarantine')},
                    parents=list(request.get('parents', ())),
                    lines=[daemon.argv(_arguments(job, job['after'])) for job in request['jobs']]))
    moved, why = quarantine.put_all(act, request['quarantine'])
    if why is not None:
        return _refused(request['jobs'], moved, 'its checkpoints could not be put into quarantine (%s).' % why)
    adding = _Adding(act, daemon, request, 'added')
    why = adding.add(ways)
    answer = adding.complete({}, why)
    noticed = ['%s: %s of this login, since the configuration of pueue is not simple' % (job['key'], ', '.join(way.changed))
               for job, way in zip(request['jobs'], ways) if way.changed]
    return dict(answer, targets=moved, noticed=answer['noticed'] + noticed)


def finish(act, what, records, daemon):
    """Brings an act to its end whose outcome was never written: what was added and never enqueued is enqueued if all is still
    as it was to be, what is not there is told as lost. Nothing is added."""
    known, moved = {}, []
    for record in records:
        if record['kind'] == 'added':
            known = record['data']['jobs']
        if record['kind'] == 'quarantined':
            moved = record['data']['targets']
    answer = _Adding(act, daemon, what, 'adopted').complete(known, None)
    told = {each['target'] for each in moved}
    open_ones = [entry['path'] for each in what['quarantine'] for entry in each['entries'] if entry['path'] not in told]
    # It is not written down whether they were moved before the end came.
    return dict(answer, targets=moved + [{'target': path, 'outcome': 'lost', 'why': None} for path in open_ones])


class _Adding:
    """What follows the intent. It is brought to its end whatever becomes of the link, so its looks are not cancelled."""

    def __init__(self, act, daemon, request, word):
        self._act = act
        self._daemon = daemon
        self._request = request
        self._jobs = request['jobs']
        self._keys = frozenset(job['key'] for job in self._jobs)
        self._word = word
        self._by_key = {job['key']: job for job in self._jobs}
        # Id and creation by key of those that are known to have been added.
        self._begun = {}
        # Keys of which the client said that it has added the job.
        self._said = set()

    def add(self, ways):
        """Adds all of them stashed. Returns why it stopped before the last, or None."""
        numbers = []
        for job, way in zip(self._jobs, ways):
            arguments = _arguments(job, job['after'] + [numbers[at] for at in job['afterAdded']])
            environment = dict(environments.encoded(way.environment))
            environment[pueue.MARKED.encode()] = (pueue.MARK + job['key']).encode('ascii')
            argv = [self._daemon.client, *way.options, '--color', 'never', *arguments]
            try:
                outcome = self._act.run([os.fsencode(argv[0])] + [word.encode('utf-8') for word in argv[1:]],
                                        environment=environment, stdin=way.stdin, shown=self._daemon.argv(arguments))
            except acts.Refused as refused:
                return 'the journal could not be written (%s).' % refused.answer.get('error')
            except OSError as error:
                return 'pueue could not be started (%s).' % facts.error_name(error)
            number = outcome.stdout.strip()
            if outcome.code != 0 or not number.isdigit():
                words = ', '.join(pueue.complaints(outcome.stdout + outcome.stderr)) or outcome.stopped or 'it failed'
                return 'pueue did not add %s (%s).' % (job['label'] or 'it', words)
            numbers.append(int(number))
            self._said.add(job['key'])
        return None

    def complete(self, known, why):
        """Looks at what was added, and enqueues it where all is as it was to be; takes it away again where it is not.
        `known`: ids and creations by key of jobs that had been looked at before; `why`: what has gone wrong so far."""
        self._begun = {key: tuple(job) for key, job in known.items()}
        try:
            ground = self._look_for(self._keys - set(known))
        except acts.Refused as refused:
            if self._word == 'adopted':
                raise
            return self._answer(lambda job: ('lost', refused.answer.get('what')))
        here = {task['mark']: task for task in ground.tasks.values() if task.get('mark') in self._keys}
        self._begun.update((key, (task['id'], task.get('created_at'))) for key, task in here.items())
        if self._word == 'added' and why is None and self._keys - set(self._begun):
            why = 'a job that was added is not there.'
        stashed = {key: task for key, task in here.items() if grounds.state_of(task) == 'stashed'}
        why = why or self._objection(ground, stashed)
        if why is None:
            try:
                self._act.note('added', {'jobs': self._begun})
            except acts.Refused as refused:
                why = 'the journal could not be written (%s).' % refused.answer.get('error')
        if why is not None:
            return self._take_back(stashed, why)
        failed = False
        wanted = {key: task['id'] for key, task in stashed.items() if not self._by_key[key]['stashed']}
        if wanted:
            try:
                outcome = self._daemon.run(self._act, ['enqueue', '--', *map(str, sorted(wanted.values()))])
                failed = outcome.code != 0
            except (acts.Refused, OSError):
                failed = True  # What came of it is looked at in any case.
        return self._effect(stashed, wanted, EFFECT_OF_FAILED_SECONDS if failed else EFFECT_SECONDS)

    def _objection(self, ground, stashed):
        """Why they must not be enqueued, or None. The ground is looked at once more: the window that pueue leaves open is
        from here to the next command."""
        if not stashed:
            return None
        for key, task in stashed.items():
            difference = self._difference(self._by_key[key], task, ground)
            if difference:
                return 'job %d has another %s than was asked for.' % (task['id'], difference)
        try:
            demand_ground(ground, self._request)
            for job in self._jobs:
                preconditions.demand_parents(ground, [number for number in job['after'] if number in ground.tasks],
                                             self._request.get('parents', ()))
            preconditions.patiently(lambda: preconditions.demand_no_same_work(
                ground, self._request['absent'], _known(self._request), self._keys))
        except acts.Refused as refused:
            return refused.answer.get('what')
        return None

    def _difference(self, job, task, ground):
        """In what a job in the queue is not as it was asked for, as a word; or None."""
        parents = set(job['after']) | {self._begun[self._jobs[at]['key']][0] for at in job['afterAdded']}
        pairs = (('command', task.get('original_command'), job['command']), ('group', task.get('group'), job['group']),
                 ('label', task.get('label'), job['label']), ('priority', task.get('priority'), job['priority']),
                 ('list of parents', set(task.get('dependencies') or ()), parents),
                 ('expansion of its command', task.get('command'), _expanded(job, ground)),
                 # 4.0.3 and later store the resolved path.
                 ('directory', os.path.realpath(task.get('path') or ''), os.path.realpath(job['directory'])))
        return next((name for name, found, wanted in pairs if found != wanted), None)

    def _effect(self, stashed, wanted, seconds):
        """Looks until none of those that were enqueued is stashed any more, or the time is over."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                ground = self._daemon.look_after()
            except acts.Refused as refused:
                return self._answer(lambda job: ('lost', refused.answer.get('what')))
            here = self._here(ground)
            waiting = {key for key in wanted if key in here and grounds.state_of(here[key]) == 'stashed'}
            if not waiting or time.monotonic() > deadline:
                break
            time.sleep(POLL_SECONDS)

        def outcome(job):
            if job['key'] not in self._begun:
                return 'lost', NOT_THERE
            if job['key'] in waiting:
                return 'refused', 'it was added and could not be enqueued: it is left stashed.'
            return self._word, None if job['key'] in here else 'it is gone by now.'

        noticed = []
        for key, task in here.items():
            difference = self._difference(self._by_key[key], task, ground) if key in stashed else None
            if difference:
                noticed.append('job %d had another %s as it was enqueued' % (task['id'], difference))
        known = _known(self._request) | set(self._begun.values())
        return self._answer(outcome, noticed + preconditions.same_work(ground, self._request['absent'], known, self._keys))

    def _take_back(self, stashed, why):
        """Removes what was added and must not run. What cannot be removed is left stashed, which never starts, and is named."""
        left = stashed
        if stashed:
            try:
                self._daemon.run(self._act, ['remove', '--', *(str(task['id']) for task in stashed.values())])
                left = {key: task for key, task in self._here(self._daemon.look_after()).items() if key in stashed}
            except (acts.Refused, OSError):
                pass  # Nobody can tell: all of them count as left.
        self._begun = {key: job for key, job in self._begun.items() if key in left or key not in stashed}

        def outcome(job):
            if job['key'] in left:
                return 'refused', why + ' It is left stashed.'
            if job['key'] in self._begun:
                return self._word, 'it was enqueued before: ' + why
            # Its key is gone where somebody else has started it: then it is no job that did not come about.
            return ('lost', NOT_THERE) if job['key'] in self._said - set(stashed) else ('refused', why)

        return self._answer(outcome)

    def _look_for(self, keys):
        """The queue once all jobs of these keys are in it, or a little later: a client that was ended may have asked for one."""
        deadline = time.monotonic() + APPEARS_SECONDS
        while True:
            last = time.monotonic() > deadline
            ground = self._daemon.look_after()
            if last or keys <= {task.get('mark') for task in ground.tasks.values()}:
                return ground
            time.sleep(POLL_SECONDS)

    def _here(self, ground):
        """Those of the jobs that are in the queue, by key."""
        found = {key: ground.at(number, created) for key, (number, created) in self._begun.items()}
        return {key: task for key, task in found.items() if task is not None}

    def _answer(self, outcome, noticed=()):
        added = []
        for job in self._jobs:
            word, why = outcome(job)
            number, created = self._begun.get(job['key'], (None, None))
            added.append({'key': job['key'], 'outcome': word, 'newId': number, 'createdAt': created, 'why': why})
        return {'targets': [], 'noticed': list(noticed), 'added': added}


def demand_ground(ground, request):
    """Raises acts.Refused unless all jobs that the decision rests on are as they were. Those of a snapshot may be gone, and
    must not live."""
    targets = list(request['ground'])
    for job in request['jobs']:
        source = job['source']
        if source is not None and job['snapshotId'] is None:
            targets.append(source)
        elif source is not None:
            task = ground.at(source['id'], source['createdAt'])
            if task is not None and grounds.state_of(task) in preconditions.IN_THE_WAY:
                raise acts.Refused('stale', what='job %d is %s by now.' % (source['id'], grounds.state_of(task)))
    ground.demand(targets)


def _demand_shape(jobs):
    """Raises acts.Refused where one could not be added at all."""
    keys = [job['key'] for job in jobs]
    if not jobs or len(set(keys)) < len(keys) or not all(isinstance(key, str) and KEY.match(key) for key in keys):
        raise acts.Refused('badAct')
    for at, job in enumerate(jobs):
        if not all(type(other) is int and 0 <= other < at for other in job['afterAdded']):
            raise acts.Refused('badAct')
        try:
            words = [word.encode('utf-8') for word in _arguments(job, job['after'])]
        except UnicodeEncodeError as error:
            raise acts.Refused('impossible', what='what it is to be is not UTF-8, which pueue cannot take') from error
        if any(b'\0' in word for word in words) or len(words[-1]) > LONGEST_WORD:
            raise acts.Refused('impossible', what='its command is longer than %d bytes or holds a zero' % LONGEST_WORD)


def _demand_files(ground, request):
    for job in request['jobs']:
        if not os.path.isabs(job['directory']) or not os.path.isdir(job['directory']):
            raise acts.Refused('stale', what='there is no directory %s.' % job['directory'])
    preconditions.demand_no_same_work(ground, request['absent'], _known(request))
    preconditions.demand_entries(request['unchanged'])
    for each in request['quarantine']:
        preconditions.demand_entries(each['entries'])


def _known(request):
    """Jobs that the person has seen and agreed to."""
    return {(target['id'], target['createdAt']) for target in request['ground']}


def _arguments(job, parents):
    """What the client is given. One word for the command: several would be joined (queue-recipes: pueue 3.x and 4.x)."""
    label = [] if job['label'] is None else ['--label=' + job['label']]
    return ['add', '--print-task-id', '--stashed', '--working-directory=' + job['directory'], '--group=' + job['group'],
            '--priority=%d' % job['priority'], *label, *('--after=%d' % number for number in parents), '--', job['command']]


def _expanded(job, ground):
    """What the shell is to see. The daemon replaces a first word that is an alias: only with what it was for the source."""
    source = job['source'] and ground.at(job['source']['id'], job['source']['createdAt'])
    if source:
        original, expanded = source.get('original_command'), source.get('command')
        word = job['command'].split(None, 1)[:1]
        if isinstance(original, str) and isinstance(expanded, str) and original.split(None, 1)[:1] == word:
            rest = original.split(word[0], 1)[1] if word else ''
            if expanded != original and expanded.endswith(rest):
                return job['command'].replace(word[0], expanded[:len(expanded) - len(rest)], 1)
    return job['command']


def _refused(jobs, moved, why):
    added = [{'key': job['key'], 'outcome': 'refused', 'newId': None, 'createdAt': None, 'why': why} for job in jobs]
    return {'targets': moved, 'noticed': [], 'added': added}
