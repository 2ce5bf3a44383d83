"""The file store: whole or not at all, by id only, its owner's own."""

from __future__ import annotations

import io
import os
import stat
from datetime import timedelta
from pathlib import Path

import pytest

from survey_app import clock, files
from survey_app.config import PREFIX, Settings
from survey_app.errors import NotFound


@pytest.fixture
def store(tmp_path: Path) -> files.LocalFiles:
    return files.LocalFiles(tmp_path / "files")


def everything(store: files.LocalFiles) -> list[Path]:
    return [path for path in store.folder.rglob("*") if path.is_file()]


def test_what_is_put_in_comes_out(store: files.LocalFiles) -> None:
    content = os.urandom(3_000_000)
    as_bytes, as_stream = store.put(content), store.put(io.BytesIO(content))
    assert as_bytes != as_stream
    assert len(as_bytes) == 32
    for one in (as_bytes, as_stream):
        with store.open(one) as kept:
            assert kept.read() == content
        assert store.path(one).read_bytes() == content
        assert store.size(one) == len(content)


def test_a_kept_file_is_its_owner_s_own(store: files.LocalFiles) -> None:
    kept = store.path(store.put(b"a photo"))
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700


def test_a_destroyed_file_is_gone_and_destroying_it_again_is_no_error(store: files.LocalFiles) -> None:
    file_id, other = store.put(b"one"), store.put(b"other")
    store.delete(file_id)
    store.delete(file_id)
    with pytest.raises(NotFound):
        store.open(file_id)
    assert store.size(other) == 5


@pytest.mark.parametrize("unknown", ["", "0" * 32, "../../etc/passwd", "0" * 31 + "/", "F" * 32, "٠" * 32])
def test_an_id_that_nobody_was_given_leads_nowhere(store: files.LocalFiles, unknown: str) -> None:
    with pytest.raises(NotFound):
        store.path(unknown)
    store.delete(unknown)


def test_a_file_that_is_too_large_leaves_nothing(store: files.LocalFiles) -> None:
    with pytest.raises(files.TooLarge) as refused:
        store.put(io.BytesIO(bytes(2_000_001)), most=2_000_000)
    assert "2" in refused.value.message
    assert everything(store) == []
    assert store.size(store.put(bytes(2_000_000), most=2_000_000)) == 2_000_000


class Broken(io.BytesIO):
    """A stream that ends in an error half-way, as an upload does when the line is cut."""

    def read(self, size: int | None = -1) -> bytes:
        if self.tell():
            raise OSError("the line was cut")
        return super().read(10)


def test_a_file_that_breaks_off_leaves_nothing(store: files.LocalFiles) -> None:
    with pytest.raises(OSError, match="cut"):
        store.put(Broken(bytes(100)))
    assert everything(store) == []


def test_what_a_killed_process_left_is_swept_and_what_is_being_written_stays(store: files.LocalFiles) -> None:
    assert store.sweep() == 0
    kept = store.put(b"whole")
    old, new = store.folder / "partial" / "old", store.folder / "partial" / "new"
    for path in (old, new):
        path.write_bytes(b"half")
    long_ago = (clock.now() - timedelta(days=1)).timestamp()
    os.utime(old, (long_ago, long_ago))
    os.utime(store.path(kept), (long_ago, long_ago))
    assert store.sweep() == 1
    assert sorted(everything(store)) == sorted([store.path(kept), new])


def test_the_store_lies_beside_the_data_unless_one_is_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"{PREFIX}DATA_DIR", str(tmp_path / "data"))
    files.bind(None)
    kept = files.store().put(b"beside the data")
    assert files.LocalFiles(tmp_path / "data" / "files").size(kept) == 15
    try:
        files.bind_folder(Settings(data_dir=tmp_path / "other"))
        files.bind_folder(Settings(data_dir=tmp_path / "third"))
        assert files.store().put(b"bound") in {path.name for path in (tmp_path / "other").rglob("*")}
        assert not (tmp_path / "third").exists()
    finally:
        files.bind(None)
