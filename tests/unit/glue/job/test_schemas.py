from pyspark.sql.types import DateType, LongType, StringType, StructType, TimestampType

from glue.job import schemas


def test_silver_has_the_contracts_properties_in_order() -> None:
    names = ["user_id" if name == "user_key" else name for name in schemas.CONTRACT["properties"]]
    assert schemas.silver_schema().names == names


def test_types_follow_the_contract() -> None:
    schema = schemas.silver_schema()
    assert schema["version"].dataType == LongType()
    assert schema["sequence_number"].dataType == StringType()
    assert schema["occurred_at"].dataType == TimestampType()
    image = schema["after"].dataType
    assert isinstance(image, StructType)
    assert image["due_date"].dataType == DateType()
    assert schema["before"].dataType == schema["after"].dataType


def test_wire_differs_only_where_text_becomes_time() -> None:
    wire = schemas.wire_schema().simpleString()
    silver = schemas.silver_schema().simpleString().replace("user_id", "user_key")
    assert wire == silver.replace("timestamp", "string").replace(":date", ":string")


def test_glue_column_of_an_image_is_hives_struct() -> None:
    by_name = {column["Name"]: column["Type"] for column in schemas.CHANGE_EVENTS}
    assert by_name["schema_version"] == "int"
    assert by_name["after"].startswith("struct<status:string,priority:string,category:string,due_date:date,")
    assert by_name["before"] == by_name["after"]
    assert "dt" not in by_name
