"""The laptop's stand-in for the pipeline's schedule: a pass whenever bronze holds something new.

On AWS an EventBridge schedule starts the Step Functions pipeline instead.
"""

import subprocess
import sys
import time
from datetime import UTC, datetime

import boto3

from glue import lake
from infra.local.settings import LocalSettings
from infra.packaging import ROOT


def main() -> None:
    settings = LocalSettings.from_environment()
    last_day = datetime.now(UTC).date()
    while True:
        time.sleep(settings.pass_every_seconds)
        today = datetime.now(UTC).date()
        # Ages, streaks and empty weeks move on by themselves, so a new day wants a pass without any event.
        if today != last_day or has_new_events():
            subprocess.run([sys.executable, "manage.py", "runpipeline"], cwd=ROOT, check=False)
            last_day = today


def has_new_events() -> bool:
    return bool(lake.new_objects(boto3.client("s3"), lake_bucket()))


if __name__ == "__main__":
    main()
