"""The settings as static analysis loads them: outside a deployment, with the tests' environment."""

from tests.support.environment import prepare

prepare()

from todo_project.settings import *  # noqa: E402, F403
