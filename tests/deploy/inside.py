"""What runs in the copy of a machine: the steps as they stand, then a browser over TLS.

`python -m tests.deploy.inside FOLDER install` or `… upgrade`, in what `tests.deploy.machine` made.
"""

import os
import re
import secrets
import shutil
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

HOST = "clinic.example"
SITE = f"https://{HOST}"
ENV = Path("/etc/run-ready/env")
LOGS = (Path("/var/log/nginx"), Path("/var/log/units"))
MAIL_PORT = 2525


class Machine:
    """The copy: its servers, and the shell that runs the steps in the folder of a release."""

    def __init__(self, brought: Path) -> None:
        self.brought = brought
        self.began = time.monotonic()

    def say(self, words: str) -> None:
        print(f"{time.monotonic() - self.began:6.0f} s  {words}", flush=True)

    def shell(self, script: str, *, release: str = "new") -> str:
        """Run the lines as root in the folder of a release, all of them; return what they said."""
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=self.brought / release,
            # As root has it, and nothing of ours.
            env={
                "PATH": os.environ["PATH"],
                "HOME": "/root",
                "LANG": "C.UTF-8",
                # What an empty machine fetches by pip was brought along.
                "PIP_NO_INDEX": "1",
                "PIP_FIND_LINKS": str(self.brought / "libraries"),
                "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode:
            raise SystemExit(f"This failed:\n{script}\nIt said:\n{done.stdout[-4000:]}")
        return done.stdout

    def prepare(self) -> None:
        """Make what a machine has before the first step: no user and no folder of ours."""
        for path in ("/opt/run-ready", "/etc/run-ready", "/var/lib/run-ready"):
            assert not Path(path).exists(), f"{path} is there already"
        played = {
            "apt-get": '#!/bin/sh\necho "apt-get $* is not run: the packages are here"\n',
            "systemctl": (Path(__file__).parent / "played_systemctl.py").read_text(),
        }
        for name, text in played.items():
            path = Path("/usr/local/sbin", name)
            path.write_text(text)
            path.chmod(0o755)
        with Path("/etc/hosts").open("a") as hosts:
            hosts.write(f"\n127.0.0.1 localhost {HOST}\n")
        for left in ("/etc/nginx/sites-enabled/default",):
            Path(left).unlink(missing_ok=True)
        self.start_servers()

    def start_servers(self) -> None:
        """Start PostgreSQL as Debian does, Redis, and a mail server that keeps what it takes."""
        programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1]
        script = f"""
        install -d -o postgres -g postgres /var/run/postgresql /var/lib/postgresql/empty
        as() {{ runuser -u postgres -- "$@"; }}
        as {programs}/initdb -D /var/lib/postgresql/empty/data --encoding UTF8 --locale C.UTF-8 \\
            --auth-local peer --auth-host scram-sha-256 >/dev/null
        as {programs}/pg_ctl -D /var/lib/postgresql/empty/data -w -l /tmp/postgresql.log start
        redis-server --daemonize yes --bind 127.0.0.1 --save '' --dir /tmp >/dev/null
        """
        self.shell(script)

    def certificate(self) -> None:
        self.shell(f"""
        install -d /etc/ssl/run-ready
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 \\
            -subj /CN={HOST} -addext subjectAltName=DNS:{HOST} \\
            -keyout /etc/ssl/run-ready/key.pem -out /etc/ssl/run-ready/certificate.pem 2>&1
        """)

    def fill_in(self) -> None:
        """Write by hand what step 3 says is written by hand."""
        text = ENV.read_text()
        for name, value in (
            ("SITE_URL", SITE),
            ("EMAIL_URL", f"smtp://127.0.0.1:{MAIL_PORT}"),
            ("MAIL_FROM", f"mail@{HOST}"),
        ):
            text, count = re.subn(rf"^{name}=.*$", f"{name}={value}", text, flags=re.MULTILINE)
            assert count == 1, name
        ENV.write_text(text)

    def answers(self, path: str) -> tuple[int, str]:
        """Return the status and the text of a page, asked for over TLS."""
        trusted = ssl.create_default_context(cafile="/etc/ssl/run-ready/certificate.pem")
        try:
            with urllib.request.urlopen(f"{SITE}{path}", context=trusted, timeout=30) as answer:
                return answer.status, answer.read().decode(errors="replace")
        except urllib.error.HTTPError as error:
            return error.code, ""

    def wait_until_it_answers(self) -> None:
        end = time.monotonic() + 180
        while True:
            try:
                if self.answers("/")[0] == 200:
                    return
            except OSError:
                pass
            if time.monotonic() > end:
                raise SystemExit("The site does not answer over TLS.")
            time.sleep(0.5)

    def wait_until_mail_goes(self) -> None:
        end = time.monotonic() + 300
        while self.answers("/health/mail")[0] != 200:
            if time.monotonic() > end:
                raise SystemExit("The worker sends no mail.")
            time.sleep(1)

    def count(self) -> str:
        """Return how many rows there are of what an upgrade must not change."""
        path = Path("/tmp/counts.sql")
        path.write_text(COUNTS)
        told = self.shell(f"chmod 0644 {path}; runuser -u postgres -- psql -At run_ready -f {path}")
        return ", ".join(line.replace("|", " ") for line in told.splitlines() if "|" in line)

    def show_logs(self) -> None:
        """Print the end of what the units and the proxy logged, for whoever looks for a fault."""
        for path in (path for folder in LOGS for path in sorted(folder.rglob("*"))):
            if path.is_file():
                print(f"== {path}\n{path.read_text(errors='replace')[-2000:]}", flush=True)


def install(machine: Machine, sink: Any) -> None:
    """From an empty machine to a booked visit over TLS, by the steps as they stand."""
    from tests.deploy.steps import steps, two_users  # noqa: PLC0415
    from tests.deploy.steps import upgrade as upgrading  # noqa: PLC0415

    machine.prepare()
    machine.certificate()
    said = ""
    for step in steps():
        said = machine.shell(step.script)
        machine.say(f"{step.number}. {step.title}")
        if step.title.startswith("The environment"):
            machine.fill_in()
        if step.title == "The proxy":
            machine.wait_until_it_answers()
        if step.title == "The first person":
            link = re.search(r"/accounts/\S+", said)
            assert link is not None, said
    assert "is whole" in said, said
    book_a_visit(machine, sink, link[0])
    before = machine.count()
    machine.shell(two_users())
    machine.shell(upgrading())
    machine.wait_until_it_answers()
    assert machine.count() == before
    # As its own user the site cannot take a trigger away any more.
    dropped = machine.shell(f'run-ready shell -c "{DROP_A_TRIGGER}" 2>&1 || true')
    assert "InsufficientPrivilege" in dropped, dropped
    machine.say(f"the steps of an upgrade leave {before}")
    keep_no_secret(link[0], sink)


def book_a_visit(machine: Machine, sink: Any, link: str) -> None:
    """Open the clinic and book a visit in a browser, over TLS; the mails arrive."""
    from tests.deploy.over_tls import a_browser, first_visit  # noqa: PLC0415

    with a_browser(SITE, sink) as site:
        confirmed = first_visit(site, link)
    machine.say(f"a visit is booked over TLS: {confirmed}; {len(sink.messages)} mails arrived")


def keep_no_secret(link: str, sink: Any) -> None:
    """Neither log holds the link to the password, a private link, or an address of anybody."""
    text = "".join(
        path.read_text(errors="replace")
        for folder in LOGS
        for path in folder.rglob("*")
        if path.is_file()
    )
    assert "200" in text, "nothing was logged at all"
    from tests.deploy.over_tls import text_of  # noqa: PLC0415

    tokens = re.findall(r"/l/([\w-]{20,})", "".join(map(text_of, sink.messages)))
    assert tokens, "no mail had a private link"
    for secret in (*tokens, link.rstrip("/").rpartition("/")[2], "pat@example.test"):
        assert secret not in text, "a log holds what nobody may read there"


DROP_A_TRIGGER = (
    "from django.db import connection as c; "
    "c.cursor().execute('ALTER TABLE clinic_auditevent DISABLE TRIGGER ALL')"
)
# The units of an installation from before there were any in the source.
UNIT = """[Service]
Type=exec
WorkingDirectory=/opt/run-ready
EnvironmentFile=/etc/run-ready/env
ExecStart=/opt/run-ready/.venv/bin/{command}
User=run-ready
Group=run-ready
StateDirectory=run-ready
UMask=0077
"""
OLD_UNITS = {
    "web": "gunicorn --config python:clinic.server --bind 127.0.0.1:8000 clinic.wsgi",
    "worker": "celery --app clinic worker --concurrency 1 --loglevel warning",
    "beat": "celery --app clinic beat --schedule /var/lib/run-ready/beat --loglevel warning",
}
# What its document asked for, and the clinic that was named there.
OLD_ENVIRONMENT = f"""SITE_URL={SITE}
PROXY_COUNT=1
RUN_READY_VAR=/var/lib/run-ready
SECRET_KEY={{secret}}
FIELD_KEYS={{key}}
DATABASE_URL=
REDIS_URL=
EMAIL_URL=smtp://127.0.0.1:{MAIL_PORT}
MAIL_FROM=mail@{HOST}
CLINIC_NAME='Old Harbor Physical Therapy'
CLINIC_MAIL_NAME='Harbor Street'
CLINIC_PHONE=978-555-0133
CLINIC_ADDRESS='9 Harbor Street, Salem, MA'
"""
# There was no page for prices, and rows in bulk are its own made-up ones, by its own actions.
OLD_ROWS = """
from datetime import date, time
from random import Random
from django.utils import timezone
from booking.models import OpeningHours, Service
from clinic.mail.models import Email
from clinic.management.seeding.offer import make_offer
from clinic.management.seeding.patients import make_patients
from clinic.people.models import Patient, User
today = date.today()
make_offer(today)
ada = User.objects.get()
ada.clinician.services.set(Service.objects.all())
OpeningHours.objects.bulk_create(
    OpeningHours(clinician=ada.clinician, weekday=weekday, starts=time(8), ends=time(17))
    for weekday in range(5)
)
User.objects.update(is_sample=True)
make_patients(30, start=today, rng=Random(1))
User.objects.update(is_sample=False)
Patient.objects.update(is_sample=False)
Email.objects.filter(status="due", due_at__lte=timezone.now()).update(status="skipped")
"""
# What the upgrade must not change.
COUNTS = """
select 'patients', count(*) from clinic_patient
union all select 'forms', count(*) from intake_intake
union all select 'visits', count(*) from booking_appointment
union all select 'booked', count(*) from booking_appointment where status = 'booked'
union all select 'packages', count(*) from booking_enrollment
union all select 'credits', sum(delta) from booking_ledgerentry
order by 1"""


def upgrade(machine: Machine, sink: Any) -> None:
    """An installation of an old release with rows becomes the present one, by the steps."""
    from tests.deploy.over_tls import (  # noqa: PLC0415
        a_browser,
        book_again,
        old_first_visit,
        see_the_old_visit,
    )
    from tests.deploy.steps import steps, upgrade_from_before  # noqa: PLC0415

    by_number = {step.number: step.script for step in steps()}
    machine.prepare()
    machine.certificate()
    link = install_before(machine, by_number)
    with a_browser(SITE, sink) as site:
        secret = old_first_visit(site, link)
        before = machine.count()
        machine.say(f"the release before has a visit booked over TLS, and {before}")
        for lines in upgrade_from_before():
            said = machine.shell(lines)
            if "concerns" in said:
                machine.say("said of the move: " + " | ".join(said.strip().splitlines()[-8:]))
        after = machine.count()
        assert after == before, (before, after)
        for number in (7, 8):
            machine.shell(by_number[number])
        machine.wait_until_it_answers()
        assert machine.answers("/health/ready")[0] == 200
        machine.shell(by_number[10])
        machine.wait_until_mail_goes()
        machine.shell("run-ready verify --machine")
        machine.say(f"upgraded, with the same {after}; the first backup is whole")
        see_the_old_visit(site, secret)
        machine.say("Ada signed in as before, and found the visit booked before")
        machine.say(book_again(site))
    ids = sink.ids()
    assert len(set(ids)) == len(ids), "a mail went out twice"
    assert "is whole" in machine.shell(by_number[10])
    machine.say(f"{len(ids)} mails arrived, none of them twice")


def install_before(machine: Machine, by_number: dict[int, str]) -> str:
    """Install the release before as its documents said; return the link of its first person."""
    machine.shell(by_number[1])
    machine.shell(
        """
        install -d /opt/run-ready
        cp -r . /opt/run-ready/
        python3 -m venv /opt/run-ready/.venv
        /opt/run-ready/.venv/bin/pip install -r /opt/run-ready/requirements.txt
        install -d -m 0750 -g run-ready /etc/run-ready
        """,
        release="old",
    )
    from cryptography.fernet import Fernet  # noqa: PLC0415

    ENV.write_text(
        OLD_ENVIRONMENT.format(secret=secrets.token_urlsafe(60), key=Fernet.generate_key().decode())
    )
    machine.shell(f"chgrp run-ready {ENV}; chmod 0640 {ENV}")
    machine.shell(by_number[4] + by_number[5])
    machine.shell("run-ready migrate\nrun-ready collectstatic --no-input")
    for name, command in OLD_UNITS.items():
        unit = Path(f"/etc/systemd/system/run-ready-{name}.service")
        unit.write_text(UNIT.format(command=command))
    roles = "--manager --clinician --access-admin"
    told = machine.shell(f"run-ready first_user --email ada@{HOST} --name 'Ada First' {roles}")
    link = re.search(r"/accounts/\S+", told)
    assert link is not None, told
    Path("/tmp/old_rows.py").write_text(OLD_ROWS)
    machine.shell("chmod 0644 /tmp/old_rows.py; run-ready shell </tmp/old_rows.py")
    machine.shell("systemctl start run-ready-web run-ready-worker run-ready-beat")
    # Some proxy was there; what it was is not ours to say.
    machine.shell("cp deploy/nginx/run-ready.conf /etc/nginx/conf.d/; systemctl reload nginx")
    machine.wait_until_it_answers()
    return link[0]


def main(brought: str, name: str) -> None:
    machine = Machine(Path(brought))
    # For what is imported of the product here, and never the site itself, which has its own.
    folder = tempfile.mkdtemp()
    os.environ.update(
        DJANGO_SETTINGS_MODULE="clinic.settings",
        RUN_READY_VAR=folder,
        DJANGO_ALLOW_ASYNC_UNSAFE="true",
    )
    import django  # noqa: PLC0415

    django.setup()
    from tests.faults.smtp_sink import Sink  # noqa: PLC0415

    class FixedSink(Sink):
        def server_bind(self) -> None:
            self.server_address = ("127.0.0.1", MAIL_PORT)
            super().server_bind()

    with FixedSink() as sink:
        try:
            {"install": install, "upgrade": upgrade}[name](machine, sink)
        except BaseException:
            machine.show_logs()
            raise
        finally:
            sink.shutdown()
    machine.say(f"{name}: the steps lead where they should")
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
