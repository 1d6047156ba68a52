"""`python -m infra.local.dbt ARGUMENTS`: dbt, with botocore's service models parsed once.

dbt-athena opens a session for each node, and each session parses AWS's service models again, which is half of dbt's
work on a laptop. A loader is a read-only cache, so all sessions can share one.
"""

import functools
import sys

import botocore.session
from dbt.cli.main import dbtRunner


def share_service_models() -> None:
    botocore.session.create_loader = functools.lru_cache(botocore.session.create_loader)


def main() -> int:
    share_service_models()
    return 0 if dbtRunner().invoke(sys.argv[1:]).success else 1


if __name__ == "__main__":
    sys.exit(main())
