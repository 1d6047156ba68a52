"""The laptop's stand-in for the pipeline's schedule: a pass whenever bronze holds something new.

On AWS a schedule starts the state machine instead.
"""

import subprocess
import sys
import time
from datetime import UTC, datetime

from infra.local.settings import LocalSettings
from infra.packaging import ROOT


def main() -> None:
    every = LocalSettings.from_environment().pass_every_seconds
    last_day = datetime.now(UTC).date()
    while True:
        time.sleep(every)
        today = datetime.now(UTC).date()
        # Ages, streaks and empty weeks move on by themselves, so a new day wants a pass without any event.
        options = ["--if-new"] if today == last_day else []
        done = subprocess.run([sys.executable, "manage.py", "runpipeline", *options], cwd=ROOT, check=False)
        if done.returncode == 0:
            last_day = today


if __name__ == "__main__":
    main()
