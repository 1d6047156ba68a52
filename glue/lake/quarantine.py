"""Bronze objects that can't be unpacked. The job quarantines lines itself."""

import gzip
import json
import zlib
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from glue.lake import Lake
from glue.lake.objects import plain, read
from glue.lake.paths import quarantine_folder

THREADS: Final = 8
REASON: Final = "no whole gzip file"


def is_whole(key: str, body: bytes) -> bool:
    try:
        plain(key, body)
    except (EOFError, gzip.BadGzipFile, zlib.error):
        return False
    return True


def broken_objects(lake: Lake, keys: Sequence[str]) -> dict[str, str]:
    """The objects that no reader can unpack, with the reason."""

    def check(key: str) -> bool:
        return is_whole(key, read(lake.s3, lake.bucket, key))

    packed = [key for key in keys if key.endswith(".gz")]
    with ThreadPoolExecutor(THREADS) as pool:
        return {key: REASON for key, whole in zip(packed, pool.map(check, packed), strict=True) if not whole}


def put_objects(lake: Lake, pass_id: str, broken: Mapping[str, str]) -> None:
    """Adds objects to the table quarantine; they have no line."""
    if broken:
        rows = [
            {"line": None, "reason": reason, "bronze_object": key, "pass_id": pass_id} for key, reason in broken.items()
        ]
        body = "".join(f"{json.dumps(row)}\n" for row in rows).encode()
        lake.s3.put_object(Bucket=lake.bucket, Key=f"{quarantine_folder(pass_id)}objects.json", Body=body)
