"""Deploys a stage to an account (the stacks, the API with Zappa, its front door) and destroys it."""


class DeploymentError(Exception):
    """One line for the person at the terminal: what is wrong and what to do."""
