"""One silver pass: plan, run, retry without broken objects, commit, metrics. The same code on AWS and on a laptop.

Parameters cover the differences: where Spark reads and writes (`Storage`), and how it starts (`RunJob`).
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import boto3

from glue.job.spec import Job, SilverJobError, Summary
from glue.job.storage import Storage
from glue.lake import Lake, commit, erasures, metrics, planning, quarantine
from glue.lake.planning import Plan

# Runs a job on Spark; raises SilverJobError.
RunJob: TypeAlias = Callable[[Job], Summary]


@dataclass(frozen=True)
class SilverPass:
    """What a pass did: bronze objects and lines read, lines by fate, dates rewritten, how long it took.

    late_objects: objects that arrived under an hour before the look-back. quarantined_objects: those
    that can't be unpacked. gapped_entities, missing_versions: gaps in silver now, from any pass.
    """

    pass_id: str
    objects: int = 0
    lines: int = 0
    new_events: int = 0
    duplicates: int = 0
    quarantined: int = 0
    suppressed: int = 0
    erased: int = 0
    quarantined_objects: int = 0
    late_objects: int = 0
    gapped_entities: int = 0
    missing_versions: int = 0
    dates: tuple[str, ...] = ()
    seconds: float = 0.0


@dataclass(frozen=True)
class Finished:
    """A finished job. broken: the objects that were left out, with the reason."""

    job: Job
    summary: Summary
    broken: Mapping[str, str] = field(default_factory=dict)


def run_pass(
    lake: Lake, storage: Storage, run_job: RunJob, pass_id: str, erased_users: Sequence[str] = ()
) -> SilverPass | None:
    """One pass, committed; None if there was nothing to do, which starts no Spark.

    erased_users: the user_keys whose erasure is listed. Raises SilverJobError or PassOvertakenError; then nothing is
    committed.
    """
    started = time.monotonic()
    erasures.drop_unlisted(lake, erased_users)
    plan = planning.plan(lake, erased_users)
    if plan.nothing_to_do:
        return None
    finished = run_plan(lake, storage, run_job, plan, pass_id)
    counts = deliver(lake, storage, plan, finished)
    dates = tuple(sorted(finished.summary.folders))
    return SilverPass(pass_id, len(plan.objects), dates=dates, seconds=time.monotonic() - started, **counts)


def run_plan(lake: Lake, storage: Storage, run_job: RunJob, plan: Plan, pass_id: str) -> Finished:
    """Runs the job; if it fails and some objects can't be unpacked, runs it again without those."""
    try:
        job = storage.stage(lake, plan, plan.objects, pass_id, attempt=1)
        return Finished(job, run_job(job))
    except SilverJobError:
        broken = quarantine.broken_objects(lake, plan.objects)
        if not broken:
            raise
    readable = [key for key in plan.objects if key not in broken]
    job = storage.stage(lake, plan, readable, pass_id, attempt=2)
    return Finished(job, run_job(job), broken)


def deliver(lake: Lake, storage: Storage, plan: Plan, finished: Finished) -> dict[str, int]:
    """Puts what the job wrote into the lake, commits it and puts the metrics; returns the pass's counts."""
    job, summary = finished.job, finished.summary

    def put_in_place() -> None:
        storage.put_in_place(lake, job, summary)
        quarantine.put_objects(lake, job.pass_id, finished.broken)

    counts = {**summary.counts, "quarantined_objects": len(finished.broken)}
    gaps: dict[str, Any] = dict(summary.gaps)
    ledger = storage.read_ledger(lake, job)
    outcome = commit.Outcome(job.pass_id, plan, sorted(summary.folders), ledger, counts, gaps)
    committed = commit.commit(lake, outcome, put_in_place)
    metrics.put_silver(boto3.client("cloudwatch"), committed)
    return committed
