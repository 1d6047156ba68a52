"""The service that the API is compared with: the least of the same in FastAPI, pydantic, boto3 and mangum."""
