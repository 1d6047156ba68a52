"""S3's file system for pip's Spark, which has none: `s3://lake/` is a folder that mirrors the in-process bucket.

Hadoop's ViewFileSystemOverloadScheme looks at a folder under another scheme's name. botocore's events keep folder and
bucket alike: before a call of boto3's the bucket gets what Spark wrote, and after it the folder what the call changed.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.s3.models import s3_backends
from pyspark.sql import SparkSession

from tests.support.lakes import BUCKET

VIEW = "org.apache.hadoop.fs.viewfs.ViewFileSystemOverloadScheme"


@contextmanager
def s3_of_spark(spark: SparkSession, folder: Path) -> Iterator[None]:
    """Lets Spark read and write the bucket, by way of the folder; for clients made meanwhile."""
    # There is no other way to a running session's file systems than the JVM's object.
    hadoop: Any = spark.sparkContext._jsc.hadoopConfiguration()
    settings = {"fs.s3.impl": VIEW, f"fs.viewfs.mounttable.{BUCKET}.linkFallback": folder.as_uri()}
    settings["fs.s3.impl.disable.cache"] = "true"
    for name, value in settings.items():
        hadoop.set(name, value)
    mirror = Mirror(folder)
    mirror.download()
    events = boto3._get_default_session().events
    events.register_first("before-call.s3", mirror.upload)
    events.register_last("after-call.s3", mirror.download)
    try:
        yield
    finally:
        events.unregister("before-call.s3", mirror.upload)
        events.unregister("after-call.s3", mirror.download)
        for name in settings:
            hadoop.unset(name)


class Mirror:
    """The in-process bucket and its folder. Objects are written once, as the lake's are, and may be deleted."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._mirrored = folder, set[str]()

    @property
    def _backend(self) -> Any:
        return s3_backends[DEFAULT_ACCOUNT_ID]["aws"]

    def upload(self, **_: Any) -> None:
        for path in sorted(path for path in self._folder.rglob("*") if path.is_file()):
            key = path.relative_to(self._folder).as_posix()
            # A checksum of Hadoop's local file system.
            if key not in self._mirrored and not path.name.startswith("."):
                self._backend.put_object(BUCKET, key, path.read_bytes())
                self._mirrored.add(key)

    def download(self, **_: Any) -> None:
        objects = self._backend.buckets[BUCKET].keys
        for key in [key for key in objects if key not in self._mirrored]:
            path = self._folder / key
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(objects[key].value)
            self._mirrored.add(key)
        for key in [key for key in self._mirrored if key not in objects]:
            (self._folder / key).unlink()
            self._mirrored.remove(key)
