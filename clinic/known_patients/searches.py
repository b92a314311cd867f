"""The words of a session's last searches: an address holds only their key, never a name.

So no name gets into the browser's history or a proxy's log, and going back finds the same again.
"""

from secrets import token_urlsafe

from django.http import HttpRequest

# The session's key for them, and how many it remembers.
SEARCHES, MOST_SEARCHES = "desk_searches", 5
MOST_LETTERS = 100


def remember(request: HttpRequest) -> str:
    """Store the words that were posted as `q` and return their key, for `?search=`."""
    words = request.POST.get("q", "").strip()[:MOST_LETTERS]
    earlier = list(request.session.get(SEARCHES, {}).items())
    key = token_urlsafe(6)
    request.session[SEARCHES] = dict([*earlier, (key, words)][-MOST_SEARCHES:])
    return key


def words_of(request: HttpRequest) -> str:
    """Return the words of the search that the address names, "" if there is none."""
    words: str = request.session.get(SEARCHES, {}).get(request.GET.get("search", ""), "")
    return words
