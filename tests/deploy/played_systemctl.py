#!/usr/bin/env python3
"""What `systemctl` is in the copy of a machine: starts the units' commands as their users."""

import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

UNITS, RUN, LOGS = Path("/etc/systemd/system"), Path("/run/units"), Path("/var/log/units")


def settings(name: str) -> list[tuple[str, str]]:
    lines = (UNITS / f"{name}.service").read_text().splitlines()
    return [tuple(line.split("=", 1)) for line in lines if "=" in line and line[0] != "#"]  # type: ignore[misc]


def start(name: str) -> None:
    if name == "nginx":
        sys.exit(subprocess.call(["nginx"]))
    if name.endswith(".timer"):
        print(f"{name}: enabled; no clock starts it here")
        return
    name = name.removesuffix(".service")
    given = settings(name)
    one = dict(given)
    environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"}
    for key, path in given:
        if key == "EnvironmentFile":
            for line in Path(path).read_text().splitlines():
                if "=" in line and not line.startswith("#"):
                    variable, _, value = line.partition("=")
                    environment[variable] = value.strip("'\"")
    state = Path("/var/lib", one["StateDirectory"])
    subprocess.run(
        ["install", "-d", "-o", one["User"], "-g", one["Group"], "-m", "0700", str(state)],
        check=True,
    )
    for folder in (RUN, LOGS):
        folder.mkdir(parents=True, exist_ok=True)
    with (LOGS / name).open("ab") as log:
        process = subprocess.Popen(
            shlex.split(one["ExecStart"]),
            cwd=one["WorkingDirectory"],
            env=environment,
            user=one["User"],
            group=one["Group"],
            extra_groups=[],
            umask=int(one["UMask"], 8),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    if one["Type"] == "oneshot":
        code = process.wait()
        if code:
            sys.exit(f"{name} failed: {(LOGS / name).read_text()}")
        return
    (RUN / name).write_text(str(process.pid))
    time.sleep(1)
    if process.poll() is not None:
        sys.exit(f"{name} ended: {(LOGS / name).read_text()}")


def stop(name: str) -> None:
    pid = RUN / name
    if not pid.exists():
        return
    number = int(pid.read_text())
    os.killpg(number, signal.SIGTERM)
    for _ in range(300):
        if not Path("/proc", str(number), "cmdline").exists():
            break
        if "Z" in Path("/proc", str(number), "stat").read_text().rpartition(")")[2].split()[0]:
            break
        time.sleep(0.1)
    pid.unlink()


def main(arguments: list[str]) -> None:
    verb, *rest = [one for one in arguments if not one.startswith("--")]
    if verb in ("enable", "start"):
        for name in rest:
            start(name)
    elif verb == "stop":
        for name in rest:
            stop(name)
    elif verb == "reload":
        # `nginx -t` leaves an empty one.
        pid = Path("/run/nginx.pid")
        running = pid.exists() and pid.read_text().strip()
        sys.exit(subprocess.call(["nginx", "-s", "reload"] if running else ["nginx"]))
    elif verb != "daemon-reload":
        sys.exit(f"systemctl {verb} is not played")


main(sys.argv[1:])
