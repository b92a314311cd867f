"""The order of the tests: if a long one came last, the other workers would be idle."""

from types import SimpleNamespace

import pytest

from tests.conftest import longest_first


def a_test(name: str, *, is_long: bool = False) -> SimpleNamespace:
    return SimpleNamespace(name=name, get_closest_marker=lambda _: is_long)


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_every_worker_has_a_long_test_among_its_first_and_none_is_lost(workers):
    tests = [a_test(str(number), is_long=number >= 297) for number in range(300)]
    ordered = longest_first(tests, workers)
    assert sorted(map(id, ordered)) == sorted(map(id, tests))
    positions = [ordered.index(test) for test in tests[297:]]
    stretch = 300 // workers
    assert all(position % stretch < 6 for position in positions)
    assert len({position // stretch for position in positions}) == workers


def test_the_others_keep_their_order():
    tests = [a_test(name, is_long=name == "d") for name in "abcdef"]
    assert "".join(one.name for one in longest_first(tests, 2)) == "abdcef"
