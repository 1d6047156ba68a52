"""Puts a stage into an account: stacks, then the API by Zappa, then its front door; and takes it out again."""


class DeploymentError(Exception):
    """One line for the person at the terminal: what is wrong and what to do."""
