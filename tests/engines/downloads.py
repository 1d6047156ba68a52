"""Files of Maven Central, each known by its SHA-256, kept once they are there."""

import hashlib
import os
import shutil
from pathlib import Path
from urllib.request import urlopen

from infra.packaging import ROOT

# Where Maven Central, or a mirror of it, is reached.
CENTRAL = os.environ.get("MAVEN_CENTRAL_URL", "").rstrip("/")
FOLDER = Path(os.environ.get("LOCAL_DIR", ROOT / ".local")) / "engines"
SECONDS = 60


class UnavailableError(Exception):
    """An engine can't be had here; says why, and what would help."""


def fetched(path: str, sha256: str) -> Path:
    """The file at a path of the repository. Raises UnavailableError where it can't be had, or is another."""
    target = FOLDER / "downloads" / path.rpartition("/")[2]
    if target.exists():
        return target
    if not CENTRAL:
        raise UnavailableError("MAVEN_CENTRAL_URL is not set: give it the address of Maven Central or of a mirror.")
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_suffix(".part")
    try:
        with urlopen(f"{CENTRAL}/{path}", timeout=SECONDS) as answer, part.open("wb") as file:
            shutil.copyfileobj(answer, file, 1 << 20)
    except OSError as error:
        reason = f"{path} can't be had from Maven Central ({error}); MAVEN_CENTRAL_URL may name a mirror."
        raise UnavailableError(reason) from error
    with part.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != sha256:
        part.unlink()
        raise UnavailableError(f"{path} is not what it should be: its SHA-256 is {found}, not {sha256}.")
    return part.rename(target)
