"""Acts of the program on the host against a model of the queue, with others that do something in between.

    python3 interleave.py <folder of the helper> <first seed> <how many> <folder for the journal>

Each seed is one story: a queue, what a person saw of it, what others did until the person had agreed, the act, and what
others did between its look and its command. The program under test is the real one, but for the client of pueue and the
clock. Prints one JSON line: how many of each outcome, and the first violations with their seeds.
"""
import collections
import json
import os
import random
import re
import sys
import threading
import types
import uuid

SOURCE, FIRST, COUNT, STATE = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
sys.path[:0] = [SOURCE, os.path.dirname(os.path.abspath(__file__))]
os.environ['XDG_STATE_HOME'] = STATE

import acts
import adding
import children
import emergency
import ending
import grounds
import journal
import locks
import preconditions
import processes
import pueue
import replay
import restarting
import savedlogs
import verbs
import model_queue
from model_queue import ModelQueue

JOB_VERBS = ('kill', 'pause', 'resume', 'stash', 'enqueue', 'remove')
LIVE = ('running', 'paused')
# What each verb is offered for, as the client does it.
OFFERED = {'kill': LIVE, 'pause': ('running',), 'resume': ('paused',), 'stash': ('queued',), 'enqueue': ('stashed', 'scheduled'),
           'remove': ('queued', 'stashed', 'scheduled') + tuple(grounds.RESULTS.values())}


class Violation(Exception):
    pass


class World:
    """The queue and its clock, which stands still unless somebody waits."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.queue = ModelQueue(self.random, self.random.choice((3, 4)))
        self.now = 0.0
        self.looks = 0
        self.in_window = []
        self.agreed = None
        self.differs_at_look = None
        # Creations of all jobs that were in a look: of one that came and went in between nobody can know.
        self.seen = set()
        self.first_ids = {}
        # How many commands the program does until it is killed, by halves: before or after the command; or None.
        self.commands_left = self.random.choice((0.5, 1, 1.5, 2, 2.5, 3)) if self.random.random() < 0.25 else None
        self.keeps_state = self.random.random() < 0.8

    def advance(self, seconds):
        self.now += max(seconds, 0.001)
        self.queue.tick()
        if self.random.random() < 0.03:
            self.queue.meddle()


class ModelClient(pueue.Pueue):
    """The client of pueue, answered by the model."""

    def __init__(self, world):
        super().__init__()
        self.world = world

    def environment(self, config):
        return {'HOME': '/'}

    def locate(self, asked, cancelled):
        return '/pueue', []

    def _ask(self, asked, config, cancelled):
        world = self.world
        world.looks += 1
        if world.looks == 1 and world.agreed is not None:
            world.differs_at_look = [each for each in world.agreed if face(world.queue, each['id']) != each]
        if world.looks == 1:
            world.first_ids = {task.created: task.id for task in world.queue.tasks.values()}
        world.seen.update(task.created for task in world.queue.tasks.values())
        text = bytearray(json.dumps(world.queue.status()).encode('utf-8'))
        # The window that pueue leaves open: between this look and what follows it.
        if world.random.random() < 0.4:
            world.in_window.append(world.queue.meddle())
        return {'version': 'pueue %s' % ('4.0.4' if world.queue.major == 4 else '3.4.1'), 'commands': [], 'complaints': [],
                'stopped': None}, text, world.now

    def trace(self, asked, config, jobs, released):
        found = [{'id': task.id, 'createdAt': task.created, 'start': task.start, 'total': 1, 'processes': [[7, 'b/7/7', 0.0, ['x']]]}
                 for task in self.world.queue.tasks.values() if task.kind == 'Done' and task.alive]
        return {'runs': found, 'shells': [], 'unseen': 0, 'refused': 0}

    def living(self, asked, config, keys, released):
        return []


def stamp_of(_):
    """The state file of the model changes with its queue."""
    return json.dumps(ModelProcess.world.queue.status()) if ModelProcess.world.keeps_state else None


grounds.Daemon.stamp = stamp_of


class Cut(BaseException):
    """The program on the host is killed."""


class ModelProcess:
    """Stands in for subprocess.Popen: the command is done at once, by the model."""

    world = None

    @classmethod
    def cut(cls):
        world = cls.world
        if world.commands_left is not None:
            world.commands_left -= 0.5
            if world.commands_left <= 0:
                world.commands_left = None
                raise Cut

    def __init__(self, argv, stdin=None, stdout=None, stderr=None, env=None, **_):
        words = [os.fsdecode(word) for word in argv]
        at = next(index for index, word in enumerate(words) if word in ('add', 'kill', 'pause', 'start', 'stash', 'enqueue',
                                                                        'remove', 'parallel', 'restart', 'status'))
        variables = {os.fsdecode(name): os.fsdecode(value) for name, value in (env or {}).items()}
        self.pid = 0
        self.cut()
        if words[at] == 'status':
            code, text = 0, json.dumps(self.world.queue.status())
        else:
            code, text = self.world.queue.client(words[at:], variables)
            if self.world.random.random() < 0.2:
                self.world.queue.meddle()
        stdout.write(text.encode('utf-8'))
        stdout.flush()
        self.returncode = code
        self.cut()

    def wait(self, *_):
        return self.returncode


def face(queue, number):
    """A job as a person sees it and agrees to."""
    task = queue.tasks.get(number)
    if task is None:
        return None
    document = json.loads(json.dumps(task.document(queue.major)))
    return {'id': number, 'createdAt': task.created, 'start': grounds.start_of(document), 'state': grounds.state_of(document)}


def populate(world):
    queue, choice = world.queue, world.random
    for number in range(choice.randrange(1, 9)):
        task = queue.add('python sweep.py --n %d' % (number % 4), '/', choice.choice(list(queue.groups)),
                         choice.choice((None, 'a@%d' % (number % 4))), {'A': str(number)},
                         [other for other in list(queue.tasks) if choice.random() < 0.1])
        if choice.random() < 0.2:
            task.kind = 'Stashed'
    for _ in range(choice.randrange(12)):
        queue.tick()
        queue.meddle()
    for task in list(queue.tasks.values()):
        if task.live and choice.random() < 0.4:
            task.finish(choice.choice((model_queue.SUCCESS, {'Failed': 1}, 'Killed')), choice.random() < 0.1)


def act_request(**more):
    return dict(more, op='x', act=str(uuid.UUID(int=random.getrandbits(128))), pueue=None, pueueConfig=None)


def choose(world):
    """What the person wants, as a request, with the function that does it."""
    queue, choice = world.queue, world.random
    faces = [face(queue, number) for number in queue.tasks]
    kind = choice.choice(('jobs', 'jobs', 'jobs', 'resume', 'group', 'clean', 'emergency', 'add', 'add', 'restart'))
    if kind == 'jobs':
        verb = choice.choice(JOB_VERBS)
        able = [each for each in faces if each['state'] in OFFERED[verb]]
        if not able:
            return None
        targets = choice.sample(able, choice.randrange(1, len(able) + 1))
        return verb, targets, act_request(verb=verb, targets=targets, graceMs=choice.choice((None, 0, 1000)), saveLogs=False), verbs.work
    if kind == 'resume':
        name = choice.choice([name for name, group in queue.groups.items() if group['status'] == 'Paused'] or [None])
        if name is None:
            return None
        targets = [each for each in faces if each['state'] == 'paused' and queue.tasks[each['id']].group == name]
        group = {'name': name, 'status': 'paused', 'parallel': queue.groups[name]['parallel_tasks']}
        return 'group', targets, act_request(verb='resume', group=group, parallel=None, targets=targets, saveLogs=False), verbs.work_on_group
    if kind == 'group':
        name, verb = choice.choice(list(queue.groups)), choice.choice(('drain', 'setParallel'))
        return 'group', [], act_request(verb=verb, group=group_face(queue, name), parallel=choice.randrange(1, 5), targets=[],
                                        saveLogs=False), verbs.work_on_group
    if kind == 'clean':
        name = choice.choice(list(queue.groups))
        targets = [each for each in faces if each['state'] in verbs.FINISHED and queue.tasks[each['id']].group == name]
        if not targets:
            return None
        return 'clean', targets, act_request(verb='clean', group=group_face(queue, name), parallel=None, targets=targets,
                                             saveLogs=False), verbs.work_on_group
    if kind == 'emergency':
        group = choice.choice((None, *queue.groups))
        targets = [each for each in faces if group in (None, queue.tasks[each['id']].group)]
        if not targets:
            return None
        return 'emergency', [], act_request(snapshotId=str(uuid.UUID(int=random.getrandbits(128))), group=group,
                                            targets=targets), emergency.work
    done = [each for each in faces if each['state'] in grounds.RESULTS.values() and not queue.tasks[each['id']].alive]
    if not done:
        return None
    sources = choice.sample(done, choice.randrange(1, min(3, len(done)) + 1))
    tasks = [queue.tasks[each['id']] for each in sources]
    same = {(task.path, task.command) for task in tasks}
    labels = {(task.group, without_retry(task.label)) for task in tasks if task.label is not None}
    blocking = [task for task in queue.tasks.values() if face(queue, task.id)['state'] in grounds.LIVE + grounds.WAITING and (
        (task.path, task.command) in same or task.label is not None and (task.group, without_retry(task.label)) in labels)]
    if blocking or len(same) < len(tasks) or len(labels) < sum(task.label is not None for task in tasks):
        return None  # The client refuses it before it is asked.
    absent = {'labels': [{'group': group, 'label': label} for group, label in labels],
              'commands': [{'directory': directory, 'command': command} for directory, command in same], 'withoutFlag': None}
    common = {'ground': [], 'absent': absent, 'quarantine': [], 'unchanged': [], 'untracedConsent': False}
    if kind == 'restart':
        return 'restart', sources, act_request(targets=sources, **common), restarting.work
    jobs = [{'key': str(uuid.UUID(int=random.getrandbits(128))), 'source': source, 'snapshotId': None, 'command': task.command,
             'directory': task.path, 'group': task.group, 'label': None if task.label is None else without_retry(task.label) + '-retry',
             'priority': task.priority, 'after': [], 'afterAdded': [], 'stashed': False, 'reason': 'it failed', 'refresh': False,
             'flagsAdded': []} for source, task in zip(sources, tasks)]
    return 'add', sources, act_request(jobs=jobs, **common), adding.work


def group_face(queue, name):
    group = queue.groups[name]
    return {'name': name, 'status': group['status'].lower(), 'parallel': group['parallel_tasks']}


def without_retry(label):
    return label[:-6] if label.endswith('-retry') else label


def story(seed, book):
    random.seed(seed)
    world = World(seed)
    populate(world)
    wanted = next(filter(None, (choose(world) for _ in range(20))), None)
    if wanted is None:
        return 'nothing to do'
    kind, targets, request, work = wanted
    changed_before = [world.queue.meddle() for _ in range(world.random.choice((0, 0, 0, 1, 1, 2, 4)))]
    world.agreed = targets
    ModelProcess.world = world
    clock = types.SimpleNamespace(monotonic=lambda: world.now, time=lambda: world.now, sleep=world.advance)
    for module in (acts, adding, emergency, ending, grounds, restarting, replay, pueue, locks):
        if hasattr(module, 'time'):
            module.time = clock
    cancelled = threading.Event()
    cancelled.wait = lambda seconds=None: world.advance(seconds or 0) or False
    daemon = grounds.Daemon(ModelClient(world), None, None, cancelled, dict)
    places = types.SimpleNamespace(states=[os.path.join(STATE, 'pueue', 'state.json')])
    keys = {job['key'] for job in request.get('jobs', ())}

    def perform():
        return acts.perform(request, kind, book, places, cancelled, lambda act: work(act, daemon, request))

    try:
        answer = perform()
    except Cut:
        return resolved(world, kind, targets, request, book, places, daemon, perform)
    world.commands_left = None
    changes = list(world.queue.changes)
    again = perform()
    # One that was refused before its intent was not begun at all: asked for again on good ground it may be done.
    if 'answer' in answer and ('answer' in again or len(world.queue.changes) != len(changes)):
        raise Violation('the same act began twice: %s' % again)
    resolution = acts.resolve(request['act'], book, places, cancelled, {})
    if 'answer' in answer and json.dumps(resolution.get('answer')) != json.dumps(
            {name: value for name, value in answer['answer'].items() if name != 'recorded'}):
        raise Violation('another answer is recorded: %s %s' % (resolution, answer))
    judge(world, kind, targets, request, answer, changes, changed_before)
    return '%s %s' % (kind, 'refused ' + answer['refused']['code'] if 'refused' in answer else 'answered')


def resolved(world, kind, targets, request, book, places, daemon, perform):
    """The program was killed in the middle: who asks again is told the truth, and nothing is done twice."""
    finishers = {'add': lambda act, what, records: adding.finish(act, what, records, daemon)}
    before = list(world.queue.changes)
    if world.random.random() < 0.5:
        world.queue.meddle()
    resolution = acts.resolve(request['act'], book, places, threading.Event(), finishers)
    if resolution['state'] not in ('begun', 'ended'):
        raise Violation('an act that was cut is told as %s' % resolution)
    if kind != 'add' and len(world.queue.changes) != len(before):
        raise Violation('asking what became of it did %s' % world.queue.changes[len(before):])
    if any(argv[0] == 'add' for argv, _ in world.queue.changes[len(before):]):
        raise Violation('asking what became of it added a job')
    if kind != 'add' and resolution['state'] != 'begun':
        raise Violation('an act that was cut has an end: %s' % resolution)
    said = resolution.get('commands') or resolution.get('answer', {}).get('commands', ())
    begun = [argv[0] for argv, _ in world.queue.changes]
    if resolution['state'] == 'begun' and len(said) < len(before):
        raise Violation('%s were done, and only %s are told' % (begun, said))
    for key, outcome in ((each['key'], each) for each in resolution.get('answer', {}).get('added', ())):
        here = [task for task in world.queue.tasks.values() if task.id == outcome['newId'] and task.created == outcome['createdAt']]
        if outcome['outcome'] == 'adopted' and outcome['why'] is None and (not here or here[0].kind == 'Stashed'):
            if not world.in_window:
                raise Violation('told as adopted and is not there, or waits: %s' % outcome)
    count = len(world.queue.changes)
    again = perform()
    if 'refused' not in again or len(world.queue.changes) != count:
        raise Violation('an act that was cut began again: %s' % again)
    return '%s cut, %s' % (kind, resolution['state'])


def judge(world, kind, targets, request, answer, changes, changed_before):
    refused = answer.get('refused')
    if world.differs_at_look:
        if changes or refused is None:
            raise Violation('acted on changed ground %s: %s %s' % (world.differs_at_look, changes, answer))
        return
    if refused is not None and changes:
        raise Violation('was refused and changed something: %s %s' % (refused, changes))
    if refused is not None and not changed_before and not world.in_window:
        raise Violation('was refused on good ground: %s' % refused)
    if kind == 'emergency' or request.get('verb') in ('drain', 'setParallel'):
        touched = [change for change in changes if change[1]]
        if touched:
            raise Violation('jobs were changed by an act on groups: %s' % touched)
    if kind == 'add':
        judge_added(world, request, answer)
    elif kind in (*JOB_VERBS, 'clean') and refused is None:
        judge_jobs(world, kind, targets, answer, changes)


def judge_added(world, request, answer):
    added = answer.get('answer', {}).get('added', [])
    for job, outcome in zip(request['jobs'], added):
        if outcome['outcome'] == 'added' and outcome['newId'] is None:
            raise Violation('an added job has no id: %s' % outcome)
    commands = [argv for argv, _ in world.queue.changes if argv[0] == 'add']
    if len(commands) > len(request['jobs']):
        raise Violation('more adds than jobs: %s' % commands)


def judge_jobs(world, kind, targets, answer, changes):
    own = {target['id'] for target in targets}
    told = {each['target']: each for each in answer['answer'].get('targets', ())}
    if set(told) != {str(number) for number in own}:
        raise Violation('not every target has an outcome: %s' % answer)
    agreed = {target['id']: target['createdAt'] for target in targets}
    noticed = answer['answer'].get('noticed', ())
    for argv, changed in changes:
        for number, created in changed:
            if number not in own:
                raise Violation('%s changed job %d, which nobody named' % (argv, number))
            # The id was given to another job in the window that pueue leaves open: that has to be told, by the id that it
            # had in the first look if it was there, else by the one that it has.
            if created in agreed.values() or created not in world.seen:
                continue
            ids = {number, world.first_ids.get(created)}
            if not any(re.search(r'\bjob %s\b' % each, words) for each in ids for words in noticed):
                raise Violation('%s hit another job %d in the window, and nothing is said: %s' % (argv, number, answer['answer']))
    for target in targets:
        outcome = told[str(target['id'])]
        now = face(world.queue, target['id'])
        is_same = now is not None and now['createdAt'] == target['createdAt'] and now['start'] == target['start']
        elsewhere = [task.id for task in world.queue.tasks.values() if task.created == target['createdAt']]
        if outcome['outcome'] == 'done' and kind in ('remove', 'clean') and elsewhere:
            raise Violation('%s is told as removed and is job %d: %s' % (target, elsewhere[0], outcome))
        if outcome['outcome'] == 'done' and kind in ('remove', 'clean', 'kill') and is_same and now['state'] in LIVE + (
                ('queued', 'stashed') if kind != 'kill' else ()):
            raise Violation('%s of %s is told as done: %s' % (kind, target, now))


def main():
    book = journal.Journal()
    os.makedirs(os.path.join(STATE, 'pueue'), exist_ok=True)
    acts.subprocess.Popen = ModelProcess
    os.fsync = lambda descriptor: None
    children.run = run_by_model
    savedlogs.SavedLogs = NoLogs
    counts, violations = collections.Counter(), []
    for seed in range(FIRST, FIRST + COUNT):
        try:
            counts[story(seed, book)] += 1
        except Exception as error:
            violations.append('%d: %s: %s' % (seed, type(error).__name__, str(error)[:600]))
            if not isinstance(error, Violation) and len(violations) < 3:
                import traceback
                traceback.print_exc()
    print(json.dumps({'stories': COUNT, 'counts': dict(sorted(counts.items())), 'violations': violations[:10],
                      'violated': len(violations)}))


class NoLogs:
    """What is saved of logs is tried on real daemons."""

    def __init__(self, *_):
        pass

    def of(self, _target):
        return NoLog()


class NoLog:
    """A run that has left no log."""

    path = None

    def copy(self):
        raise FileNotFoundError

    def demand_unchanged(self):
        return None


def run_by_model(argv, cancelled, environment=None, seconds=60, stdout_cap=0, stderr_cap=0, stdin=b''):
    text = json.dumps(ModelProcess.world.queue.status()).encode('utf-8')
    return children.Outcome(argv, 0, None, bytearray(text), bytearray(), 0)


if __name__ == '__main__':
    main()
