"""What can't be read: whole objects that are no gzip files. Lines are the job's own business."""

import gzip
import json
import zlib
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from glue import lake
from glue.catalogue import Lake

THREADS: Final = 8
REASON: Final = "no whole gzip file"


def is_whole(key: str, body: bytes) -> bool:
    try:
        lake.plain(key, body)
    except (EOFError, gzip.BadGzipFile, zlib.error):
        return False
    return True


def broken_objects(target: Lake, keys: list[str]) -> dict[str, str]:
    """Those of the objects that no reader can unpack, with the reason."""

    def check(key: str) -> bool:
        return is_whole(key, lake.read(target.s3, target.bucket, key))

    packed = [key for key in keys if key.endswith(".gz")]
    with ThreadPoolExecutor(THREADS) as pool:
        return {key: REASON for key, whole in zip(packed, pool.map(check, packed), strict=True) if not whole}


def put_objects(target: Lake, pass_id: str, broken: dict[str, str]) -> None:
    """Notes objects in the table quarantine; they have no line."""
    if broken:
        rows = [
            {"line": None, "reason": reason, "bronze_object": key, "pass_id": pass_id} for key, reason in broken.items()
        ]
        body = "".join(f"{json.dumps(row)}\n" for row in rows).encode()
        target.s3.put_object(Bucket=target.bucket, Key=f"{lake.quarantine_folder(pass_id)}objects.json", Body=body)
