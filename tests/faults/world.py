"""Everything there is besides the product: the services of AWS, the clock, chance, and what was counted."""

from collections import Counter
from collections.abc import Callable
from random import Random

from glue.job.spec import Job, Summary
from tests.faults import engine
from tests.faults.aws import stream
from tests.faults.aws.cloudwatch import Metrics
from tests.faults.aws.cognito import UserPool
from tests.faults.aws.dynamodb import Commit, Table
from tests.faults.aws.firehose import DeliveryStream
from tests.faults.aws.glue_catalog import Catalog
from tests.faults.aws.s3 import Bucket
from tests.faults.aws.sqs import Queue
from tests.faults.clock import Clock
from tests.faults.network import Network
from tests.faults.scheduler import Scheduler
from tests.support.environment import USER_KEY_SECRET

BUCKET = "lake"
DATABASE = "todo_silver"
DELIVERY_STREAM = "change-events"
FOLDERS = {
    "change_events": "silver/change_events",
    "silver_commits": "silver/commits",
    "quarantine": "silver/quarantine",
}
# A little before a midnight that ends a month: the plans' days go over it.
BEGINNING = 1774990000.0


class World:
    """One seed's world. `tally` counts what was injected."""

    secret = USER_KEY_SECRET
    stream_arn = stream.ARN

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.chance = Random(f"world {seed}")
        self.entropy = Random(f"entropy {seed}")
        self.tally: Counter[str] = Counter()
        self.clock = Clock(BEGINNING + self.chance.randrange(6 * 3600))
        now = self.clock.true
        self.scheduler = Scheduler(self.clock, self.chance, self.tally)
        self.stream = stream.Stream(now, self.chance)
        self.table = Table(now, self._committed)
        self.bucket = Bucket(BUCKET, now)
        self.catalog = Catalog({name: f"s3://{BUCKET}/{folder}/" for name, folder in FOLDERS.items()})
        self.delivery = DeliveryStream(self.bucket, now)
        self.queue = Queue(now)
        self.pool = UserPool()
        self.metrics = Metrics()
        self.network = Network(self)
        self.watchers: list[Callable[[Commit], None]] = []
        self.meanwhile: Callable[[], None] | None = None

    def spark(self, job: Job) -> Summary:
        """Runs a silver job; `meanwhile`, if set, happens once while it runs."""
        summary = engine.run(self.bucket, job)
        self.clock.advance(self.chance.uniform(20, 90))
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile:
            meanwhile()
        return summary

    def _committed(self, commit: Commit) -> None:
        self.stream.append(commit)
        for watch in self.watchers:
            watch(commit)
