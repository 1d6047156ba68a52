"""The Glue Data Catalog's partitions, as far as silver's commit asks for them.

https://docs.aws.amazon.com/glue/latest/webapi/API_Operations.html (Partition API)
"""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from tests.faults.aws.errors import ServiceError

Request = dict[str, Any]


@dataclass
class Catalog:
    """Per table its partitions by date. folders: table -> URI of its folder."""

    folders: dict[str, str]
    partitions: dict[str, dict[str, Any]] = field(default_factory=lambda: defaultdict(dict))

    def handle(self, operation: str, request: Request) -> Any:
        """The answer to an operation. Raises ServiceError."""
        if operation == "GetTable":
            name = request["Name"]
            return {"Table": {"Name": name, "StorageDescriptor": {"Location": self.folders[name]}}}
        table = self.partitions[request["TableName"]]
        match operation:
            case "GetPartitions":
                return {"Partitions": [table[dt] for dt in sorted(table)]}
            case "BatchGetPartition":
                wanted = [entry["Values"][0] for entry in request["PartitionsToGet"]]
                return {"Partitions": [table[dt] for dt in wanted if dt in table]}
            case "CreatePartition":
                self._create(table, request["PartitionInput"])
            case "BatchCreatePartition":
                return {"Errors": self._errors(self._create, table, request["PartitionInputList"])}
            case "BatchUpdatePartition":
                inputs = [entry["PartitionInput"] for entry in request["Entries"]]
                return {"Errors": self._errors(self._update, table, inputs)}
            case "DeletePartition":
                if table.pop(request["PartitionValues"][0], None) is None:
                    raise ServiceError("EntityNotFoundException", "Partition not found")
            case _:
                raise ServiceError("UnknownOperationException", operation)
        return {}

    def locations(self, table: str) -> dict[str, str]:
        """The folder (URI) that readers find each date in."""
        return {dt: part["StorageDescriptor"]["Location"] for dt, part in sorted(self.partitions[table].items())}

    def _create(self, table: dict[str, Any], given: Any) -> None:
        if given["Values"][0] in table:
            raise ServiceError("AlreadyExistsException", "Partition already exists.")
        table[given["Values"][0]] = given

    def _update(self, table: dict[str, Any], given: Any) -> None:
        if given["Values"][0] not in table:
            raise ServiceError("EntityNotFoundException", "Partition not found")
        table[given["Values"][0]] = given

    def _errors(self, change: Any, table: dict[str, Any], inputs: list[Any]) -> list[Any]:
        errors = []
        for given in inputs:
            try:
                change(table, given)
            except ServiceError as error:
                detail = {"ErrorCode": error.code, "ErrorMessage": error.message}
                errors.append({"PartitionValues": given["Values"], "ErrorDetail": detail})
        return errors
