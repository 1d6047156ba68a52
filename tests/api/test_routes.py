"""The router's own: the root, route names, paths with a trailing slash, and what the browsable pages offer."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import resolve
from rest_framework.test import APIClient

from tests.support.tokens import id_claims, signed

RESOURCES = {
    "tasks": "http://testserver/api/v1/tasks",
    "users": "http://testserver/api/v1/users",
    "insights/organization": "http://testserver/api/v1/insights/organization",
    "insights": "http://testserver/api/v1/insights",
}


@pytest.fixture
def browser(table: Any) -> Client:
    browser = Client(headers={"Accept": "text/html"})
    browser.cookies["todo_token"] = signed(id_claims())
    return browser


def test_root_links_to_the_resources(ann: APIClient) -> None:
    assert ann.get("/api/v1/").json() == RESOURCES


def test_root_is_found_without_its_slash(ann: APIClient) -> None:
    assert ann.get("/api/v1", follow=True).json() == RESOURCES


def test_root_is_a_page_in_a_browser(browser: Client) -> None:
    page = browser.get("/api/v1/").content.decode()
    assert all(f'href="{address}"' in page for address in RESOURCES.values())


def test_root_is_for_the_signed_in(anonymous: APIClient) -> None:
    assert anonymous.get("/api/v1/").status_code == 401


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/api/v1/", "api-root"),
        ("/api/v1/tasks", "task-list"),
        ("/api/v1/tasks/batch", "task-batch"),
        ("/api/v1/tasks/changes", "task-changes"),
        ("/api/v1/tasks/x", "task-detail"),
        ("/api/v1/users", "profile-list"),
        ("/api/v1/users/export", "profile-export"),
        ("/api/v1/insights", "insight-list"),
        ("/api/v1/insights/mix", "insight-detail"),
        ("/api/v1/insights/organization", "organization-insight-list"),
        ("/api/v1/insights/organization/mix", "organization-insight-detail"),
    ],
)
def test_route_has_a_name(path: str, name: str) -> None:
    assert resolve(path).view_name == name


@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete", "head", "options"])
@pytest.mark.parametrize("path", ["/api/v1/tasks", "/api/v1/users/export", "/health", "/docs"])
def test_trailing_slash_leads_to_the_path_without_it(method: str, path: str, table: Any) -> None:
    client = Client(enforce_csrf_checks=True)
    response = getattr(client, method)(f"{path}/?status=pending&q=a%26b")
    assert (response.status_code, response["Location"]) == (308, f"{path}?status=pending&q=a%26b")


@pytest.mark.parametrize(
    "path",
    [
        "/%2Fevil.example/",
        "/nothing/",
        "/tasks//",
        "/api/v1/tasks//",
        "/%2F",
        "/api/v1/tasks%0A/",
        "/api/v1/tasks/..%2f",
    ],
)
def test_trailing_slash_of_no_path_of_ours_is_404(path: str, ann: APIClient) -> None:
    response = ann.get(path)
    assert (response.status_code, response["Content-Type"]) == (404, "application/problem+json")


def test_client_that_follows_the_slash_reaches_the_list(ann: APIClient) -> None:
    ann.post("/api/v1/tasks", {"title": "Here"}, format="json")
    assert [task["title"] for task in ann.get("/api/v1/tasks/", follow=True).json()] == ["Here"]


def test_page_of_the_list_offers_its_filters(browser: Client) -> None:
    page = browser.get("/api/v1/tasks?status=pending&q=%3Cb%3E").content.decode()
    controls = set(re.findall(r'<(?:input|select) [^>]*id="filter-(\w+)"', page))
    assert controls == {
        "status",
        "priority",
        "category",
        "due_before",
        "due_after",
        "overdue",
        "q",
        "ordering",
        "limit",
    }
    assert re.search(r"<option selected>pending</option>", page)
    assert 'value="&lt;b&gt;"' in page


def test_page_of_the_list_leads_to_the_next_and_back(browser: Client, ann: APIClient) -> None:
    for number in range(3):
        ann.post("/api/v1/tasks", {"title": f"Task {number}"}, format="json")
    page = browser.get("/api/v1/tasks?limit=2").content.decode()
    following = re.search(r'<a href="http://testserver([^"]+)" rel="next">', page)
    assert following is not None
    assert "First page" not in page
    last = browser.get(following[1].replace("&amp;", "&")).content.decode()
    assert "Task 0" in last
    assert '<a href="/api/v1/tasks">&laquo; First page</a>' in last
    assert 'rel="next"' not in last


def test_page_of_the_list_links_to_the_actions_that_a_link_can_open(browser: Client) -> None:
    page = browser.get("/api/v1/tasks").content.decode()
    assert 'href="http://testserver/api/v1/tasks/changes"' in page
    assert "/api/v1/tasks/batch" not in page
