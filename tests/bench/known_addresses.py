"""Whether time tells if the clinic knows an e-mail: `python -m tests.bench.known_addresses`.

Asks the served product, on a PostgreSQL of its own, for a code, a link to a password and a link to
a draft: in turns for an address that would get a mail and for one that nobody has. Prints the
medians and ends with 1 if they are LIMIT milliseconds apart or more, or if the answers differ.
"""

import argparse
import os
import secrets
import subprocess
import sys
import time
from dataclasses import dataclass
from http.client import HTTPConnection
from statistics import median
from urllib.parse import urlencode

from tests.bench.__main__ import provide, run_sql
from tests.bench.serving import site
from tests.services import ROOT

PAIRS, LIMIT = 500, 5.0


@dataclass(frozen=True)
class Asking:
    """What is asked for, at which path, and the address that would get it."""

    what: str
    path: str
    known: str

    @property
    def unknown(self) -> str:
        """An address nobody has, of the same length."""
        return f"{'z' * self.known.index('@')}{self.known[self.known.index('@') :]}"


# Made by `people_who_ask`, in a process that has the settings.
ASKINGS = (
    Asking("a code", "/accounts/login/code/", "patient@known.example"),
    Asking("a password link", "/accounts/password/reset/", "manager@known.example"),
    Asking("a link to a draft", "/intake/link/", "patient@known.example"),
)


def ask(port: int, path: str, email: str) -> tuple[float, tuple[object, ...]]:
    """Ask once as a new browser; return the milliseconds, and what can be seen of the answer."""
    token = secrets.token_hex(16)
    body = urlencode({"email": email, "csrfmiddlewaretoken": token})
    headers = {
        "Cookie": f"csrftoken={token}",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    connection.connect()
    began = time.perf_counter()
    connection.request("POST", path, body=body, headers=headers)
    answer = connection.getresponse()
    text = answer.read()
    took = (time.perf_counter() - began) * 1000
    names = sorted(name for name, _ in answer.getheaders())
    connection.close()
    if answer.status >= 400:
        raise SystemExit(f"{path} answered {answer.status}: nothing was asked for")
    return took, (answer.status, answer.headers.get("Location"), len(text), names)


def measured(port: int, asking: Asking, pairs: int) -> tuple[float, float, int]:
    """Return the medians for the known and the unknown address, and how many answers there are.

    The two take turns in going first. The first ten pairs are not counted.
    """
    took: dict[str, list[float]] = {asking.known: [], asking.unknown: []}
    seen = set()
    for number in range(pairs + 10):
        addresses = [asking.known, asking.unknown]
        for email in addresses if number % 2 else reversed(addresses):
            spent, answer = ask(port, asking.path, email)
            seen.add(repr(answer))
            if number >= 10:
                took[email].append(spent)
    return median(took[asking.known]), median(took[asking.unknown]), len(seen)


def people_who_ask() -> None:
    """Open the clinic; write the manager, and the patient with a draft and a sign-in."""
    code = (
        "import django; django.setup();"
        "from django.utils import timezone;"
        "from clinic.models.practice import ClinicFacts;"
        "opened = {'opened_at': timezone.now(), 'zone': 'America/New_York'};"
        "ClinicFacts.objects.update_or_create(pk=ClinicFacts.ONLY, defaults=opened);"
        "from tests.factories import make_manager, make_patient, make_user;"
        "from tests.intake.review.reviewing import make_intake;"
        "make_manager(email='manager@known.example');"
        "user = make_user(email='patient@known.example', is_sample=False);"
        "patient = make_patient(email='patient@known.example', user=user);"
        "make_intake(patient=patient, now=timezone.now(), send=False)"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def main() -> int:
    """Measure and print; return the exit status."""
    parser = argparse.ArgumentParser(prog="known_addresses", description=__doc__)
    parser.add_argument("--pairs", type=int, default=PAIRS)
    pairs = parser.parse_args().pairs
    base = provide()
    run_sql(f"{base}/postgres", "CREATE DATABASE asked")
    os.environ["DATABASE_URL"] = f"{base}/asked"
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity", "0"], cwd=ROOT, check=True
    )
    people_who_ask()
    is_fine = True
    with site("clinic.wsgi") as product:
        print(f"{'asked for':<20}{'known':>10}{'unknown':>10}{'apart':>8}  ms, medians of {pairs}")
        for asking in ASKINGS:
            known, unknown, answers = measured(product.port, asking, pairs)
            apart = known - unknown
            is_fine &= abs(apart) < LIMIT and answers == 1
            print(f"{asking.what:<20}{known:>10.2f}{unknown:>10.2f}{apart:>8.2f}  ", end="")
            print("the answers are equal" if answers == 1 else f"{answers} different answers")
    return 0 if is_fine else 1


if __name__ == "__main__":
    sys.exit(main())
