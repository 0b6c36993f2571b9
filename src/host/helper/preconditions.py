"""What must hold on the host right before jobs are queued: it comes as data from the client, and is looked at again by the
process that acts. Which of it is demanded is no decision of this program."""
import os
import re
import threading

import acts
import entries
import facts
import grounds

PATIENCE_SECONDS = 10
# What may still begin, or what it does is not known.
IN_THE_WAY = grounds.LIVE + grounds.WAITING + ('unknown',)
SATISFIABLE = grounds.LIVE + grounds.WAITING + ('stashed', 'succeeded')
ENDED_BY_FORCE = ('killed', 'errored')


def demand_no_same_work(ground, absent, known, ours=frozenset()):
    """Raises acts.Refused where a job that is live, waiting or not understood is the same work.

    `known`: pairs of id and creation that the person has seen and agreed to; `ours`: keys of jobs that this act has added.
    A stashed job with a key of ours is in the way too: an act whose answer was lost has left it, and it may yet be enqueued.
    """
    found = same_work(ground, absent, known, ours)
    if found:
        raise acts.Refused('stale', what=', '.join(found[:10]) + (', and more.' if len(found) > 10 else '.'))


def same_work(ground, absent, known, ours):
    """The same as facts, the end of a sentence each."""
    labels = {(each['group'], without_retry(each['label'])) for each in absent['labels']}
    flag = absent['withoutFlag']
    commands = {}
    for each in absent['commands']:
        commands.setdefault(compared_command(each['command'], flag), set()).add(os.path.realpath(each['directory']))
    found = []
    for number, task in sorted(ground.tasks.items()):
        state = grounds.state_of(task)
        left_over = state == 'stashed' and 'mark' in task
        if not (left_over or state in IN_THE_WAY) or task.get('mark') in ours or (number, task.get('created_at')) in known:
            continue
        label, command, path = task.get('label'), task.get('original_command'), task.get('path')
        if isinstance(label, str) and (task.get('group'), without_retry(label)) in labels:
            found.append('job %d has the same label and is %s' % (number, state))
        elif isinstance(command, str) and isinstance(path, str):
            directories = commands.get(compared_command(command, flag))
            if directories and os.path.realpath(path) in directories:
                found.append('job %d has the same command and is %s' % (number, state))
    return found


def demand_entries(listed):
    """Raises acts.Refused unless each entry of a directory is exactly as it was listed. Links are not followed."""
    changed = [(each['path'], word) for each, word in ((each, _change_of(each)) for each in listed) if word]
    if changed:
        more = ', and %d more' % (len(changed) - 1) if len(changed) > 1 else ''
        raise acts.Refused('stale', what='%s %s%s.' % (*changed[0], more))


def demand_parents(ground, parents, known):
    """Raises acts.Refused unless each is in the queue, is the job that was meant by its id (`known`: id and creation), and
    has not failed. pueue counts one that is gone as satisfied, and gives ids to other jobs."""
    created = {each['id']: each['createdAt'] for each in known}
    for number in parents:
        task = ground.tasks.get(number)
        meant = task is not None and created.get(number, task.get('created_at')) == task.get('created_at')
        state = grounds.state_of(task) if meant else 'gone' if task is None else 'another one'
        if state not in SATISFIABLE:
            raise acts.Refused('stale', what='job %d, which is to be waited for, is %s by now.' % (number, state))


def demand_no_process(daemon, ground, sources, consent):
    """Raises acts.Refused where a process of a run of one of them lives, by the tracer; or where processes cannot be traced
    and pueue ended one by force since the boot, unless the person has agreed to that (`consent`)."""
    traced = daemon.processes_of_ended(ground)
    if 'untraced' in traced:
        by_id = {run.key[0]: run for run in ground.runs}
        # What is in the queue under the id of a job that was removed says nothing of that one.
        open_ones = [source['id'] for source in sources if source['state'] in ENDED_BY_FORCE
                     and (source['id'] not in by_id or by_id[source['id']].key[1] != source['createdAt']
                          or by_id[source['id']].earliest is not None)]
        if open_ones and not consent:
            raise acts.Refused('untraced', what='job %d was ended by force, and whether a process of it lives cannot be told '
                                                '(%s).' % (open_ones[0], traced['untraced']))
        return
    created = {source['id']: source['createdAt'] for source in sources}
    gone = {number for number, at in created.items() if ground.at(number, at) is None}
    for run in traced['runs']:
        # Of a job that was removed no creation is known any more.
        if run['id'] in created and (run['createdAt'] == created[run['id']] or run['createdAt'] is None and run['id'] in gone):
            raise acts.Refused('survivors', what='process %d of job %d still lives.' % (run['processes'][0][0], run['id']))


def patiently(look):
    """Calls `look` in a thread: a directory on a dead network mount hangs in the kernel, and an act holds a lock. Raises what
    it raises, or acts.Refused where it does not come back."""
    raised = []

    def run():
        try:
            look()
        except Exception as error:
            raised.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(PATIENCE_SECONDS)
    if thread.is_alive():
        raise acts.Refused('unreadable', what='a directory does not answer')
    if raised:
        raise raised[0]


def _change_of(agreed):
    """What of an entry is no longer so, as the end of a sentence; None where it is the same."""
    try:
        return entries.Entry(agreed['path'], agreed['path'], agreed).difference(None)
    except OSError as error:
        return 'cannot be looked at (%s)' % facts.error_name(error)


def without_retry(label):
    return label[:-len('-retry')] if label.endswith('-retry') else label


def compared_command(command, flag):
    """A command as it is compared with others, by the rule of `comparedCommand` in the client: without the flag, its words
    told by blanks alone."""
    if flag is None:
        return command
    words = re.split(r'[ \t\n]+', command)
    return ' '.join(word for word in words if word and word != flag and not word.startswith(flag + '='))
