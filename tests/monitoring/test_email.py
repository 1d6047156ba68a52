"""Who is told by mail, and what a deployment says of it."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from infra.app import build
from infra.config import settings_of
from infra.deployment.steps import alarm_recipient

EMAIL = "operator@example.com"
WITHOUT = replace(settings_of("dev"), alarm_email="")
WITH = replace(WITHOUT, alarm_email=EMAIL)


@pytest.fixture
def sns() -> Iterator[Any]:
    with mock_aws():
        yield boto3.client("sns")


def test_an_address_in_the_settings_is_subscribed_to_the_topic_of_the_alarms(tmp_path: Path) -> None:
    build(WITH, str(tmp_path)).synth()
    resources = json.loads((tmp_path / "todo-dev-monitoring.template.json").read_text())["Resources"].values()
    (subscription,) = [found["Properties"] for found in resources if found["Type"] == "AWS::SNS::Subscription"]
    actions = [found["Properties"]["AlarmActions"] for found in resources if found["Type"] == "AWS::CloudWatch::Alarm"]
    assert (subscription["Protocol"], subscription["Endpoint"]) == ("email", EMAIL)
    assert actions == [[subscription["TopicArn"]]] * len(actions)
    assert len(actions) > 20


def test_without_an_address_it_is_said_where_one_is_written(sns: Any) -> None:
    topic = sns.create_topic(Name="told")["TopicArn"]
    assert alarm_recipient(WITHOUT, sns, topic) == (
        'go nowhere: set alarm_email="ADDRESS" in STAGES["dev"] in infra/config.py, and deploy'
    )


def test_an_address_is_told_only_once_it_is_confirmed(sns: Any) -> None:
    topic = sns.create_topic(Name="told")["TopicArn"]
    assert alarm_recipient(WITH, sns, topic).startswith(f"will go to {EMAIL} after someone opens the link")
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="another@example.com")
    assert alarm_recipient(WITH, sns, topic).startswith("will go")
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint=EMAIL)
    assert alarm_recipient(WITH, sns, topic) == f"go to {EMAIL}"
