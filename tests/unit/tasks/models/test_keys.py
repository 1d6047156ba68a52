import hashlib
import hmac
import uuid
from datetime import UTC, datetime, timedelta

import pytest

from tasks.models import keys

INSTANT = datetime(2026, 11, 22, 12, 0, 0, 123_000, tzinfo=UTC)


def test_new_id_is_a_uuid7_of_its_time() -> None:
    made = uuid.UUID(keys.new_task_id(INSTANT))
    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert made.int >> 80 == int(INSTANT.timestamp() * 1000)


def test_ids_sort_by_time() -> None:
    ids = [keys.new_task_id(INSTANT + timedelta(milliseconds=step)) for step in range(100)]
    assert ids == sorted(ids)


def test_ids_of_one_millisecond_differ() -> None:
    assert len({keys.new_task_id(INSTANT) for _ in range(10_000)}) == 10_000


def test_derived_id_is_the_same_again_and_differs_by_name() -> None:
    made = keys.derived_task_id(INSTANT, "sub", "task")
    assert made == keys.derived_task_id(INSTANT, "sub", "task")
    assert made != keys.derived_task_id(INSTANT, "subt", "ask")
    assert keys.is_task_id(made)


def test_random_part_is_what_went_in() -> None:
    assert keys.random_part(keys.derived_task_id(INSTANT, "a", "b")) == keys.derived_part("a", "b")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "01a20450-5f49-410c-aa4b-80ad2ea82045",
        "01A20450-5F49-710C-AA4B-80AD2EA82045",
        "01a204505f49710caa4b80ad2ea82045",
        "01a20450-5f49-710c-aa4b-80ad2ea82045\n",
        "01a20450-5f49-710c-ca4b-80ad2ea82045",
    ],
)
def test_text_that_is_no_id_is_known(text: str) -> None:
    assert not keys.is_task_id(text)


def test_user_key_is_the_keyed_hash_of_the_sub() -> None:
    assert keys.user_key("secret", "sub") == hmac.new(b"secret", b"sub", hashlib.sha256).hexdigest()


def test_keys_are_read_back() -> None:
    assert keys.sub_of(keys.user_pk("abc")) == "abc"
    assert keys.task_id_of(keys.task_sk("01a2")) == "01a2"
