"""Files of Maven Central, each known by its SHA-256, kept once they are there."""

import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.request import urlopen

from infra.packaging import ROOT

# Where Maven Central, or a mirror of it, is reached; unset: where Maven's own settings say.
CENTRAL = os.environ.get("MAVEN_CENTRAL_URL", "").rstrip("/")
FOLDER = Path(os.environ.get("LOCAL_DIR", ROOT / ".local")) / "engines"
SECONDS = 60
COPYING = """<project xmlns="http://maven.apache.org/POM/4.0.0">
<modelVersion>4.0.0</modelVersion><groupId>x</groupId><artifactId>x</artifactId><version>1</version>
<packaging>pom</packaging>
<build><plugins><plugin>
<groupId>org.apache.maven.plugins</groupId><artifactId>maven-dependency-plugin</artifactId><version>3.8.1</version>
<configuration><artifactItems>{items}</artifactItems><outputDirectory>{folder}</outputDirectory></configuration>
</plugin></plugins></build>
</project>
"""
ITEM = (
    "<artifactItem><groupId>{0.group}</groupId><artifactId>{0.name}</artifactId><version>{0.version}</version>"
    "<type>{0.packaging}</type></artifactItem>"
)


class UnavailableError(Exception):
    """An engine can't be had here; says why, and what would help."""


@dataclass(frozen=True)
class Artifact:
    """A file, by Maven's coordinates."""

    group: str
    name: str
    packaging: str
    version: str
    sha256: str

    @classmethod
    def of(cls, coordinates: str, sha256: str) -> "Artifact":
        """coordinates: group:name:packaging:version"""
        group, name, packaging, version = coordinates.split(":")
        return cls(group, name, packaging, version, sha256)

    @property
    def file(self) -> str:
        return f"{self.name}-{self.version}.{self.packaging}"

    @property
    def path(self) -> str:
        return f"{self.group.replace('.', '/')}/{self.name}/{self.version}/{self.file}"


def fetch(artifacts: Iterable[Artifact], folder: Path) -> None:
    """Puts what is missing of them into the folder. Raises UnavailableError where one can't be had, or is another."""
    missing = [artifact for artifact in artifacts if not (folder / artifact.file).exists()]
    if not missing:
        return
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder) as name:
        arrived = Path(name)
        if CENTRAL:
            _from_address(missing, arrived)
        else:
            _with_maven(missing, arrived)
        for artifact in missing:
            _check(arrived / artifact.file, artifact)
            (arrived / artifact.file).rename(folder / artifact.file)


def _from_address(artifacts: Sequence[Artifact], folder: Path) -> None:
    for place, artifact in enumerate(artifacts, start=1):
        print(f"{place} of {len(artifacts)}: {artifact.file}", flush=True)
        try:
            with (
                urlopen(f"{CENTRAL}/{artifact.path}", timeout=SECONDS) as answer,
                (folder / artifact.file).open("wb") as file,
            ):
                shutil.copyfileobj(answer, file, 1 << 20)
        except OSError as error:
            reason = f"{artifact.path} can't be had ({error}); MAVEN_CENTRAL_URL may name a mirror."
            raise UnavailableError(reason) from error


def _with_maven(artifacts: Sequence[Artifact], folder: Path) -> None:
    """By Maven itself, which knows of mirrors and proxies."""
    program = shutil.which("mvn")
    if program is None:
        raise UnavailableError(
            "Maven Central can't be asked: install Maven, or give MAVEN_CENTRAL_URL the address of Maven Central or of "
            "a mirror."
        )
    print(f"Maven fetches {len(artifacts)} files ...", flush=True)
    project = folder / "pom.xml"
    project.write_text(COPYING.format(items="".join(map(ITEM.format, artifacts)), folder=folder))
    command = [program, "--batch-mode", "--quiet", "--file", str(project), "dependency:copy"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise UnavailableError(f"Maven can't fetch them: {(done.stdout + done.stderr).strip()}")


def _check(file: Path, artifact: Artifact) -> None:
    with file.open("rb") as content:
        found = hashlib.file_digest(content, "sha256").hexdigest()
    if found != artifact.sha256:
        raise UnavailableError(
            f"{artifact.path} is not what it should be: its SHA-256 is {found}, not {artifact.sha256}."
        )
