"""Ends runs of jobs: what counts is that no process of them lives, since pueue calls a job killed once its shell is dead.

SIGTERM comes first where a grace time is given, to paused jobs too, which see it only once they go on. What has left the
process group of its job is not reached by pueue: it is signalled here, by pid and start of the process.
"""
import os
import signal
import time

import acts
import facts
import grounds
import processes

POLL_SECONDS = 0.05
# pueue 4.0 notices the end of a job after up to 0.3 s; a process that hangs in the kernel ends when that lets it go.
END_SECONDS = 10
# How long pueue is given for those that it can reach itself.
REACH_SECONDS = 1


class Ending:
    """One kill of some runs. `targets`: what the person agreed to; of those that pueue calls ended, processes still live."""

    def __init__(self, act, daemon, ground, targets):
        self._act = act
        self._daemon = daemon
        self._ground = ground
        self._targets = targets
        self._keys = {(target['id'], target['createdAt'], target['start']): target['id'] for target in targets}
        self._signalled = set()

    def run(self, grace_seconds):
        """Ends them, and returns the last look with the live processes of each job by its id, or None for these where they
        cannot be traced. `grace_seconds`: None for SIGKILL at once."""
        ids = sorted(target['id'] for target in self._targets if target['state'] in grounds.LIVE)
        living = self._living()
        if grace_seconds is not None:
            self._ask(ids, living)
            self._wait(grace_seconds)
            if self._daemon.cancelled.is_set():
                return self._daemon.look_after(), self._by_job(self._living())
        return self._force()

    def _ask(self, ids, living):
        """SIGTERM, by pueue to the process groups of the jobs and by us to whatever has left them."""
        if ids:
            self._daemon.run(self._act, ['kill', '--signal', 'sigterm', '--', *map(str, ids)])
        paused = sorted(target['id'] for target in self._targets if target['state'] == 'paused')
        if paused:
            self._daemon.run(self._act, ['start', '--', *map(str, paused)])
        groups = {process.group for process, key in living or () if self._keys[key] in ids and _is_shell(process)}
        for process, _ in living or ():
            if process.group not in groups:
                self._signal(process, signal.SIGTERM)

    def _wait(self, seconds):
        """Until no process of them lives, or pueue has no live one where processes cannot be traced, or the time is over."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and not self._daemon.cancelled.wait(POLL_SECONDS):
            living = self._living(anew=False)
            if living is None:
                if not self._live_ids(self._daemon.look_after()):
                    return
            elif not living and not self._living():
                return

    def _force(self):
        """SIGKILL, until nothing is left or it has been tried for long enough."""
        began = time.monotonic()
        told = set()
        while True:
            ground = self._daemon.look_after()
            living = self._living(ground)
            live = self._live_ids(ground)
            spent = time.monotonic() - began
            if not live and not living or spent > END_SECONDS:
                return ground, self._by_job(living)
            # pueue notices up to 0.3 s later that the last process of a job has ended: such a job needs no signal.
            seen = live if living is None or spent > REACH_SECONDS else {self._keys[key] for _, key in living}
            new = sorted(live & seen - told)
            if new:
                told.update(new)
                self._daemon.run(self._act, ['kill', '--', *map(str, new)])
            for process, key in living or ():
                if self._keys[key] not in live or spent > REACH_SECONDS:
                    self._signal(process, signal.SIGKILL)
            time.sleep(POLL_SECONDS)

    def _living(self, ground=None, anew=True):
        return self._daemon.living(ground or self._ground, self._keys, anew)

    def _live_ids(self, ground):
        """Jobs that still have the very run that is to be ended. One that began meanwhile is another."""
        return {target['id'] for target in self._targets if _is_same_run(ground, target)
                and grounds.state_of(ground.tasks[target['id']]) in grounds.LIVE}

    def _by_job(self, living):
        if living is None:
            return None
        found = {}
        for process, key in living:
            found.setdefault(self._keys[key], []).append(process)
        return found

    def _signal(self, process, number):
        """One signal of each kind to each process, and to no later one that got its pid."""
        if (process.identity, number) in self._signalled:
            return
        self._signalled.add((process.identity, number))
        argv = ['kill', '-' + signal.Signals(number).name[3:], str(process.pid)]
        self._act.note(acts.COMMAND, {'argv': argv, 'life': process.life(facts.boot_id())})
        began = time.monotonic()
        sent = send(process, number)
        self._act.commands.append({'argv': argv, 'code': 0 if sent else 1, 'signal': None,
                                   'ms': int(round((time.monotonic() - began) * 1000))})


def send(process, number):
    """Signals exactly this process. Returns whether it was there and let itself be signalled."""
    descriptor = None
    try:
        if hasattr(os, 'pidfd_open') and hasattr(signal, 'pidfd_send_signal'):
            try:
                descriptor = os.pidfd_open(process.pid)
            except OSError:
                # Before Linux 5.3, or forbidden to this program: the look right before has to do.
                descriptor = None
        found = processes.find(process.pid)
        if found is None or found.identity != process.identity:
            return False
        if descriptor is None:
            os.kill(process.pid, number)
        else:
            signal.pidfd_send_signal(descriptor, number)
        return True
    except OSError:
        return False
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _is_shell(process):
    """The shell of a run leads its process group and is a child of the daemon (pueue 3.x and 4.x)."""
    parent = processes.find(process.parent)
    return process.pid == process.group and parent is not None and parent.name == b'pueued'


def _is_same_run(ground, target):
    task = ground.at(target['id'], target['createdAt'])
    return task is not None and grounds.start_of(task) == target['start']
