"""A model of a pueue queue, in which everything takes no time and happens when the test says so.

It answers the command lines that the helper uses as pueue does (facts tried on 3.4.1 and 4.0.4), and others can act on it in
between. What a command of ours did to which task is written down, so that a test can say what must not have happened.
"""
import json

EPOCH = '2026-01-01T00:00:%02d.%09dZ'
SUCCESS = 'Success'


class Task:
    def __init__(self, queue, number, command, path, group, label, envs, dependencies=(), priority=0):
        self.queue = queue
        self.id = number
        self.created = queue.instant()
        self.command = command
        self.path = path
        self.group = group
        self.label = label
        self.envs = dict(envs)
        self.dependencies = sorted(dependencies)
        self.priority = priority
        self.kind = 'Queued'
        self.enqueue_at = None
        self.start = None
        self.end = None
        self.result = None
        # pueue reaps a killed task at its next tick only.
        self.dying = False
        # Whether processes of its last run live.
        self.alive = False
        # What it had to do with commands of ours, in words.
        self.touched = []

    @property
    def live(self):
        return self.kind in ('Running', 'Paused')

    def begin(self):
        self.kind, self.start, self.end, self.result, self.alive = 'Running', self.queue.instant(), None, None, True
        self.envs.update(PUEUE_GROUP=self.group, PUEUE_WORKER_ID='0')

    def finish(self, result, alive=False):
        self.kind, self.end, self.result, self.alive, self.dying = 'Done', self.queue.instant(), result, alive, False
        if self.start is None:
            self.start = self.end

    def document(self, major):
        enqueued = self.created
        base = {'id': self.id, 'created_at': self.created, 'original_command': self.command, 'command': self.command,
                'path': self.path, 'envs': self.envs, 'group': self.group, 'dependencies': self.dependencies,
                'priority': self.priority, 'label': self.label}
        if major >= 4:
            body = {'Queued': {'enqueued_at': enqueued}, 'Stashed': {'enqueue_at': self.enqueue_at},
                    'Running': {'enqueued_at': enqueued, 'start': self.start},
                    'Paused': {'enqueued_at': enqueued, 'start': self.start},
                    'Done': {'enqueued_at': enqueued, 'start': self.start, 'end': self.end, 'result': self.result}}
            return dict(base, status={self.kind: body[self.kind]})
        status = ({'Stashed': {'enqueue_at': self.enqueue_at}} if self.kind == 'Stashed' else
                  {'Done': self.result} if self.kind == 'Done' else self.kind)
        return dict(base, status=status, start=self.start, end=self.end, enqueued_at=enqueued, prev_status=self.kind)


class ModelQueue:
    def __init__(self, random, major=4):
        self.random = random
        self.major = major
        self.tasks = {}
        self.groups = {'default': {'status': 'Running', 'parallel_tasks': 2}, 'other': {'status': 'Running', 'parallel_tasks': 1}}
        self._clock = 0
        # Every command of ours that changed something, with the ids that it changed.
        self.changes = []

    def instant(self):
        self._clock += 1
        return EPOCH % (self._clock // 1000 % 60, self._clock)

    def status(self):
        return json.loads(json.dumps({'tasks': {str(number): self.tasks[number].document(self.major)
                                                for number in sorted(self.tasks)}, 'groups': self.groups}))

    # What happens by itself.

    def tick(self):
        for task in list(self.tasks.values()):
            if task.dying:
                task.finish('Killed', alive=task.alive == 'escaped')
        for name, group in self.groups.items():
            if group['status'] != 'Running':
                continue
            for task in sorted(self.tasks.values(), key=lambda task: (-task.priority, task.id)):
                if task.kind != 'Queued' or task.group != name:
                    continue
                parents = [self.tasks[number] for number in task.dependencies if number in self.tasks]
                if any(parent.kind == 'Done' and parent.result != SUCCESS for parent in parents):
                    task.finish('DependencyFailed')
                elif all(parent.kind == 'Done' for parent in parents) and self._free(name):
                    task.begin()

    def _free(self, name):
        slots = self.groups[name]['parallel_tasks']
        return slots == 0 or sum(task.live and task.group == name for task in self.tasks.values()) < slots

    # What the client does. Returns (exit code, text).

    def client(self, argv, env, ours=True):
        before = {number: self._face(task) for number, task in self.tasks.items()}
        code, text = self._client(argv, env)
        # Id and creation, which is the first part of a face.
        changed = [(number, self._face(task)[0]) for number, task in self.tasks.items() if before.get(number) != self._face(task)]
        changed += [(number, before[number][0]) for number in before if number not in self.tasks]
        if ours:
            self.changes.append((list(argv), changed))
        return code, text

    def _face(self, task):
        return task.created, task.kind, task.start, task.dying, task.enqueue_at

    def _client(self, argv, env):
        verb, rest = argv[0], list(argv[1:])
        flags, words = {}, []
        with_value = {'-s', '--signal', '-g', '--group', '-d', '--delay'}
        while rest:
            word = rest.pop(0)
            if word == '--':
                words += rest
                break
            if word.startswith('--') and '=' in word:
                name, _, value = word.partition('=')
                flags.setdefault(name, []).append(value)
            elif word in with_value and verb != 'add' and not (verb == 'restart' and word == '-s'):
                flags[word] = [rest.pop(0)]
            elif word.startswith('-'):
                flags[word] = [True]
            else:
                words.append(word)
        return getattr(self, '_' + verb)(flags, words, env)

    def _ids(self, words, allowed):
        numbers = [int(word) for word in words]
        good = [number for number in numbers if number in self.tasks and allowed(self.tasks[number])]
        bad = [number for number in numbers if number not in good]
        text = 'The command failed for tasks: %s' % ', '.join(map(str, bad)) if bad else 'ok'
        return good, (0 if good or not numbers else 1), text

    @staticmethod
    def _group_of(flags):
        for name in ('-g', '--group'):
            if name in flags:
                return flags[name][0]
        return None

    def _kill(self, flags, words, _env):
        assert words, 'kill without ids is kill of the whole default group'
        good, code, text = self._ids(words, lambda task: task.live and not task.dying)
        signal = (flags.get('-s') or flags.get('--signal') or ['sigkill'])[0]
        for number in good:
            task = self.tasks[number]
            if signal == 'sigterm' and (task.kind == 'Paused' or self.random.random() < 0.3):
                continue  # A stopped process does not see it, and some ignore it.
            if task.kind == 'Running' and signal == 'sigterm' and self.random.random() < 0.2:
                task.finish(SUCCESS)  # It handled the signal and ended well.
                continue
            task.dying = True
        return code, text

    def _pause(self, flags, words, _env):
        group = self._group_of(flags)
        if '--all' in flags or '-a' in flags or group is not None:
            wait = '--wait' in flags or '-w' in flags
            for name in self.groups if group is None else [group]:
                if name not in self.groups:
                    return 1, 'no group'
                self.groups[name]['status'] = 'Paused'
                for task in self.tasks.values():
                    if not wait and task.group == name and task.kind == 'Running':
                        task.kind = 'Paused'
            return 0, 'ok'
        assert words, 'pause without ids is pause of the whole default group'
        good, code, text = self._ids(words, lambda task: task.kind == 'Running')
        for number in good:
            self.tasks[number].kind = 'Paused'
        return code, text

    def _start(self, flags, words, _env):
        group = self._group_of(flags)
        if group is not None:
            if group not in self.groups:
                return 1, 'no group'
            self.groups[group]['status'] = 'Running'
            for task in self.tasks.values():
                if task.group == group and task.kind == 'Paused':
                    task.kind = 'Running'
            return 0, 'ok'
        assert words, 'start without ids is start of the whole default group'
        good, code, text = self._ids(words, lambda task: task.kind in ('Paused', 'Queued', 'Stashed'))
        for number in good:
            task = self.tasks[number]
            if task.kind == 'Paused':
                task.kind = 'Running'
            else:
                task.begin()
        return code, text

    def _stash(self, flags, words, _env):
        assert words, 'stash without ids'
        good, code, text = self._ids(words, lambda task: task.kind in ('Queued', 'Stashed'))
        for number in good:
            self.tasks[number].kind, self.tasks[number].enqueue_at = 'Stashed', None
        return code, text

    def _enqueue(self, flags, words, _env):
        assert words, 'enqueue without ids'
        good, code, text = self._ids(words, lambda task: task.kind == 'Stashed')
        for number in good:
            self.tasks[number].kind, self.tasks[number].enqueue_at = 'Queued', None
        return code, text

    def _remove(self, flags, words, _env):
        assert words, 'remove without ids'
        numbers = set(map(int, words))
        kept = {parent for task in self.tasks.values() if task.kind != 'Done' and task.id not in numbers
                for parent in task.dependencies}
        good, code, text = self._ids(words, lambda task: not task.live and task.id not in kept)
        for number in good:
            del self.tasks[number]
        return code, text

    def _parallel(self, flags, words, _env):
        self.groups[self._group_of(flags) or 'default']['parallel_tasks'] = int(words[0])
        return 0, 'ok'

    def _restart(self, flags, words, _env):
        assert ('--in-place' in flags) != ('--not-in-place' in flags), 'restart with neither or both flags'
        good, _, text = self._ids(words, lambda task: task.kind == 'Done')
        for number in good:
            task = self.tasks[number]
            if '--not-in-place' in flags:
                self.add(task.command, task.path, task.group, task.label, task.envs, (), task.priority)
                continue
            task.kind = 'Stashed' if '-s' in flags or '--stashed' in flags else 'Queued'
            task.start = task.end = task.result = None
        return 0, text

    def _add(self, flags, words, env):
        assert len(words) == 1, 'several words are joined by spaces'
        group = (flags.get('--group') or ['default'])[0]
        if group not in self.groups:
            return 1, 'no group'
        after = [int(number) for value in flags.get('--after', ()) for number in value.split()]
        if any(number not in self.tasks for number in after):
            return 1, 'no such dependency'
        task = self.add(words[0], (flags.get('--working-directory') or ['/'])[0], group, (flags.get('--label') or [None])[0],
                        env, after, int((flags.get('--priority') or ['0'])[0]))
        task.kind = 'Stashed' if '--stashed' in flags or '-s' in flags else 'Queued'
        return 0, '%d\n' % task.id

    def add(self, command, path, group, label, envs, dependencies=(), priority=0):
        number = max(self.tasks, default=-1) + 1
        task = self.tasks[number] = Task(self, number, command, path, group, label, envs, dependencies, priority)
        return task

    # What others do.

    def meddle(self):
        """One thing that somebody else, or the world, does. Returns it in words."""
        random = self.random
        tasks = list(self.tasks.values())
        task = random.choice(tasks) if tasks else None
        what = random.choice(('add', 'finish', 'kill', 'clean', 'switch', 'stash', 'enqueue', 'pause', 'resume', 'remove',
                              'restart', 'twin', 'tick', 'group'))
        if what == 'add':
            self.add('python other.py', '/', random.choice(list(self.groups)), None, {'A': '1'})
        elif what == 'twin' and task is not None:
            self.add(task.command, task.path, task.group, task.label, task.envs)
        elif what == 'finish' and task is not None and task.live:
            task.finish(random.choice((SUCCESS, {'Failed': 1})))
        elif what == 'kill' and task is not None and task.live:
            task.alive = random.choice((True, 'escaped'))
            task.dying = True
            self.tick()
        elif what == 'clean':
            done = [each for each in tasks if each.kind == 'Done']
            if done:
                self._remove({}, [str(each.id) for each in done], {})
        elif what == 'switch':
            still = [each for each in tasks if each.kind in ('Queued', 'Stashed')]
            if len(still) >= 2:
                one, two = random.sample(still, 2)
                one.id, two.id = two.id, one.id
                self.tasks[one.id], self.tasks[two.id] = one, two
        elif what in ('stash', 'enqueue', 'remove', 'pause') and task is not None:
            getattr(self, '_' + what)({}, [str(task.id)], {})
        elif what == 'resume' and task is not None and task.kind == 'Paused':
            task.kind = 'Running'
        elif what == 'restart' and task is not None:
            self._restart({'--in-place': [True]}, [str(task.id)], {})
        elif what == 'group':
            group = random.choice(list(self.groups.values()))
            group['status'] = 'Paused' if group['status'] == 'Running' else 'Running'
        else:
            self.tick()
        return what
