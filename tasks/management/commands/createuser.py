from argparse import ArgumentParser
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from django.core.management.base import BaseCommand, CommandError

from tasks.accounts.profiles import ensure_account
from tasks.api.serializers import time_zones
from tasks.models import WriteContext, instants


class Command(BaseCommand):
    help = "Creates an account: a Cognito user and its profile. Run again, it creates only the missing parts."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--name", help="shown to the user (default: the e-mail's local part)")
        parser.add_argument("--password", help="a permanent password; without one the user can't sign in yet")
        parser.add_argument("--time-zone", default="UTC", help="IANA name, such as Europe/Rome (default: UTC)")

    def handle(self, *_: Any, **options: Any) -> None:
        email: str = options["email"]
        if options["time_zone"] not in time_zones():
            raise CommandError("--time-zone must be an IANA name, such as Europe/Rome.")
        now = instants.now()
        try:
            account = ensure_account(
                email=email,
                name=options["name"] or email.partition("@")[0],
                time_zone=options["time_zone"],
                password=options["password"],
                context=WriteContext(now=now, changed_at=now),
            )
        except (ClientError, BotoCoreError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"Cognito user {email}: {'created' if account.user_created else 'already exists'}, sub {account.sub}"
        )
        if options["password"]:
            self.stdout.write("Password: set")
        self.stdout.write(f"Profile: {'created' if account.profile_created else 'already exists, unchanged'}")
