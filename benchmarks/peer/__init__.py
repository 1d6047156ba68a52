"""The service that the API is compared with: a minimal equivalent in FastAPI, pydantic, boto3 and mangum."""
