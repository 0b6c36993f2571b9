"""Environments that jobs are given: of another job, of a snapshot of an emergency stop, or of a login shell. Values never
leave this program; only names do, where a person wants to know in what two of them differ."""
import json
import os
import re

import acts
import children
import facts
import journal

SNAPSHOT_ID = re.compile(r'[0-9A-Za-z][0-9A-Za-z._-]{0,99}\Z')
SNAPSHOT_CAP = 1 << 30
LOGIN_SECONDS = 10
OUTPUT_CAP = 16 << 20
NAMES_CAP = 500
# What a login itself has. The window's own program may run on this very host, and its variables are no concern of a job.
OF_LOGIN = re.compile(r'(HOME|USER|LOGNAME|SHELL|PATH|LANG|LC_[A-Z]+|TZ|XDG_RUNTIME_DIR|DBUS_SESSION_BUS_ADDRESS|SSH_[A-Z_]+)\Z')
# Differs from one login to the next, or is set by shells and by pueue at each start.
NOISE = re.compile(r'(SSH_[A-Z_]+|PWD|OLDPWD|SHLVL|_|TERM|PUEUE_GROUP|PUEUE_WORKER_ID|XDG_SESSION_[A-Z]+|XDG_VTNR|XDG_SEAT'
                   r'|WINDOWID|LS_COLORS|INVOCATION_ID|JOURNAL_STREAM)\Z')
# `env -0` is in coreutils, busybox and BSD; the other way is Linux.
SCRIPT = "printf '%%s\\000' %s; env -0 2>/dev/null || cat /proc/self/environ; printf '%%s\\000' %s"


def of_task(task):
    """That of a job of the queue. Raises acts.Refused where there is none."""
    environment = task.get('envs')
    if not isinstance(environment, dict) or not all(isinstance(value, str) for value in environment.values()):
        raise acts.Refused('unreadable', what='the status holds no environment of job %s' % task.get('id'))
    return environment


def snapshot_jobs(snapshot_id):
    """The jobs of a snapshot by id and creation. Raises acts.Refused where it cannot be read."""
    if not SNAPSHOT_ID.match(snapshot_id):
        raise acts.Refused('unreadable', what='the snapshot has no usable name')
    path = os.path.join(journal.directory(), 'snapshots', snapshot_id + '.json')
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        with open(descriptor, encoding='utf-8') as file:
            if os.fstat(descriptor).st_uid != os.getuid():
                raise acts.Refused('unreadable', what='the snapshot is of another user')
            jobs = json.loads(file.read(SNAPSHOT_CAP))['jobs']
            return {(job['id'], job['createdAt']): job for job in jobs}
    except OSError as error:
        raise acts.Refused('unreadable', what='the snapshot cannot be read (%s)' % facts.error_name(error)) from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise acts.Refused('unreadable', what='the snapshot is damaged') from error


def of_snapshot(job):
    environment = job.get('environment')
    if not isinstance(environment, dict) or not all(isinstance(value, str) for value in environment.values()):
        raise acts.Refused('unreadable', what='the snapshot holds no environment of job %s' % job.get('id'))
    return environment


def of_login_shell(cancelled):
    """What a fresh login shell gives to its programs. Startup files may print and may leave programs behind: only what stands
    between two fences counts. Raises acts.Refused where there is no whole answer."""
    fence = 'env' + os.urandom(16).hex()
    shell = os.environ.get('SHELL') or '/bin/sh'
    flag = '-c' if shell.endswith('csh') else '-lc'
    end = fence.encode('ascii') + b'\0'
    own = {name: value for name, value in os.environ.items() if OF_LOGIN.match(name)}
    try:
        outcome = children.run([shell, flag, SCRIPT % (fence, fence)], cancelled, environment=own, seconds=LOGIN_SECONDS,
                               stdout_cap=OUTPUT_CAP, is_whole=lambda text: text.count(end) == 2)
    except OSError as error:
        raise acts.Refused('unreadable', what='no login shell can be run (%s)' % facts.error_name(error)) from error
    parts = bytes(outcome.stdout).split(end)
    if len(parts) != 3:
        late = ' within %d s' % LOGIN_SECONDS if outcome.stopped == 'timeout' else ''
        raise acts.Refused('unreadable', what='a login shell did not tell its environment' + late)
    pairs = [pair.split(b'=', 1) for pair in parts[1].split(b'\0') if b'=' in pair]
    found = {}
    for name, value in pairs:
        try:
            found[name.decode('utf-8')] = value.decode('utf-8')
        except UnicodeDecodeError:
            continue  # pueue's client takes none but UTF-8: it ends without adding anything (std::env::vars).
    found.pop('_', None)
    return found


def compare(job, login):
    """The names that a job's environment and that of a login shell do not share with the same value. What always differs is
    told apart."""
    message = {'onlyJob': [], 'onlyLogin': [], 'changed': [], 'noise': [], 'more': 0}
    for name in sorted(set(job) | set(login)):
        if job.get(name) == login.get(name):
            continue
        kind = ('noise' if NOISE.match(name) else 'onlyJob' if name not in login else
                'onlyLogin' if name not in job else 'changed')
        if len(message[kind]) < NAMES_CAP:
            message[kind].append(name[:200])
        else:
            message['more'] += 1
    return message


def differences(daemon, jobs):
    """The names in which jobs, of the queue or of a snapshot, differ from a login shell: one message each, or None where the
    job is not there any more."""
    ground = daemon.look({job['id'] for job in jobs if job.get('snapshotId') is None})
    login = of_login_shell(daemon.cancelled)
    saved = {snapshot_id: snapshot_jobs(snapshot_id) for snapshot_id in {job.get('snapshotId') for job in jobs} - {None}}
    found = []
    for job in jobs:
        if job.get('snapshotId') is None:
            task = ground.at(job['id'], job.get('createdAt'))
            found.append(task and compare(of_task(task), login))
        else:
            kept = saved[job['snapshotId']].get((job['id'], job.get('createdAt')))
            found.append(kept and compare(of_snapshot(kept), login))
    return found


def encoded(environment):
    """As a program takes it, whatever the locale of this one is. Raises ValueError where that cannot be."""
    return {name.encode('utf-8'): value.encode('utf-8') for name, value in environment.items()}
