"""A migrated database is copied as long as nothing has changed, and only if it is whole."""

import os
from pathlib import Path

import pytest

from tests import prepared


@pytest.fixture
def product(tmp_path: Path) -> Path:
    """Return a product of two files."""
    for name in ("clinic/models.py", "booking/migrations/0001_initial.py"):
        path = tmp_path / "product" / name
        path.parent.mkdir(parents=True)
        path.write_text("before")
    return tmp_path / "product"


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    return tmp_path / "shelf"


def a_database(folder: Path, content: str) -> Path:
    (folder / "base").mkdir(parents=True)
    (folder / "base" / "1").write_text(content)
    return folder


def test_the_same_product_on_the_same_server_has_the_same_database(product):
    assert prepared.key("postgres 15.1", product) == prepared.key("postgres 15.1", product)


@pytest.mark.parametrize("name", ["clinic/models.py", "booking/migrations/0001_initial.py"])
def test_another_database_is_asked_for_when_a_file_changes(product, name):
    before = prepared.key("postgres 15.1", product)
    (product / name).write_text("after!")
    assert prepared.key("postgres 15.1", product) != before


def test_another_database_is_asked_for_when_a_file_comes_goes_or_is_renamed(product):
    keys = [prepared.key("postgres 15.1", product)]
    fresh = product / "booking/migrations/0002_more.py"
    fresh.write_text("more")
    keys.append(prepared.key("postgres 15.1", product))
    fresh.rename(fresh.with_name("0003_more.py"))
    keys.append(prepared.key("postgres 15.1", product))
    assert len(set(keys)) == 3


def test_another_database_is_asked_for_when_server_or_library_is_another(product, monkeypatch):
    keys = [prepared.key("postgres 15.1", product), prepared.key("postgres 15.2", product)]
    monkeypatch.setattr(prepared.metadata, "distributions", list)
    keys.append(prepared.key("postgres 15.1", product))
    assert len(set(keys)) == 3


def test_a_stored_database_is_copied_and_a_changed_copy_leaves_it_as_it_is(tmp_path, shelf):
    assert not prepared.take("name", tmp_path / "mine", shelf)
    prepared.put("name", a_database(tmp_path / "made", "whole"), shelf)
    assert prepared.take("name", tmp_path / "mine", shelf)
    (tmp_path / "mine" / "base" / "1").write_text("spoiled")
    assert prepared.take("name", tmp_path / "yours", shelf)
    assert (tmp_path / "yours" / "base" / "1").read_text() == "whole"


def test_of_two_runs_that_store_it_at_once_the_first_one_counts(tmp_path, shelf):
    prepared.put("name", a_database(tmp_path / "first", "first"), shelf)
    prepared.put("name", a_database(tmp_path / "second", "second"), shelf)
    assert prepared.take("name", tmp_path / "mine", shelf)
    assert (tmp_path / "mine" / "base" / "1").read_text() == "first"
    assert [path.name for path in shelf.iterdir()] == ["name"]


def test_a_run_killed_while_it_stores_one_leaves_nothing_to_copy(tmp_path, shelf, monkeypatch):
    def die_half_way(source, target):
        Path(target).mkdir()
        raise KeyboardInterrupt

    monkeypatch.setattr(prepared.shutil, "copytree", die_half_way)
    with pytest.raises(KeyboardInterrupt):
        prepared.put("name", a_database(tmp_path / "made", "whole"), shelf)
    monkeypatch.undo()
    assert not prepared.take("name", tmp_path / "mine", shelf)


def test_a_folder_that_cannot_be_copied_whole_is_not_copied_at_all(tmp_path, shelf):
    made = a_database(tmp_path / "made", "whole")
    prepared.put("name", made, shelf)
    (shelf / "name" / "base" / "2").symlink_to("cleared away")
    assert not prepared.take("name", tmp_path / "mine", shelf)
    assert not (tmp_path / "mine").exists()


def test_those_used_last_stay_and_what_killed_runs_left_is_removed(tmp_path, shelf):
    left = a_database(shelf / ".making-long-ago", "half")
    os.utime(left, (1, 1))
    made = a_database(tmp_path / "made", "whole")
    for number in range(prepared.MOST_STORED):
        prepared.put(f"name{number}", made, shelf)
        os.utime(shelf / f"name{number}", (number, number))
    assert prepared.take("name0", tmp_path / "mine", shelf)
    prepared.put("one more", made, shelf)
    found = {path.name for path in shelf.iterdir()}
    assert found == {"one more", "name0", "name2", "name3"}


def test_migrations_that_do_not_run_say_why(tmp_path):
    with pytest.raises(prepared.CannotMigrate, match="unable to open database file"):
        prepared.migrate(f"sqlite:///{tmp_path}/no/such/folder/file.sqlite3")
