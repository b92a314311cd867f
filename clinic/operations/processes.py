"""Run a few child processes together: start them, restart one that ends, stop them all."""

import ctypes
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

logger = logging.getLogger("run_ready.processes")

# The number of this option in Linux's prctl.h.
PR_SET_PDEATHSIG = 1
TICK_SECONDS = 0.1
STOP_SECONDS = 10
# A child that ran this long was healthy: its restarts are counted from 0 again.
STEADY_SECONDS = 60
MOST_RESTARTS = 5

_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def die_with_parent(parent: int) -> None:
    """Have Linux end this process when the parent ends. Call it between fork and exec."""
    if _libc:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        # The parent may have ended before the kernel was asked.
        if os.getppid() != parent:
            os._exit(1)


def start(command: Sequence[str], **options: Any) -> subprocess.Popen[bytes]:
    """Start and return a process that ends with us, and that gets a Ctrl-C only from us."""
    parent = os.getpid()
    process: subprocess.Popen[bytes] = subprocess.Popen(  # noqa: S603 our own commands, no shell
        command,
        stdin=subprocess.DEVNULL,
        # A process group of its own, so that a Ctrl-C in the terminal does not reach it.
        start_new_session=True,
        preexec_fn=lambda: die_with_parent(parent),  # noqa: PLW1509  # we have one thread
        **options,
    )
    return process


def stop(processes: Sequence[subprocess.Popen[bytes]], seconds: float = STOP_SECONDS) -> None:
    """Terminate all the processes, wait at most `seconds` in all, then kill what is left."""
    for process in processes:
        process.terminate()
    end = time.monotonic() + seconds
    for process in processes:
        with suppress(subprocess.TimeoutExpired):
            process.wait(max(end - time.monotonic(), 0))
    for process in processes:
        process.kill()
        # The whole group: a killed parent may have left children of its own.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@dataclass
class Child:
    """A process to keep running. If a `vital` one ends, all are stopped."""

    name: str
    command: Sequence[str]
    vital: bool = False
    pass_fds: Sequence[int] = ()
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    restarts: int = 0
    start_again_at: float = 0.0

    def launch(self, environment: Mapping[str, str]) -> None:
        self.process = start(self.command, env=environment, pass_fds=self.pass_fds)
        self.started = time.monotonic()

    def plan_restart(self) -> float | None:
        """Plan a restart and return the seconds until then (1, 2, 4, 8, 16), or None to give up."""
        if time.monotonic() - self.started > STEADY_SECONDS:
            self.restarts = 0
        if self.vital or self.restarts >= MOST_RESTARTS:
            return None
        wait = 2.0**self.restarts
        self.restarts += 1
        self.start_again_at = time.monotonic() + wait
        return wait


@dataclass
class Supervisor:
    """Runs children in the foreground until a signal, or until one of them is given up."""

    children: Sequence[Child]
    environment: Mapping[str, str]
    stopping: bool = field(default=False, init=False)

    def run(self, on_tick: Callable[[], None]) -> bool:
        """Run until a signal (return True), or until a child is given up (return False).

        `on_tick` is called about ten times a second. The children are stopped in any case.
        """
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        try:
            for child in self.children:
                child.launch(self.environment)
            while not self.stopping:
                if not self._look_after_all():
                    return False
                on_tick()
                time.sleep(TICK_SECONDS)
            return True
        finally:
            stop([child.process for child in self.children if child.process])

    def _on_signal(self, number: int, frame: object) -> None:
        self.stopping = True

    def _look_after_all(self) -> bool:
        return all(self._look_after(child) for child in self.children)

    def _look_after(self, child: Child) -> bool:
        """Restart the child if it has ended and its time has come; return False to give it up."""
        if child.process is None:
            if time.monotonic() >= child.start_again_at:
                child.launch(self.environment)
            return True
        if child.process.poll() is None:
            return True
        # It has ended already: this kills what it left in its process group.
        stop([child.process], 0)
        code, child.process = child.process.returncode, None
        wait = child.plan_restart()
        if wait is None:
            logger.error("%s ended (code %s); stopping everything", child.name, code)
            return False
        logger.warning("%s ended (code %s); starting it again in %.0f s", child.name, code, wait)
        return True
