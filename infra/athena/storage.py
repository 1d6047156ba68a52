"""Objects in S3, with a bounded cache."""

import hashlib
import os
import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from .errors import QueryError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import ObjectIdentifierTypeDef

DELETE_BATCH = 1000
DOWNLOADS = 8


@dataclass(frozen=True)
class S3Object:
    """One version of an object: the ETag tells versions of a key apart."""

    bucket: str
    key: str
    etag: str
    size: int

    @property
    def uri(self) -> str:
        return f"s3://{self.bucket}/{self.key}"


def split_uri(uri: str) -> tuple[str, str]:
    """Bucket and key (or prefix, without a trailing slash) of an `s3://` URI."""
    scheme, _, rest = uri.partition("://")
    if not scheme.startswith("s3") or not rest:
        raise QueryError("INVALID_PROPERTY", f"not an S3 location: {uri}")
    bucket, _, key = rest.partition("/")
    return bucket, key.rstrip("/")


def is_data(key: str) -> bool:
    """Whether Athena reads the object: names that begin with `_` or `.` are hidden from it."""
    name = PurePosixPath(key).name
    return not key.endswith("/") and not name.startswith(("_", "."))


class Storage:
    """Reads, writes and deletes objects. Objects are immutable, so each is downloaded once.

    `folder` holds the downloads, at most `limit` bytes besides those that running queries use.
    Safe to use from several threads.
    """

    def __init__(self, client: "S3Client", folder: Path, limit: int = 4 * 1024**3) -> None:
        self._client = client
        self._folder = folder
        self._limit = limit
        self._lock = threading.Lock()
        self._in_use: dict[Path, int] = {}
        self._downloads: dict[Path, threading.Lock] = {}
        self._pool = ThreadPoolExecutor(DOWNLOADS, thread_name_prefix="download")
        folder.mkdir(parents=True, exist_ok=True)
        self._size = sum(path.stat().st_size for path in folder.iterdir())

    def objects(self, uri: str) -> list[S3Object]:
        """The data objects below a location, in key order; an empty list if it doesn't exist."""
        bucket, prefix = split_uri(uri)
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=bucket, Prefix=f"{prefix}/" if prefix else ""
        )
        try:
            return [
                S3Object(bucket, item["Key"], item["ETag"].strip('"'), item["Size"])
                for page in pages
                for item in page.get("Contents", [])
                if item["Size"] and is_data(item["Key"])
            ]
        except ClientError as error:
            raise _access_error(error, uri) from error

    def fetch(self, wanted: list[S3Object]) -> list[Path]:
        """Local copies of the objects, kept until `release`. Raises QueryError if one can't be read."""
        started = [self._pool.submit(self._fetch, item) for item in wanted]
        errors = [error for future in started if (error := future.exception())]
        if errors:
            self.release(future.result() for future in started if not future.exception())
            raise errors[0]
        return [future.result() for future in started]

    def _fetch(self, wanted: S3Object) -> Path:
        path = self._path_of(wanted)
        with self._lock:
            self._in_use[path] = self._in_use.get(path, 0) + 1
            download = self._downloads.setdefault(path, threading.Lock())
        try:
            with download:
                if path.exists():
                    os.utime(path)
                else:
                    self._download(wanted, path)
        except ClientError as error:
            self.release([path])
            raise QueryError("HIVE_CANNOT_OPEN_SPLIT", f"Error opening Hive split {wanted.uri}: {error}") from error
        return path

    def release(self, paths: Iterable[Path]) -> None:
        """Ends the use of these copies; over the limit, deletes the least recently used ones."""
        with self._lock:
            for path in paths:
                self._in_use[path] -= 1
                if not self._in_use[path]:
                    del self._in_use[path]
                    self._downloads.pop(path, None)
            self._evict()

    def read(self, uri: str) -> bytes:
        """An object's content. Raises QueryError if there is none."""
        bucket, key = split_uri(uri)
        try:
            return self._client.get_object(Bucket=bucket, Key=key)["Body"].read()
        except ClientError as error:
            raise _access_error(error, uri) from error

    def write(self, uri: str, body: bytes) -> None:
        bucket, key = split_uri(uri)
        try:
            self._client.put_object(Bucket=bucket, Key=key, Body=body)
        except ClientError as error:
            raise _access_error(error, uri) from error

    def upload(self, path: Path, uri: str) -> S3Object:
        """Stores a local file and moves it into the cache, as it is likely to be read next."""
        bucket, key = split_uri(uri)
        size = path.stat().st_size
        try:
            with path.open("rb") as body:
                etag = self._client.put_object(Bucket=bucket, Key=key, Body=body)["ETag"].strip('"')
        except ClientError as error:
            raise _access_error(error, uri) from error
        stored = S3Object(bucket, key, etag, size)
        path.replace(self._path_of(stored))
        self._grow(size)
        return stored

    def delete(self, uris: Iterable[str]) -> None:
        by_bucket: dict[str, list[str]] = {}
        for uri in uris:
            bucket, key = split_uri(uri)
            by_bucket.setdefault(bucket, []).append(key)
        for bucket, keys in by_bucket.items():
            for start in range(0, len(keys), DELETE_BATCH):
                batch: list[ObjectIdentifierTypeDef] = [{"Key": key} for key in keys[start : start + DELETE_BATCH]]
                self._client.delete_objects(Bucket=bucket, Delete={"Objects": batch, "Quiet": True})

    def _path_of(self, item: S3Object) -> Path:
        digest = hashlib.sha256(f"{item.bucket}\0{item.key}\0{item.etag}".encode()).hexdigest()
        return self._folder / (digest + "".join(PurePosixPath(item.key).suffixes[-2:]))

    def _download(self, wanted: S3Object, path: Path) -> None:
        body = self._client.get_object(Bucket=wanted.bucket, Key=wanted.key, IfMatch=f'"{wanted.etag}"')["Body"]
        partial = path.with_name(f"{path.name}.{threading.get_ident()}.part")
        with partial.open("wb") as file:
            for chunk in body.iter_chunks(1024 * 1024):
                file.write(chunk)
        partial.replace(path)
        self._grow(wanted.size)

    def _grow(self, size: int) -> None:
        with self._lock:
            self._size += size

    def _evict(self) -> None:
        if self._size <= self._limit:
            return
        files = [(path, path.stat()) for path in self._folder.iterdir() if path.suffix != ".part"]
        self._size = sum(status.st_size for _, status in files)
        for path, status in sorted(files, key=lambda entry: entry[1].st_mtime):
            if self._size <= self._limit:
                return
            if path not in self._in_use:
                with suppress(FileNotFoundError):
                    path.unlink()
                self._size -= status.st_size


def _access_error(error: ClientError, uri: str) -> QueryError:
    return QueryError("HIVE_FILESYSTEM_ERROR", f"Failed to access {uri}: {error}")
