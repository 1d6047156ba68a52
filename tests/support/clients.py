"""Clients of the API in this process."""

from rest_framework.test import APIClient


def client_of(token: str) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return client
