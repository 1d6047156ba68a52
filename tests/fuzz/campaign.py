"""Generated requests against a running system: schemathesis with all its checks, over the served document."""

import re
import subprocess
import sys
import uuid
from dataclasses import dataclass
from pathlib import Path

from tests.support.running import ROOT, RunningStack

PROGRAM = Path(sys.executable).with_name("schemathesis")
CONFIG = ROOT / "schemathesis.toml"
ERASURE_CONFIG = Path(__file__).with_name("erasure.toml")
GENERATED = re.compile(r"^\s*([0-9,]+) generated", re.MULTILINE)


@dataclass(frozen=True)
class Run:
    """One seed's run: requests sent, whether all checks held, and what schemathesis said."""

    cases: int
    passed: bool
    report: str


def run(stack: RunningStack, *, seed: int, examples: int, config: Path = CONFIG) -> Run:
    """Sends some hundred requests, and `examples` times as many more as there are routes, as a new user."""
    user = stack.user(f"fuzz-{uuid.uuid4().hex}@example.com")
    user.call("GET", "/api/v1/users", 200)
    command = [
        str(PROGRAM), "--config-file", str(config), "run", stack.url("/openapi.json"),
        "--header", f"Authorization: Bearer {user.bearer}", "--checks", "all",
        "--max-examples", str(examples), "--seed", str(seed), "--no-color",
    ]  # fmt: skip
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=3000, check=False)
    report = (done.stdout + done.stderr).replace(user.bearer, "...")
    counted = GENERATED.search(report)
    return Run(int(counted[1].replace(",", "")) if counted else 0, done.returncode == 0, report)
