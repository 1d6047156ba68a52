"""Applies a history through the API's services: one write per row, each row once.

Each write records the row's digest on its task, so a replay can be stopped anywhere and run again. If a new row
precedes rows already applied to its task, those are applied again after it, so that the task ends as its history
does. A row dated before its predecessor takes the predecessor's time.
"""

import threading
import uuid
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime

from tasks import services
from tasks.accounts.profiles import ensure_account
from tasks.exceptions import TaskExists, TaskNotFound
from tasks.imports.history_csv import EARLIEST, BadRow, Row
from tasks.models import Task, WriteContext, instants, keys

WORKERS = 8


@dataclass(slots=True)
class Tally:
    """Counts of the rows so far; `total` is the number of writes to make."""

    total: int = 0
    written: int = 0
    applied: int = 0
    already_there: int = 0
    bad: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, *, new: bool, good: bool) -> None:
        with self._lock:
            self.written += 1
            self.applied += new and good
            self.bad += not good


@dataclass(slots=True)
class TaskHistory:
    """One task's rows in order, each with its digest, and the task's state in the table."""

    sub: str
    rows: list[tuple[Row, str]] = field(default_factory=list)
    task_id: str | None = None
    noted: frozenset[str] = frozenset()
    changed_at: datetime = EARLIEST

    def to_write(self) -> list[tuple[Row, str]]:
        """Returns the rows from the first new one on."""
        first = next((n for n, (_, digest) in enumerate(self.rows) if digest not in self.noted), len(self.rows))
        return self.rows[first:]


Report = Callable[[BadRow], None]
Progress = Callable[[Tally], None]


def replay(
    rows: Iterable[Row],
    *,
    email_domain: str,
    password: str | None = None,
    time_zones: Mapping[str, str] | None = None,
    report: Report,
    progress: Progress,
) -> Tally:
    """Applies the rows, in order within each task, and creates an account for each owner.

    Calls `report` for each row that its task rejects, and `progress` about once a second.
    """
    rows = list(rows)
    run_id = f"import-{uuid.uuid4().hex[:12]}"
    subs = dict(_accounts(rows, email_domain, password, time_zones or {}, run_id))
    histories = _histories(rows, subs)
    tally = Tally()
    for history in histories.values():
        tally.total += len(history.to_write())
        tally.already_there += sum(digest in history.noted for _, digest in history.rows)
    _run(histories, tally, run_id, report, progress)
    return tally


def _accounts(
    rows: list[Row], email_domain: str, password: str | None, time_zones: Mapping[str, str], run_id: str
) -> Iterator[tuple[str, str]]:
    """Yields each owner and the sub of their account, which is dated by their first row."""
    begins: dict[str, Row] = {}
    for row in rows:
        begins.setdefault(row.owner, row)
    for owner, row in begins.items():
        account = ensure_account(
            email=f"{owner}@{email_domain}".lower(),
            name=owner,
            time_zone=time_zones.get(owner, "UTC"),
            password=password,
            context=_context(row.changed_at, run_id),
        )
        yield owner, account.sub


def _histories(rows: list[Row], subs: Mapping[str, str]) -> dict[tuple[str, str], TaskHistory]:
    """Groups the rows by owner and task, and finds the tasks in the table with one paged Query per owner.

    Tasks match by the derived part of their id, so that correcting a task's first row keeps the match.
    """
    known = {owner: {keys.random_part(task.id): task for task in Task.imported(sub)} for owner, sub in subs.items()}
    histories: dict[tuple[str, str], TaskHistory] = {}
    occurrences: dict[str, int] = defaultdict(int)
    for row in rows:
        history = histories.get((row.owner, row.task))
        if history is None:
            sub = subs[row.owner]
            history = histories[row.owner, row.task] = TaskHistory(sub)
            task = known[row.owner].get(keys.derived_part(sub, row.task))
            if task:
                history.task_id, history.changed_at = task.id, task.changed_at
                history.noted = frozenset(task.imported_rows or ())
        content = row.digest(0)
        history.rows.append((row, row.digest(occurrences[content])))
        occurrences[content] += 1
    return histories


def _run(
    histories: Mapping[tuple[str, str], TaskHistory], tally: Tally, run_id: str, report: Report, progress: Progress
) -> None:
    """Writes with several threads, each with its own tasks, so that a task's rows stay in order."""
    shares: list[list[tuple[Row, str, TaskHistory]]] = [[] for _ in range(WORKERS)]
    for (owner, name), history in histories.items():
        share = shares[zlib.crc32(f"{owner}\x1f{name}".encode()) % WORKERS]
        share.extend((row, digest, history) for row, digest in history.to_write())
    stop = threading.Event()

    def work(share: list[tuple[Row, str, TaskHistory]]) -> None:
        for row, digest, history in sorted(share, key=lambda entry: entry[0].line):
            if stop.is_set():
                return
            good = _apply(row, digest, history, run_id, report)
            tally.count(new=digest not in history.noted, good=good)

    with ThreadPoolExecutor(WORKERS) as pool:
        try:
            _wait([pool.submit(work, share) for share in shares], tally, progress)
        finally:
            stop.set()


def _wait(futures: list[Future[None]], tally: Tally, progress: Progress) -> None:
    """Waits for all futures and raises the first error."""
    pending = set(futures)
    while pending:
        done, pending = wait(pending, timeout=1, return_when=FIRST_EXCEPTION)
        for future in done:
            future.result()
        if pending:
            progress(tally)


def _apply(row: Row, digest: str, history: TaskHistory, run_id: str, report: Report) -> bool:
    """Writes one row; False if its task rejects it."""
    history.changed_at = max(history.changed_at, row.changed_at)
    context = _context(history.changed_at, run_id)
    new_digest = None if digest in history.noted else digest
    try:
        if history.task_id is None:
            task_id = keys.derived_task_id(row.changed_at, history.sub, row.task)
            history.task_id = task_id
            services.create_task(
                sub=history.sub, values=row.values, context=context, task_id=task_id, imported_row=digest
            )
        elif row.deleted:
            services.task_deletion(context=context, imported_row=new_digest).store(
                sub=history.sub, task_id=history.task_id
            )
        else:
            services.task_update(values=row.values, context=context, imported_row=new_digest).store(
                sub=history.sub, task_id=history.task_id
            )
    except (TaskNotFound, TaskExists):
        # The client library retries a write when its response is lost, although the write may have succeeded.
        if history.task_id and Task.has_imported(history.sub, history.task_id, digest):
            return True
        report(BadRow(row.line, "its task has been deleted"))
        return False
    return True


def _context(changed_at: datetime, run_id: str) -> WriteContext:
    return WriteContext(now=instants.now(), changed_at=changed_at, actor="import", correlation_id=run_id)
