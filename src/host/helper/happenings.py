"""What happened to jobs between a look and the effect of an act. Jobs are told apart by their creation: an id is no name, since
pueue switches ids and gives the ids of removed jobs anew; so an act can hit a job that nobody meant, and that is said here."""
import grounds

CAP = 20


def between(ground, after, targets):
    """Ids and states, and no other text. Of the targets of the act only that they are under another id, or in another run."""
    own = {target['createdAt'] for target in targets}
    before = {task.get('created_at'): task for task in ground.tasks.values()}
    said = []
    for created, task in before.items():
        number, now = task['id'], after.job({'id': task['id'], 'createdAt': created})
        if now is None:
            if created not in own:
                said.append((number, 'job %d was removed' % number))
            continue
        words = [] if now['id'] == number else ['is job %d by now' % now['id']]
        if grounds.start_of(task) not in (None, grounds.start_of(now)):
            words.append('was started again and is %s' % grounds.state_of(now))
        elif created not in own and (grounds.state_of(task), grounds.start_of(task)) != (
                grounds.state_of(now), grounds.start_of(now)):
            words.append('was %s and is %s' % (grounds.state_of(task), grounds.state_of(now)))
        if words:
            said.append((number, 'job %d %s' % (number, ' and '.join(words))))
    said += [(number, 'job %d was added and is %s' % (number, grounds.state_of(task)))
             for number, task in after.tasks.items() if task.get('created_at') not in before]
    told = [words for _, words in sorted(said)]
    return told[:CAP] + (['%d more jobs changed' % (len(told) - CAP)] if len(told) > CAP else [])
