"""python -m infra.athena --backend http://127.0.0.1:4566 --port 4567

Serves until SIGTERM or SIGINT. Prints one line when it is ready.
"""

import argparse
import os
import shutil
import signal
import sys
import tempfile
import threading
from pathlib import Path

import boto3
from botocore.config import Config
from botocore.credentials import Credentials

from .athena_api import AthenaApi
from .calls import CallLog
from .catalog import Catalog
from .engine import Engine
from .glue_api import Backend, GlueApi, TableVersions
from .queries import Queries
from .server import Server, Services
from .storage import Storage


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m infra.athena", description=__doc__)
    parser.add_argument("--backend", required=True, help="URL of the emulator")
    parser.add_argument("--port", type=int, default=4567)
    parser.add_argument("--state", type=Path, help="folder for cached objects and table versions; default: temporary")
    parser.add_argument("--calls-log", type=Path, help="file to append a JSON line to for each call; default: none")
    return parser.parse_args()


def main() -> int:
    arguments = _arguments()
    temporary = arguments.state is None
    state = Path(tempfile.mkdtemp(prefix="athena-")) if temporary else arguments.state.resolve()
    work = Path(tempfile.mkdtemp(prefix="athena-work-"))
    try:
        return _serve(arguments, state, work)
    finally:
        shutil.rmtree(work, ignore_errors=True)
        if temporary:
            shutil.rmtree(state, ignore_errors=True)


def _serve(arguments: argparse.Namespace, state: Path, work: Path) -> int:
    region = os.environ.get("AWS_DEFAULT_REGION", "us-east-1")
    keys = Credentials(os.environ.get("AWS_ACCESS_KEY_ID", "test"), os.environ.get("AWS_SECRET_ACCESS_KEY", "test"))
    session = boto3.Session(keys.access_key, keys.secret_key, region_name=region)
    config = Config(
        connect_timeout=5, read_timeout=60, max_pool_connections=32,
        retries={"max_attempts": 3}, s3={"addressing_style": "path"},
    )  # fmt: skip
    url = arguments.backend
    storage = Storage(session.client("s3", endpoint_url=url, config=config), state / "objects")
    engine = Engine(Catalog(session.client("glue", endpoint_url=url, config=config)), storage, work)
    queries = Queries(engine)
    backend = Backend(url, keys, region)
    services = Services(
        AthenaApi(queries, session.client("athena", endpoint_url=url, config=config)),
        GlueApi(backend, TableVersions(state / "table-versions")),
        backend,
        CallLog(arguments.calls_log) if arguments.calls_log else None,
    )
    try:
        server = Server(arguments.port, services)
    except OSError as error:
        print(f"Can't serve on port {arguments.port}: {error}. Choose another with --port.", file=sys.stderr)
        return 1
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    print(f"Athena endpoint ready on http://127.0.0.1:{arguments.port}, in front of {url}", flush=True)
    server.serve_forever(poll_interval=0.1)
    server.server_close()
    queries.close()
    engine.close()
    return 0


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    # Everything is closed by now. An ordinary exit would have DuckDB's bindings print a page about "leaks".
    os._exit(code)
