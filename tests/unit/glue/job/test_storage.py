from moto import mock_aws

from glue.job.spec import Summary
from glue.job.storage import S3Storage
from glue.lake import objects, paths
from glue.lake.planning import Plan
from tests.support.lakes import BUCKET, make_lake

PASS = "20260105T090000000Z"


@mock_aws()
def test_files_move_from_the_work_folder_to_silvers_layout() -> None:
    lake = make_lake()
    job = S3Storage().stage(lake, Plan(None, []), [], PASS, attempt=2)
    folders = {"2026-01-04": "fresh/dt=2026-01-04", "2026-01-05": "merged/dt=2026-01-05"}
    for kind in ("fresh", "merged"):
        for dt in folders:
            key = f"{paths.WORK}{PASS}/2/{kind}/dt={dt}/part-0.parquet"
            lake.s3.put_object(Bucket=BUCKET, Key=key, Body=f"{kind} {dt}".encode())
    S3Storage().put_in_place(lake, job, Summary(2, 2, 0, 0, 0, 0, folders, {}))
    moved = {key: objects.read(lake.s3, BUCKET, key) for key in objects.keys(lake.s3, BUCKET, paths.SILVER)}
    assert moved == {
        f"silver/change_events/dt=2026-01-04/{PASS}/part-0.parquet": b"fresh 2026-01-04",
        f"silver/change_events/dt=2026-01-05/{PASS}/part-0.parquet": b"merged 2026-01-05",
    }
    assert objects.read_folder(lake, job.folder("merged")) == b"merged 2026-01-04merged 2026-01-05"
