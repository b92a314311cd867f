"""`./dev proof operations`: run the steps of docs/operations.md on an empty machine.

The machine is this one with everything it holds, in a copy that is thrown away: a file system laid
over ours, and a network of its own in which all ports are free. Only what cannot be had in it is
played: apt (the packages must be here already) and systemd (the units are started as they say,
without the walls around them, which `systemd-analyze` reads in a test). It needs root on Linux.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
# The release that is upgraded.
BEFORE = "49a3815"
# From nothing, and from an installation of that release.
WAYS = ("install", "upgrade")
PROGRAMS = ("unshare", "chroot", "ip", "nginx", "redis-server", "openssl", "runuser", "psql")
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# Lays a file system over ours, and goes on in it.
ENTER = """
set -e
mount -t tmpfs tmpfs "$1"
mkdir "$1/upper" "$1/work" "$1/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/root"
mount -t proc proc "$1/root/proc"
mount --rbind /dev "$1/root/dev"
mount -t tmpfs tmpfs "$1/root/run"
mount --bind "$2" "$1/root/$2"
ip link set lo up
exec chroot "$1/root" sh -c 'cd "$1" && exec "$2" -m tests.deploy.inside "$3" "$4"' sh "$3" "$4" "$2" "$5"
"""  # noqa: E501


def prove(names: Sequence[str]) -> int:
    """Run the steps in these ways; return 0 if each leads where it should."""
    if problem := what_is_missing():
        print(f"The steps cannot be run here: {problem}", file=sys.stderr)
        return 1
    return max(run_in_a_copy(name) for name in names or WAYS)


def what_is_missing() -> str:
    """Return why the steps cannot be run on this machine, or nothing."""
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        return "it takes root on Linux."
    missing = [one for one in PROGRAMS if shutil.which(one, path=PATH) is None]
    if missing:
        return f"install {', '.join(missing)} first (Debian: nginx-light, postgresql, redis-server)"
    known = ["git", "-C", str(ROOT), "cat-file", "-e", f"{BEFORE}^{{commit}}"]
    if subprocess.run(known, check=False, capture_output=True).returncode:
        return f"the history with {BEFORE}, from which it upgrades, is not here."
    return ""


def run_in_a_copy(name: str) -> int:
    """Run one of the ways in a copy of this machine; return its exit code."""
    with tempfile.TemporaryDirectory(prefix="run-ready-proof-") as folder:
        brought, over = Path(folder, "brought"), Path(folder, "over")
        over.mkdir()
        bring(brought)
        command = ["unshare", "--mount", "--net", "--pid", "--fork", "sh", "-c", ENTER, "sh"]
        command += [str(over), str(brought), str(ROOT), sys.executable, name]
        environment = {"PATH": PATH, "HOME": "/root", "LANG": "C.UTF-8"}
        return subprocess.run(command, env=environment, check=False).returncode


def bring(folder: Path) -> None:
    """Bring what an empty machine would fetch: both releases, and the libraries they name."""
    new, old = folder / "new", folder / "old"
    for target in (new, old):
        target.mkdir(parents=True)
    listed = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others"]
    files = subprocess.check_output([*listed, "--exclude-standard"]).split(b"\0")
    for name in filter(None, (os.fsdecode(one) for one in files)):
        if not name.startswith("tests/") and (ROOT / name).is_file():
            (new / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, new / name)
    archive = subprocess.check_output(["git", "-C", str(ROOT), "archive", BEFORE])
    subprocess.run(["tar", "-x", "-C", str(old)], input=archive, check=True)
    # By the Python of the machine: another one may need other libraries.
    python = str(shutil.which("python3", path=PATH))
    subprocess.run([python, "-m", "venv", str(folder / "fetching")], check=True)
    pip = [str(folder / "fetching" / "bin" / "python"), "-m", "pip", "download", "--quiet"]
    for release in (new, old):
        subprocess.run(
            [*pip, "-r", str(release / "requirements.txt"), "-d", str(folder / "libraries")],
            check=True,
            stderr=subprocess.DEVNULL,
        )
    subprocess.run(["chmod", "-R", "a+rX", str(folder)], check=True)


if __name__ == "__main__":
    sys.exit(prove(sys.argv[1:]))
