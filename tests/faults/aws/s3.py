"""One S3 bucket in memory, strongly consistent, with the lake's lifecycle rules.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html
Consistency: https://docs.aws.amazon.com/AmazonS3/latest/userguide/Welcome.html#ConsistencyModel
Expiry: https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-configuration-examples.html
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import parse_qs, unquote, urlsplit
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from tests.faults.aws.errors import ServiceError

DAY = 24 * 3600
# As the lake's stack declares them: prefix -> days. What a later pass replaced is tagged.
EXPIRY_DAYS = {
    "bronze/": 30,
    "silver/quarantine/": 30,
    "silver/commits/": 30,
    "silver/work/": 1,
    "exports/": 1,
}
SUPERSEDED_DAYS = 7
NAMESPACE = "{http://s3.amazonaws.com/doc/2006-03-01/}"


@dataclass(slots=True)
class Stored:
    body: bytes
    written_at: float
    superseded: bool = False


@dataclass
class Bucket:
    """Objects by key."""

    name: str
    clock: Callable[[], float]
    objects: dict[str, Stored] = field(default_factory=dict)

    def put(self, key: str, body: bytes) -> None:
        self.objects[key] = Stored(body, self.clock())

    def expire(self) -> None:
        """What the lifecycle rules do, once a day."""
        for key, found in list(self.objects.items()):
            days = [days for prefix, days in EXPIRY_DAYS.items() if key.startswith(prefix)]
            days += [SUPERSEDED_DAYS] if found.superseded else []
            if days and self.clock() - found.written_at >= min(days) * DAY:
                del self.objects[key]

    def handle(self, method: str, url: str, headers: dict[str, str], body: bytes) -> bytes:
        """The body of a request's answer. Raises ServiceError."""
        parts = urlsplit(url)
        key = unquote(parts.path).lstrip("/").removeprefix(f"{self.name}/")
        query = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        if "list-type" in query:
            return self._list(query)
        if method == "POST" and "delete" in query:
            return self._delete_some(body)
        if method == "PUT" and "tagging" in query:
            self._found(key).superseded = b"superseded" in body
        elif method == "PUT" and "x-amz-copy-source" in headers:
            source = unquote(headers["x-amz-copy-source"]).lstrip("/").removeprefix(f"{self.name}/")
            self.put(key, self._found(source).body)
            return b"<CopyObjectResult><ETag>x</ETag></CopyObjectResult>"
        elif method == "PUT":
            self.put(key, body)
        elif method == "GET":
            return self._found(key).body
        elif method == "DELETE":
            self.objects.pop(key, None)
        return b""

    def _found(self, key: str) -> Stored:
        if key not in self.objects:
            raise ServiceError("NoSuchKey", "The specified key does not exist.", status=404)
        return self.objects[key]

    def _delete_some(self, body: bytes) -> bytes:
        for found in ElementTree.fromstring(body).iter(f"{NAMESPACE}Key"):
            self.objects.pop(found.text or "", None)
        return b"<DeleteResult></DeleteResult>"

    def _list(self, query: dict[str, str]) -> bytes:
        prefix, after = query.get("prefix", ""), query.get("start-after", "")
        keys = sorted(key for key in self.objects if key.startswith(prefix) and key > after)
        folders: list[str] = []
        if "delimiter" in query:
            ends = {key: key.find(query["delimiter"], len(prefix)) for key in keys}
            folders = sorted({key[: end + 1] for key, end in ends.items() if end >= 0})
            keys = [key for key, end in ends.items() if end < 0]
        contents = "".join(self._entry(key) for key in keys)
        common = "".join(f"<CommonPrefixes><Prefix>{escape(folder)}</Prefix></CommonPrefixes>" for folder in folders)
        return f"<ListBucketResult><IsTruncated>false</IsTruncated>{contents}{common}</ListBucketResult>".encode()

    def _entry(self, key: str) -> str:
        found = self.objects[key]
        modified = datetime.fromtimestamp(int(found.written_at), UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        tag = hashlib.md5(found.body, usedforsecurity=False).hexdigest()
        return (
            f"<Contents><Key>{escape(key)}</Key><LastModified>{modified}</LastModified>"
            f"<ETag>{tag}</ETag><Size>{len(found.body)}</Size></Contents>"
        )
