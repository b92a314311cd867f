"""What deploy/ holds: read by the tools it is for where they are there, and by us in any case."""

import configparser
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from clinic.management.commands import up

DEPLOY = Path(settings.BASE_DIR, "deploy")
UNITS = sorted(DEPLOY.glob("systemd/*.service"))
NGINX = (DEPLOY / "nginx" / "run-ready.conf").read_text()
COMPOSE = (DEPLOY / "compose.yaml").read_text()
# Each hides or forbids something of the machine that the site does not need.
HARDENED = {
    "User": "run-ready",
    "NoNewPrivileges": "yes",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "PrivateDevices": "yes",
    "CapabilityBoundingSet": "",
    "UMask": "0077",
    "StateDirectoryMode": "0700",
}


def not_checked(tool: str, what: str) -> None:
    """Say on the terminal what was not checked because the tool is not here."""
    sys.__stdout__.write(f"\n{what}: not checked by {tool}, which is not on this machine\n")


def unit(path: Path) -> configparser.SectionProxy:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment]
    parser.read_string(path.read_text())
    return parser["Service"]


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.stem)
def test_a_unit_has_limits_and_reaches_no_more_than_it_needs(path: Path) -> None:
    service = unit(path)
    assert {name: service.get(name) for name in HARDENED} == HARDENED
    assert {"MemoryMax", "TasksMax", "SystemCallFilter"} <= set(service)
    assert service["EnvironmentFile"].startswith("/etc/run-ready/")


def test_the_units_start_what_up_starts() -> None:
    """Whatever `manage.py up` gives its children, the units give them too."""
    started = {child.name: child.command for child in up.children(3)}
    for name, child in (("web", "web"), ("worker", "worker"), ("beat", "clock")):
        command = unit(DEPLOY / "systemd" / f"run-ready-{name}.service")["ExecStart"].split()
        options = {one for one in started[child] if one.startswith("--")}
        assert options - {"--bind"} <= set(command), name
    assert "clinic.wsgi" in unit(DEPLOY / "systemd" / "run-ready-web.service")["ExecStart"]


def test_only_the_backup_reads_the_key_of_backups() -> None:
    readers = {path.stem for path in UNITS if "/etc/run-ready/backup.env" in path.read_text()}
    assert readers == {"run-ready-backup"}
    assert "OnCalendar=" in (DEPLOY / "systemd" / "run-ready-backup.timer").read_text()


def test_systemd_takes_the_units(tmp_path: Path) -> None:
    tool = shutil.which("systemd-analyze")
    if tool is None:
        not_checked("systemd-analyze", "deploy/systemd")
        return
    # The programs are those of this environment: those of the units are not installed here.
    here = str(Path(sys.executable).parent)
    for path in [*UNITS, *DEPLOY.glob("systemd/*.timer")]:
        text = path.read_text().replace("/opt/run-ready/.venv/bin", here)
        (tmp_path / path.name).write_text(text)
    done = subprocess.run(
        [tool, "verify", *map(str, sorted(tmp_path.iterdir()))],
        capture_output=True,
        text=True,
        check=False,
    )
    ours = [line for line in done.stderr.splitlines() if "run-ready" in line]
    assert (done.returncode, ours) == (0, [])


def test_the_proxy_writes_no_address_and_says_who_asks() -> None:
    (log_format,) = re.findall(r"log_format run_ready '([^']*)'", NGINX)
    assert not re.search(r"\$(request|uri|request_uri|http_referer|args)\b", log_format)
    for named in re.findall(r"access_log ([^;]+);", NGINX):
        assert named == "off" or named.endswith(" run_ready"), named
    # What is less than critical names the address.
    assert set(re.findall(r"error_log \S+ (\w+);", NGINX)) == {"crit"}
    private = re.search(r"location ~ \^/\(([^)]*)\)/ \{([^}]*)\}", NGINX)
    assert private is not None
    assert set(private[1].split("|")) == {"l", "calendar", "accounts/password/reset"}
    assert "access_log off;" in private[2]
    for header in (
        "Host $host", "X-Forwarded-For $remote_addr", "X-Forwarded-Proto $scheme",
    ):  # fmt: skip
        assert NGINX.count(f"proxy_set_header {header};") == 2, header
    assert "proxy_request_buffering on;" in NGINX
    assert re.findall(r"client_max_body_size (\w+);", NGINX) == ["1m", "1m", "33m"]
    assert "location = /accounts/import/ {\n        client_max_body_size 33m;" in NGINX


def test_nginx_takes_the_proxy(tmp_path: Path) -> None:
    tool, openssl = shutil.which("nginx", path=SBIN), shutil.which("openssl")
    if tool is None or openssl is None:
        not_checked("nginx", "deploy/nginx")
        return
    make_certificate(openssl, tmp_path)
    text = NGINX.replace("/etc/ssl/run-ready", str(tmp_path))
    (tmp_path / "site.conf").write_text(text.replace("/var/log/nginx", str(tmp_path)))
    whole = f"pid {tmp_path}/pid; error_log stderr; events {{}} http {{ include site.conf; }}"
    (tmp_path / "nginx.conf").write_text(whole)
    done = subprocess.run(
        [tool, "-t", "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "warn" not in done.stderr, done.stderr


# Where Debian has it, which is not on the path of everybody.
SBIN = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/homebrew/bin"


def make_certificate(openssl: str, folder: Path) -> None:
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-days", "2", "-subj", "/CN=clinic.example",
         "-addext", "subjectAltName=DNS:clinic.example",
         "-keyout", str(folder / "key.pem"), "-out", str(folder / "certificate.pem")],
        check=True,
        capture_output=True,
    )  # fmt: skip


def test_the_containers_are_limited_and_the_database_is_reached_from_inside_only() -> None:
    services = re.split(r"\n  (?=\w+:\n)", COMPOSE.partition("\nservices:")[2])
    by_name = {one.partition(":")[0].strip(): one for one in services}
    assert {"web", "worker", "beat", "database", "broker", "proxy"} <= set(by_name)
    for name in ("web", "worker", "beat", "database", "broker", "proxy"):
        assert "mem_limit:" in by_name[name], name
    for name in ("database", "broker"):
        assert "networks: [inside]" in by_name[name]
        assert "ports:" not in by_name[name]
    assert re.search(r"inside:\n    internal: true", COMPOSE)
    assert "${POSTGRES_PASSWORD:?" in COMPOSE


def test_compose_takes_the_file(tmp_path: Path) -> None:
    tools = (["docker", "compose"], ["docker-compose"], ["podman", "compose"])
    found = next((one for one in tools if _runs([*one, "version"])), None)
    if found is None:
        not_checked("docker compose", "deploy/compose.yaml")
        return
    shutil.copytree(DEPLOY, tmp_path / "deploy")
    shutil.copy(DEPLOY / "run-ready.env.example", tmp_path / "deploy" / "run-ready.env")
    done = subprocess.run(
        [*found, "-f", "deploy/compose.yaml", "config", "--quiet"],
        cwd=tmp_path,
        env={"PATH": SBIN, "POSTGRES_PASSWORD": "not-a-real-one", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def _runs(command: list[str]) -> bool:
    if shutil.which(command[0]) is None:
        return False
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_the_examples_hold_no_secret_and_name_what_a_start_needs() -> None:
    text = (DEPLOY / "run-ready.env.example").read_text()
    text += (DEPLOY / "backup.env.example").read_text()
    given = dict(re.findall(r"^([A-Z_]+)=(.*)$", text, re.MULTILINE))
    needed = {
        *("SECRET_KEY", "FIELD_KEYS", "DIGEST_KEY", "DATABASE_URL", "EMAIL_URL", "MAIL_FROM"),
        *("REDIS_URL", "BACKUP_KEY"),
    }
    assert {name for name, value in given.items() if not value} >= needed
    assert (given["SITE_URL"], given["PROXY_COUNT"]) == ("https://clinic.example", "1")
    documented = Path(settings.BASE_DIR, "docs", "operations.md").read_text()
    assert [name for name in given if f"`{name}`" not in documented] == []


def test_the_container_holds_the_product_and_nothing_else() -> None:
    text = (DEPLOY / "Containerfile").read_text()
    copied = {line.split()[1] for line in text.splitlines() if line.startswith("COPY")}
    assert copied == {
        *("requirements.txt", "manage.py", "clinic", "booking", "intake", "templates", "static")
    }
    assert "--require-hashes" in text
    assert "\nUSER run-ready\n" in text
