"""Where Spark reads a pass's input and leaves its output: the port, and its adapter for a Spark that reads S3."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, Protocol

from glue.job.spec import Job, Summary
from glue.lake import Lake
from glue.lake.objects import keys, read_folder
from glue.lake.paths import WORK, key_of, quarantine_folder, silver_folder, versions_folder
from glue.lake.planning import Plan

THREADS: Final = 8


class Storage(Protocol):
    """A pass calls `stage` once an attempt, then the others with the job that succeeded."""

    def stage(self, lake: Lake, plan: Plan, objects: Sequence[str], pass_id: str, attempt: int) -> Job:
        """Makes the job's input readable for Spark. objects: the keys of bronze to read.

        Raises SilverJobError if it can't read one of them.
        """
        ...

    def read_ledger(self, lake: Lake, job: Job) -> bytes:
        """The ledger's rows as the job wrote them: NDJSON."""
        ...

    def put_in_place(self, lake: Lake, job: Job, summary: Summary) -> None:
        """Copies the job's output to its place in the lake. Safe to repeat."""
        ...


def places(job: Job, summary: Summary) -> dict[str, str]:
    """The place in the lake (key) of each folder of the job's output."""
    dates = {folder: silver_folder(dt, job.pass_id) for dt, folder in summary.folders.items()}
    return dates | {f"versions/shard={shard}": versions_folder(shard, job.pass_id) for shard in summary.gaps}


class S3Storage:
    """Spark reads and writes s3:// itself: into a work folder, which expires, and the quarantine of the pass."""

    def stage(self, lake: Lake, plan: Plan, objects: Sequence[str], pass_id: str, attempt: int) -> Job:
        root = f"s3://{lake.bucket}"
        return Job(
            bronze_objects=[f"{root}/{key}" for key in objects],
            existing=plan.existing,
            output=f"{root}/{WORK}{pass_id}/{attempt}",
            quarantine=f"{root}/{quarantine_folder(pass_id)}{attempt}",
            pass_id=pass_id,
            versions=plan.versions,
            erased=plan.erasures.listed,
            to_clear=plan.erasures.new,
        )

    def read_ledger(self, lake: Lake, job: Job) -> bytes:
        return read_folder(lake, job.folder("ledger"))

    def put_in_place(self, lake: Lake, job: Job, summary: Summary) -> None:
        copies = [
            (source, f"{place}{source.rpartition('/')[2]}")
            for folder, place in places(job, summary).items()
            for source in keys(lake.s3, lake.bucket, f"{key_of(job.folder(folder))}/")
        ]

        def copy(pair: tuple[str, str]) -> None:
            source, place = pair
            origin: Any = {"Bucket": lake.bucket, "Key": source}
            lake.s3.copy_object(Bucket=lake.bucket, CopySource=origin, Key=place)

        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(copy, copies))
