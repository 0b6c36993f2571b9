"""Moves entries of checkpoint directories aside and back, and deletes what was moved aside long ago.

By rename only: nothing is copied, nothing is written over, no link is followed. Each entry is looked at right before it
is moved, and once more after: one that has changed in between is put back.
"""
import errno
import json
import os
import time

import acts
import entries
import facts
import grounds
import preconditions
import quarantined
import writers

KEPT_SECONDS = 7 * 24 * 3600


def work(act, daemon, request):
    """The act `entries`: `verb` is quarantine, restore or delete. `ground`: all jobs that are live, and those that the
    entries belong to; where one has changed, another one is live by now, or a process of one lives on, nothing is done."""
    verb, root, ground = (request.get(name) for name in ('verb', 'root', 'ground'))
    if verb not in VERBS or not isinstance(root, str) or not isinstance(ground, list):
        raise acts.Refused('badEntries')
    # What is deleted belongs to no job any more.
    if verb != 'delete':
        queue = daemon.look()
        queue.demand(ground)
        others = _others(queue, ground)
        if others:
            raise acts.Refused('stale', what='%s began meanwhile.' % others)
        # That it cannot be told here whether one lives is what the person was asked about.
        ended = [target for target in ground if target['state'] not in grounds.LIVE]
        preconditions.demand_no_process(daemon, queue, ended, True)
    listed = request.get('entries')
    try:
        targets = VERBS[verb](act, root, listed)
    except acts.Refused as refused:
        if not act.intended:
            raise
        # It stands in the journal that it begins; nothing was moved.
        why = ' '.join(str(part) for part in refused.answer.values())
        return {'targets': [{'target': each['path'], 'outcome': 'refused', 'why': why} for each in listed], 'noticed': []}
    answer = {'targets': targets, 'noticed': []}
    if verb == 'quarantine':
        answer['noticed'] += _written_since(root, answer['targets'])
    if verb != 'delete':
        answer['noticed'] += _begun_since(daemon, ground)
    return answer


def put(act, root, agreed):
    """Moves exactly these entries of a checkpoint directory into a fresh folder of its quarantine.

    Returns the outcome of each; for one that was moved `why` is its path by now. Raises acts.Refused before anything is
    moved: `stale` where one differs and `heldOpen` where a process has one open for writing, both before the intent of an act
    that has none yet; `noQuarantine` where there can be none.
    """
    listed = _parsed(agreed, root)
    place = quarantined.place_of(root)
    directory = _open(os.path.realpath(root))
    try:
        _demand((entry, entry.difference(directory)) for entry in listed)
        found = writers.look(os.path.realpath(root), {entry.name for entry in listed})
        if found is not None and found[0]:
            raise acts.Refused('heldOpen', what=writers.told(found[0]))
        if not act.intended:
            act.intend(_told(act, 'quarantine', root, listed))
        name = quarantined.folder_name(act.id, time.time())
        shelf, folder = _make_folder(act, root, place, name, directory, listed)
        try:
            targets = [_put_one(entry, directory, folder, os.path.join(place, name)) for entry in listed]
            _sync(folder, directory)
            _take_away_if_empty(place, shelf, name, folder)
            return targets
        finally:
            os.close(shelf)
            os.close(folder)
    finally:
        os.close(directory)


def put_all(act, wanted):
    """Puts aside what jobs must not resume from, after the intent of the act. Returns the outcome of each entry, and why not
    all of them are in quarantine, as the end of a sentence, or None: then none of the jobs may begin."""
    moved = []
    for each in wanted:
        try:
            moved += put(act, each['root'], each['entries'])
            act.note('quarantined', {'targets': moved})
        except acts.Refused as refused:
            said = refused.answer
            return moved, '%s: %s' % (each['root'], said.get('what') or said.get('error') or said['code'])
    left = [each for each in moved if each['outcome'] != 'done']
    return moved, '%s: %s' % (left[0]['target'], left[0]['why']) if left else None


def _put_one(entry, directory, folder, path):
    try:
        changed = entry.difference(directory)
        if changed is not None:
            return _outcome(entry, 'refused', changed)
        # Nobody else knows of the folder, so no name in it can be taken.
        os.rename(entry.name, entry.name, src_dir_fd=directory, dst_dir_fd=folder)
    except OSError as error:
        return _outcome(entry, 'failed', facts.error_name(error))
    moved = os.path.join(path, entry.name)
    try:
        status = os.stat(entry.name, dir_fd=folder, follow_symlinks=False)
        if entry.change(status) is None and (entry.kind == 'directory' or status.st_mtime == entry.modified):
            return _outcome(entry, 'done', moved)
        entries.move_to_free_name(entries.Entry(entry.path, entry.name, {
            'kind': entries.kind_of(status.st_mode), 'inode': None, 'bytes': None, 'modified': None}), folder, directory)
        return _outcome(entry, 'refused', 'changed while it was moved, and was put back')
    except OSError as error:
        return _outcome(entry, 'failed', '%s: what has this name by now is at %s' % (facts.error_name(error), moved))


def _restore(act, root, agreed):
    """Moves entries of the quarantine back to their names, where these are free."""
    place = quarantined.place_of(root)
    listed = _parsed_below(agreed, place)
    directory, shelf = _open(os.path.realpath(root)), None
    folders = {}
    try:
        shelf = _open(place)
        for name in listed:
            folders[name] = _open(name, shelf)
        _demand((entry, entry.difference(folders[name])) for name, found in listed.items() for entry in found)
        act.intend(_told(act, 'restore', root, [entry for found in listed.values() for entry in found]))
        targets = []
        for name, found in listed.items():
            targets += [_restore_one(entry, folders[name], directory, root) for entry in found]
            _sync(folders[name], directory)
            _take_away_if_empty(place, shelf, name, folders[name])
        return targets
    finally:
        for descriptor in [directory, shelf, *folders.values()]:
            if descriptor is not None:
                os.close(descriptor)


def _restore_one(entry, folder, directory, root):
    try:
        changed = entry.difference(folder)
        if changed is not None:
            return _outcome(entry, 'refused', changed)
        entries.move_to_free_name(entry, folder, directory)
    except FileExistsError:
        return _outcome(entry, 'refused', 'exists')
    except OSError as error:
        return _outcome(entry, 'failed', facts.error_name(error))
    return _outcome(entry, 'done', os.path.join(root.rstrip('/'), entry.name))


def _delete(act, root, agreed):
    """Removes entries of the quarantine that lie there for long, with all below them."""
    place = quarantined.place_of(root)
    listed = _parsed_below(agreed, place)
    shelf = _open(place)
    folders = {}
    try:
        for name in listed:
            folders[name] = _open(name, shelf)
            manifest = quarantined.read_manifest(folders[name])
            if manifest is None:
                raise acts.Refused('notOld', what='%s has no manifest that can be read' % name)
            if max(manifest['at'], quarantined.time_of(name)) > time.time() - KEPT_SECONDS:
                raise acts.Refused('notOld', what='%s is younger than 7 days' % name)
        _demand((entry, entry.difference(folders[name])) for name, found in listed.items() for entry in found)
        act.intend(_told(act, 'delete', root, [entry for found in listed.values() for entry in found]))
        targets = []
        for name, found in listed.items():
            targets += [_delete_one(entry, folders[name]) for entry in found]
            _sync(folders[name])
            _take_away_if_empty(place, shelf, name, folders[name])
        return targets
    finally:
        for descriptor in [shelf, *folders.values()]:
            os.close(descriptor)


def _delete_one(entry, folder):
    try:
        changed = entry.difference(folder)
        if changed is not None:
            return _outcome(entry, 'refused', changed)
        entries.remove_tree(folder, entry.name, os.fstat(folder).st_dev)
    except OSError as error:
        return _outcome(entry, 'failed', facts.error_name(error))
    return _outcome(entry, 'done', None)


VERBS = {'quarantine': put, 'restore': _restore, 'delete': _delete}


def _make_folder(act, root, place, name, directory, listed):
    """Makes a folder with its manifest. Returns the descriptors of the quarantine and of the folder."""
    shelf = folder = None
    try:
        try:
            os.mkdir(place, 0o700)
            _sync_path(os.path.dirname(place))
        except FileExistsError:
            pass
        shelf = os.open(place, entries.DIRECTORY_FLAGS)
        if os.fstat(shelf).st_dev != os.fstat(directory).st_dev:
            raise OSError(errno.EXDEV, 'EXDEV')
        os.mkdir(name, 0o700, dir_fd=shelf)
        folder = os.open(name, entries.DIRECTORY_FLAGS, dir_fd=shelf)
        _write_manifest(act, root, folder, listed)
        _sync(shelf)
        return shelf, folder
    except OSError as error:
        if folder is not None:
            _take_away_if_empty(place, shelf, name, folder)
            os.close(folder)
        if shelf is not None:
            os.close(shelf)
            try:
                os.rmdir(place)
            except OSError:
                pass  # Other things lie in it.
        raise acts.Refused('noQuarantine', error=facts.error_name(error)) from error


def _write_manifest(act, root, folder, listed):
    """What a person needs who finds the folder without us: what came from where, when, by whom and why."""
    manifest = {'version': 1, 'at': time.time(), 'user': facts.user_name(), 'act': act.id, 'verb': act.verb,
                'directory': os.path.realpath(root), 'configured': root,
                'entries': [{'name': entry.name, 'kind': entry.kind, 'inode': entry.inode, 'bytes': entry.size,
                             'modified': entry.modified} for entry in listed]}
    text = json.dumps(manifest, indent=1).encode('ascii')
    descriptor = os.open(quarantined.MANIFEST, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600, dir_fd=folder)
    with open(descriptor, 'wb') as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _take_away_if_empty(place, shelf, name, folder):
    """A folder in which nothing but our manifest lies is none; nor is a quarantine without a folder."""
    try:
        if set(os.listdir(folder)) <= {quarantined.MANIFEST}:
            try:
                os.unlink(quarantined.MANIFEST, dir_fd=folder)
            except FileNotFoundError:
                pass
            os.rmdir(name, dir_fd=shelf)
            os.rmdir(place)
    except OSError:
        pass  # It stays, and is listed.


def _parsed(agreed, root):
    """Direct entries of the directory. Raises acts.Refused where something else is named."""
    # The root of all has no sibling.
    if not os.path.isabs(root) or os.path.realpath(root) == '/' or not isinstance(agreed, list) or not agreed:
        raise acts.Refused('badEntries')
    found = [entries.Entry(each['path'], entries.name_in(each['path'], root), each) for each in agreed]
    if any(entry.name is None or entry.name.endswith(quarantined.SUFFIX) or entry.name == quarantined.MANIFEST
           for entry in found) or len({entry.name for entry in found}) < len(found):
        raise acts.Refused('badEntries')
    return found


def _parsed_below(agreed, place):
    """Entries of the quarantine by the folder that they lie in."""
    if not isinstance(agreed, list) or not agreed:
        raise acts.Refused('badEntries')
    found = {}
    for each in agreed:
        folder = os.path.dirname(each['path'])
        name = entries.name_in(folder, place)
        entry = entries.Entry(each['path'], entries.name_in(each['path'], folder), each)
        if name is None or quarantined.time_of(name) is None or entry.name in (None, quarantined.MANIFEST):
            raise acts.Refused('badEntries')
        found.setdefault(name, []).append(entry)
    return found


def _open(path, directory=None):
    try:
        return os.open(path, entries.DIRECTORY_FLAGS, dir_fd=directory)
    except OSError as error:
        raise acts.Refused('stale', what='%s cannot be opened (%s).' % (path, facts.error_name(error))) from error


def _demand(looked):
    changed = ['%s %s' % (entry.name, difference) for entry, difference in looked if difference is not None]
    if changed:
        more = ', and %d more' % (len(changed) - 10) if len(changed) > 10 else ''
        raise acts.Refused('stale', what=', '.join(changed[:10]) + more + '.')


def _told(act, verb, root, listed):
    """For the journal: what is about to be moved, and from where."""
    return {'entries': verb, 'directory': root, 'paths': [entry.path for entry in listed],
            'folder': quarantined.folder_name(act.id, time.time()) if verb == 'quarantine' else None}


def _outcome(entry, outcome, why):
    return {'target': entry.path, 'outcome': outcome, 'why': why}


def _others(queue, ground):
    """Live jobs beyond those that are known, as the beginning of a sentence; empty where there are none."""
    known = {target['id'] for target in ground}
    live = [number for number, task in sorted(queue.tasks.items())
            if number not in known and grounds.state_of(task) in grounds.LIVE + ('unknown',)]
    return 'job ' + ', '.join(map(str, live[:10])) if live else ''


def _begun_since(daemon, ground):
    """What became of the queue in the window that pueue leaves open."""
    try:
        queue = daemon.look_after()
    except acts.Refused:
        return ['The queue could not be read afterwards.']
    others = _others(queue, ground)
    changed = queue.differences(ground)
    return (['%s began while the entries were moved.' % others] if others else []) + (
        ['Meanwhile %s' % grounds.told(changed)] if changed else [])


def _written_since(root, targets):
    """What is written to although it was moved: its program opened it between the look and the move."""
    noticed = []
    folders = {}
    for each in targets:
        if each['outcome'] == 'done':
            folder, name = os.path.split(each['why'])
            folders.setdefault(folder, set()).add(name)
    for folder, names in folders.items():
        found = writers.look(folder, names)
        if found is None:
            noticed.append('This host does not show which process has a file open, so that was not looked at.')
        elif found[0]:
            noticed.append('In quarantine %s.' % writers.told(found[0]))
        if found is not None and found[1]:
            noticed.append('Processes of this user whose open files could not be looked at: %d.' % found[1])
    return noticed


def _sync(*descriptors):
    for descriptor in descriptors:
        try:
            os.fsync(descriptor)
        except OSError:
            pass  # Some file systems have no such thing for directories. What was moved is moved.


def _sync_path(path):
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        _sync(descriptor)
    finally:
        os.close(descriptor)
