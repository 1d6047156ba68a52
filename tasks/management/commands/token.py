from argparse import ArgumentParser
from getpass import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from tasks.accounts import identity


class Command(BaseCommand):
    help = "Prints a token for curl: TOKEN=$(manage.py token ann@example.com --password ...)"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--password", help="prompted for if left out")
        parser.add_argument("--access", action="store_true", help="print the access token instead of the ID token")

    def handle(self, *_: Any, **options: Any) -> None:
        try:
            tokens = identity.sign_in(options["email"], options["password"] or getpass())
        except identity.SignInUnavailableError as error:
            raise CommandError("Cognito does not respond. On a laptop, start the system with `make up`.") from error
        except identity.SignInRefusedError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(tokens["AccessToken" if options["access"] else "IdToken"])
