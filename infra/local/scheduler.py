"""The laptop's stand-in for the pipeline's schedule: runs a pass when bronze has new objects.

On AWS a schedule starts the state machine instead.
"""

import os
import subprocess
import sys
import time
from datetime import UTC, datetime

import boto3

from glue.lake.planning import new_objects
from infra.local.settings import LocalSettings
from infra.packaging import ROOT


def main() -> None:
    every = LocalSettings.from_environment().pass_every_seconds
    s3, bucket = boto3.client("s3"), os.environ["LAKE_BUCKET"]
    last_day = datetime.now(UTC).date()
    while True:
        time.sleep(every)
        today = datetime.now(UTC).date()
        # Ages, streaks and empty weeks change without events, so a new day needs a pass, too.
        if today != last_day or new_objects(s3, bucket):
            done = subprocess.run([sys.executable, "manage.py", "runpipeline"], cwd=ROOT, check=False)
            if done.returncode == 0:
                last_day = today


if __name__ == "__main__":
    main()
