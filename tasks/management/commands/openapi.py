from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = "Generates the OpenAPI document, served at /openapi.json, from the views."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="write nothing, fail if the file is stale")

    def handle(self, *_: Any, **options: Any) -> None:
        from tasks.api import openapi  # noqa: PLC0415 -- only this command needs the generator

        text = openapi.text()
        if not options["check"]:
            openapi.FILE.write_text(text)
            self.stdout.write("The OpenAPI document is written.")
        elif not openapi.FILE.exists() or openapi.FILE.read_text() != text:
            raise CommandError("The OpenAPI document is stale: run `manage.py openapi` and commit the file.")
