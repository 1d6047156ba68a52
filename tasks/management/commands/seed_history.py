from argparse import ArgumentParser
from typing import Any

from tasks.imports import sample
from tasks.management.replaying import ReplayingCommand
from tasks.models import instants


class Command(ReplayingCommand):
    help = (
        "Loads a generated history up to now; the seed determines it. Run again, it adds the rows that are due since."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--users", type=int, default=4, help="number of users; the first is demo@example.com (default: 4)"
        )
        parser.add_argument("--days", type=int, default=150, help="length of the history (default: 150)")
        parser.add_argument("--seed", type=int, default=1, help="seed of the random numbers (default: 1)")
        parser.add_argument(
            "--email-domain", default="example.com", help="domain of the users' e-mail addresses (default: example.com)"
        )
        parser.add_argument("--password", help="password of all users; without one, new users can't sign in yet")

    def handle(self, *_: Any, **options: Any) -> None:
        people = sample.people(options["users"])
        rows = sample.rows(people, until=instants.now(), days=options["days"], seed=options["seed"])
        self.replay(
            rows,
            email_domain=options["email_domain"],
            password=options["password"],
            time_zones={person.name: person.time_zone for person in people},
        )
