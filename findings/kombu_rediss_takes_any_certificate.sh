#!/bin/sh
# kombu 5.7.0: a broker at rediss:// is encrypted, but to whoever answers.
#
# One would guess that an address that asks for TLS looks at the certificate, as https:// does.
# Without `?ssl_cert_reqs=required` kombu sets CERT_NONE: any certificate will do, so somebody on
# the way can read and write every task.
#
# It matters to us because `manage.py check` would call such a broker safe. It warns instead
# (clinic.W012).
#
# Exits 0 while this is so.
set -eu
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
python3 -m venv "$scratch/venv"
"$scratch/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    kombu==5.7.0 redis==8.1.0 packaging==26.4
"$scratch/venv/bin/python" - <<'END'
import ssl

from kombu import Connection

plain = Connection("rediss://redis.example/0")
asked = Connection("rediss://redis.example/0?ssl_cert_reqs=required")
assert plain.ssl == {"ssl_cert_reqs": ssl.CERT_NONE}, plain.ssl
assert asked.ssl == {"ssl_cert_reqs": ssl.CERT_REQUIRED}, asked.ssl
print("As found: rediss:// looks at no certificate unless it is asked to.")
END
