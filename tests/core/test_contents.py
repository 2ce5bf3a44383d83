"""Evidence by what it holds: in a folder, and in an object store that speaks S3 over a wire."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from survey_app import contents
from survey_app.config import PREFIX, Settings
from survey_app.contents import Contents, Damaged, LocalContents
from survey_app.contents.objects import ObjectContents
from survey_app.errors import NotFound

PROGRAM = Path(__file__).resolve().parents[1] / "s3/node_modules/s3rver/bin/s3rver.js"
_LISTENS = re.compile(r"listening on .*?:(\d+)")


@pytest.fixture(scope="module")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server that speaks S3, with a bucket; gives its address."""
    node = shutil.which("node")
    assert node is not None, "make test-setup installs what is missing"
    assert PROGRAM.is_file(), "make test-setup installs what is missing"
    folder = tmp_path_factory.mktemp("s3")
    command = (node, str(PROGRAM), "-d", str(folder), "-a", "127.0.0.1", "-p", "0", "--configure-bucket", "evidence")
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        said = next(found for line in process.stdout if (found := _LISTENS.search(line)))
        yield f"http://127.0.0.1:{said[1]}"
        process.terminate()


@pytest.fixture
def s3_settings(s3_server: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Settings:
    """Settings of an installation whose evidence lies there, each test in a folder of its own."""
    for name, value in {
        "AWS_ENDPOINT": s3_server,
        "AWS_ACCESS_KEY_ID": "S3RVER",
        "AWS_SECRET_ACCESS_KEY": "S3RVER",
        "AWS_REGION": "us-east-1",
        f"{PREFIX}FILES_URL": f"s3://evidence/{abs(hash(request.node.name))}/",
        f"{PREFIX}FILES_HTTP": "true",
    }.items():
        monkeypatch.setenv(name, value)
    return Settings.load()


@pytest.fixture(params=["folder", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Contents:
    """Each of the two."""
    if request.param == "folder":
        return LocalContents(tmp_path / "evidence")
    return contents.of(request.getfixturevalue("s3_settings"))


def test_what_is_put_in_comes_out_under_its_hash(store: Contents) -> None:
    content = os.urandom(700_000)
    key = store.put(content)
    assert key == contents.name_of(content)
    assert store.put(content) == key
    assert store.read(key) == content
    assert store.has(key)
    assert list(store.kept(timedelta(days=-1))) == [key]
    assert list(store.kept(timedelta(days=1))) == []


def test_what_is_destroyed_is_gone_and_destroying_it_again_is_no_error(store: Contents) -> None:
    key, other = store.put(b"one"), store.put(b"other")
    store.delete(key)
    store.delete(key)
    assert not store.has(key)
    with pytest.raises(NotFound):
        store.read(key)
    assert store.read(other) == b"other"


@pytest.mark.parametrize("unknown", ["", "0" * 64, "../../etc/passwd", "F" * 64, "0" * 32])
def test_a_name_that_nothing_has_leads_nowhere(store: Contents, unknown: str) -> None:
    with pytest.raises(NotFound):
        store.read(unknown)
    store.delete(unknown)


def test_the_settings_choose_the_store(s3_settings: Settings, tmp_path: Path) -> None:
    assert isinstance(contents.of(s3_settings), ObjectContents)
    assert isinstance(contents.of(Settings(data_dir=tmp_path)), LocalContents)


def test_damage_is_noticed_and_mended_by_the_next_who_brings_it(tmp_path: Path) -> None:
    store = LocalContents(tmp_path)
    key = store.put(b"a picture")
    place = next(tmp_path.glob(f"*/{key}"))
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    place.write_bytes(b"a pict")
    with pytest.raises(Damaged):
        store.read(key)
    store.put(b"a picture")
    assert store.read(key) == b"a picture"


def test_what_is_brought_again_counts_as_young(tmp_path: Path) -> None:
    store = LocalContents(tmp_path)
    key = store.put(b"a picture")
    os.utime(next(tmp_path.glob(f"*/{key}")), (0, 0))
    assert list(store.kept(timedelta(days=2))) == [key]
    store.put(b"a picture")
    assert list(store.kept(timedelta(days=2))) == []
