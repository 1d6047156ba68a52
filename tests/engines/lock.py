"""`python -m tests.engines.lock [VERSION]`: writes which files a DynamoDB Local is made of, and their SHA-256.

Maven resolves them. Without a version, the lock's own is resolved again.
"""

import hashlib
import re
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.engines.dynamodb import LOCK

PROJECT = """<project xmlns="http://maven.apache.org/POM/4.0.0">
<modelVersion>4.0.0</modelVersion><groupId>x</groupId><artifactId>x</artifactId><version>1</version>
<packaging>pom</packaging>
<dependencies><dependency>
<groupId>com.amazonaws</groupId><artifactId>DynamoDBLocal</artifactId><version>{version}</version>
</dependency></dependencies>
</project>
"""
# "   group:name:packaging:version:scope"
RESOLVED = re.compile(r"^ +([^: ]+):([^: ]+):([^: ]+):([^: ]+):(?:compile|runtime)\b", re.MULTILINE)
HEADER = "# Written by `python -m tests.engines.lock`.\n"


def main() -> int:
    version = sys.argv[1] if len(sys.argv) > 1 else _locked_version()
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "pom.xml").write_text(PROJECT.format(version=version))
        _maven(folder, "dependency:list", f"-DoutputFile={folder}/list")
        _maven(folder, "dependency:copy-dependencies", f"-DoutputDirectory={folder}/files")
        lines = []
        for group, artifact, packaging, of in RESOLVED.findall((folder / "list").read_text()):
            file = folder / "files" / f"{artifact}-{of}.{packaging}"
            digest = hashlib.sha256(file.read_bytes()).hexdigest()
            lines.append(f"{group}:{artifact}:{packaging}:{of} {digest}\n")
    LOCK.write_text(HEADER + "".join(sorted(lines)))
    return 0


def _locked_version() -> str:
    found = re.search(r"^com\.amazonaws:DynamoDBLocal:jar:(\S+) ", LOCK.read_text(), re.MULTILINE)
    if found is None:
        raise SystemExit(f"{LOCK.name} names no DynamoDBLocal: give its version.")
    return found[1]


def _maven(folder: Path, *arguments: str) -> None:
    subprocess.run(["mvn", "--batch-mode", "--quiet", *arguments], cwd=folder, check=True)


if __name__ == "__main__":
    sys.exit(main())
