"""Files come from where Maven Central is, are what the lock says, and are kept; what can't be had is said."""

import hashlib
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.engines import downloads
from tests.engines.downloads import Artifact, UnavailableError, fetch
from tests.engines.dynamodb import locked

CONTENT = b"an engine"
ENGINE = Artifact.of("org.example:engine:tar.gz:1.2", hashlib.sha256(CONTENT).hexdigest())


@pytest.fixture
def central(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A repository's folder, which MAVEN_CENTRAL_URL names."""
    folder = tmp_path / "central"
    file = folder / "org" / "example" / "engine" / "1.2" / "engine-1.2.tar.gz"
    file.parent.mkdir(parents=True)
    file.write_bytes(CONTENT)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setattr(downloads, "CENTRAL", f"http://127.0.0.1:{server.server_port}")
    yield file
    server.shutdown()
    server.server_close()


def test_file_is_fetched_once(central: Path, tmp_path: Path) -> None:
    fetch([ENGINE], tmp_path / "kept")
    central.unlink()
    fetch([ENGINE], tmp_path / "kept")
    assert (tmp_path / "kept" / "engine-1.2.tar.gz").read_bytes() == CONTENT


def test_other_content_is_refused(central: Path, tmp_path: Path) -> None:
    central.write_bytes(b"something else")
    with pytest.raises(UnavailableError, match="is not what it should be"):
        fetch([ENGINE], tmp_path / "kept")
    assert not list((tmp_path / "kept").iterdir())


def test_missing_file_is_named(central: Path, tmp_path: Path) -> None:
    central.unlink()
    with pytest.raises(UnavailableError, match=r"engine-1\.2\.tar\.gz can't be had"):
        fetch([ENGINE], tmp_path / "kept")


def test_maven_is_asked_where_no_address_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Maven that copies each item of the project that it is given, as its dependency plugin would."""
    program = tmp_path / "bin" / "mvn"
    program.parent.mkdir()
    program.write_text(
        '#!/bin/sh\nfolder=$(sed -n "s/.*<outputDirectory>\\(.*\\)<.outputDirectory>.*/\\1/p" "$4")\n'
        'grep -q "<artifactId>engine</artifactId><version>1.2</version><type>tar.gz</type>" "$4" || exit 1\n'
        'printf "an engine" > "$folder/engine-1.2.tar.gz"\n'
    )
    program.chmod(0o755)
    monkeypatch.setattr(downloads, "CENTRAL", "")
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    fetch([ENGINE], tmp_path / "kept")
    assert (tmp_path / "kept" / "engine-1.2.tar.gz").read_bytes() == CONTENT


def test_without_maven_or_address_it_says_what_helps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads, "CENTRAL", "")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UnavailableError, match="install Maven, or give MAVEN_CENTRAL_URL"):
        fetch([ENGINE], tmp_path / "kept")


def test_lock_names_each_file_once() -> None:
    artifacts = locked()
    assert len({artifact.file for artifact in artifacts}) == len(artifacts)
    assert [artifact.name for artifact in artifacts].count("DynamoDBLocal") == 1
    assert all(len(bytes.fromhex(artifact.sha256)) == hashlib.sha256().digest_size for artifact in artifacts)
