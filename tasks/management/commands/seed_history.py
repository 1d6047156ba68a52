from argparse import ArgumentParser
from typing import Any

from tasks.imports import sample
from tasks.management.replaying import ReplayingCommand
from tasks.models import instants


class Command(ReplayingCommand):
    help = (
        "Loads a generated history up to now, the same for the same seed. Run again, it adds what has become due since."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--users", type=int, default=4, help="the first is demo@example.com (default: 4)")
        parser.add_argument("--days", type=int, default=150, help="how far back it begins (default: 150)")
        parser.add_argument("--seed", type=int, default=1, help="another seed, another history (default: 1)")
        parser.add_argument("--email-domain", default="example.com", help="of the users' e-mail addresses")
        parser.add_argument("--password", help="for all the users; without it those made now can't sign in yet")

    def handle(self, *_: Any, **options: Any) -> None:
        people = sample.people(options["users"])
        rows = sample.rows(people, until=instants.now(), days=options["days"], seed=options["seed"])
        self.replay(
            rows,
            email_domain=options["email_domain"],
            password=options["password"],
            time_zones={person.name: person.time_zone for person in people},
        )
