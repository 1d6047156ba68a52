import json

from glue.lake import Lake, erasures, objects
from tests.support.lakes import BUCKET

FIRST = "20260105T090000000Z"


def test_users_who_are_listed_no_longer_are_named_no_longer(target: Lake) -> None:
    erasures.note(target, FIRST, erasures.Erasures(["a", "b"], ["a", "b"]), {})
    erasures.drop_unlisted(target, ["b", "c"])
    assert json.loads(objects.read(target.s3, BUCKET, erasures.CLEARED)) == ["b"]
    assert erasures.pending(target, ["b", "c"]).new == ["c"]
