#!/bin/sh
# gunicorn 27.0.1, `--reload`
#
# One would guess: whatever is saved while gunicorn runs with --reload is served soon after.
# What happens: a worker begins to look for changes only after it has read the code. What is saved
# while it reads (some seconds for a Django site) is taken as already known and never served,
# until some file is saved again. And only a SyntaxError is waited out: any other error while the
# code is read ends gunicorn.
# Why it matters to us: `./dev run --reload` would show old code after two quick saves. We watch
# from before the code is read instead (clinic/operations/reloading.py).
#
# Exits with 0 while both are so.
set -eu
work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check gunicorn==27.0.1

write() { # WORD: an app that answers with the word, and takes 3 seconds to be read
    cat >app.py <<END
import time
WORD = b"$1"
def application(environ, start_response):
    start_response("200 OK", [("Content-Length", str(len(WORD)))])
    return [WORD]
open("reading", "w").close()
time.sleep(3)
END
}

ask() {
    venv/bin/python -c '
from urllib.request import urlopen
print(urlopen("http://127.0.0.1:8765/", timeout=20).read().decode())' 2>/dev/null || echo nothing
}

served() { # WORD SECONDS: whether the word is answered within about so many seconds
    left=$2
    while [ "$left" -gt 0 ]; do
        [ "$(ask)" != "$1" ] || return 0
        left=$((left - 1))
        sleep 1
    done
    return 1
}

write first
venv/bin/gunicorn --reload --bind 127.0.0.1:8765 app:application >log 2>&1 &
server=$!
served first 20 || { echo "gunicorn did not start"; cat log; exit 1; }
rm reading
write second
until [ -e reading ]; do sleep 0.1; done
write third # saved while the second is being read
served second 20 || { echo "the second save was not served"; exit 1; }
if served third 15; then echo "changed: what was saved meanwhile is served"; exit 1; fi
echo "still so: the third save is never served"

write fourth
echo 'raise ImportError("a mistake")' >>app.py
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
    if ! kill -0 "$server" 2>/dev/null; then
        echo "still so: an ImportError ends gunicorn"
        exit 0
    fi
    sleep 1
done
echo "changed: gunicorn waits out an ImportError"
exit 1
