"""Pages for people: sign-in by Cognito, the cookie, CSRF, the browsable API."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from django.test import Client

from tasks.accounts import identity
from tests.support.table import Wire
from tests.support.tokens import REGION, id_claims, signed

EMAIL, PASSWORD = "ann@example.com", "Pass-word-1"


@pytest.fixture
def visitor(table: Any) -> Client:
    """A browser that isn't signed in; CSRF is checked as for real."""
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def signed_in(visitor: Client) -> Client:
    visitor.cookies["todo_token"] = signed(id_claims())
    return visitor


@pytest.fixture
def account(aws: None, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """moto's Cognito with one account, instead of the key server's address."""
    monkeypatch.delenv("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER")
    identity.client.cache_clear()
    cognito = boto3.client("cognito-idp", region_name=REGION)
    settings.USER_POOL_ID = cognito.create_user_pool(PoolName="p", UsernameAttributes=["email"])["UserPool"]["Id"]
    settings.CLIENT_ID = cognito.create_user_pool_client(
        UserPoolId=settings.USER_POOL_ID, ClientName="c", ExplicitAuthFlows=["ALLOW_ADMIN_USER_PASSWORD_AUTH"]
    )["UserPoolClient"]["ClientId"]
    identity.create_user(EMAIL, "Ann")
    identity.set_password(EMAIL, PASSWORD)
    yield
    identity.client.cache_clear()


def csrf_token(client: Client, path: str = "/login") -> str:
    response = client.get(path)
    return str(response.context["csrf_token"])


def fetched(client: Client, path: str) -> Any:
    """A file's answer, read to its end and closed."""
    response = client.get(path)
    assert b"".join(response) or response.status_code != 200
    response.close()
    return response


def log_in(client: Client, **fields: str) -> Any:
    form = {"email": EMAIL, "password": PASSWORD, "csrfmiddlewaretoken": csrf_token(client), **fields}
    return client.post("/login", form)


def test_root_leads_to_the_dashboard(visitor: Client) -> None:
    assert visitor.get("/")["Location"] == "/dashboard"


def test_dashboard_leads_a_visitor_to_the_sign_in(visitor: Client) -> None:
    assert visitor.get("/dashboard")["Location"] == "/login?next=%2Fdashboard"


def test_dashboard_is_shown_to_the_signed_in(signed_in: Client) -> None:
    response = signed_in.get("/dashboard")
    assert (response.status_code, response["Content-Type"]) == (200, "text/html; charset=utf-8")


def test_sign_in_puts_the_token_where_no_script_reads_it(visitor: Client, account: None) -> None:
    response = log_in(visitor)
    cookie = response.cookies["todo_token"]
    assert (response.status_code, response["Location"]) == (302, "/dashboard")
    assert (cookie["httponly"], cookie["secure"], cookie["samesite"], cookie["path"]) == (True, True, "Lax", "/")
    assert 0 < int(cookie["max-age"]) <= 86400
    assert cookie.value.count(".") == 2


@pytest.mark.parametrize(("field", "value"), [("password", "wrong"), ("email", "nobody@example.com"), ("email", "")])
def test_sign_in_refused_says_so_and_sets_no_cookie(visitor: Client, account: None, field: str, value: str) -> None:
    response = log_in(visitor, **{field: value})
    assert response.status_code == 403
    assert b"E-mail or password is wrong." in response.content
    assert "todo_token" not in response.cookies
    assert PASSWORD.encode() not in response.content


def test_sign_in_without_the_csrf_token_is_403(visitor: Client) -> None:
    response = visitor.post("/login", {"email": EMAIL, "password": PASSWORD})
    assert (response.status_code, response["Content-Type"]) == (403, "application/problem+json")


@pytest.mark.parametrize(
    ("target", "location"),
    [
        ("/api/v1/tasks", "/api/v1/tasks"),
        ("//evil.example/x", "/dashboard"),
        ("https://evil.example/", "/dashboard"),
        ("/\\evil.example", "/dashboard"),
        ("javascript:alert(1)", "/dashboard"),
        ("", "/dashboard"),
    ],
)
def test_sign_in_goes_on_only_within_the_site(visitor: Client, account: None, target: str, location: str) -> None:
    assert log_in(visitor, next=target)["Location"] == location


def test_sign_out_clears_the_cookie(signed_in: Client) -> None:
    token = csrf_token(signed_in)
    response = signed_in.post("/logout", {"csrfmiddlewaretoken": token})
    assert (response["Location"], response.cookies["todo_token"].value) == ("/login", "")


def test_sign_out_by_a_link_asks_first(signed_in: Client) -> None:
    response = signed_in.get("/logout")
    assert (response.status_code, response["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert 'method="post" action="/logout"' in response.content.decode()
    assert "todo_token" not in response.cookies


def test_sign_out_by_another_method_is_405(signed_in: Client) -> None:
    headers = {"X-CSRFToken": csrf_token(signed_in)}
    assert signed_in.put("/logout", headers=headers).status_code == 405


@pytest.mark.parametrize(("groups", "analyst"), [([], False), (["testers"], False), (["testers", "analysts"], True)])
def test_dashboard_knows_whom_to_offer_the_organizations_figures(
    visitor: Client, groups: list[str], analyst: bool
) -> None:
    visitor.cookies["todo_token"] = signed(id_claims() | {"cognito:groups": groups})
    assert visitor.get("/dashboard").context["analyst"] is analyst


def test_dashboard_leads_back_to_its_period_after_the_sign_in(visitor: Client) -> None:
    assert visitor.get("/dashboard?weeks=12")["Location"] == "/login?next=%2Fdashboard%3Fweeks%3D12"


def test_cookie_reads_without_a_csrf_token(signed_in: Client, calls: Wire) -> None:
    assert signed_in.get("/api/v1/tasks").json() == []
    assert calls == ["Query"]


def test_cookie_writes_only_with_the_csrf_token(signed_in: Client, calls: Wire) -> None:
    body = '{"title": "x"}'
    refused = signed_in.post("/api/v1/tasks", body, content_type="application/json")
    assert (refused.status_code, refused["Content-Type"]) == (403, "application/problem+json")
    assert calls == []
    token = csrf_token(signed_in)
    taken = signed_in.post("/api/v1/tasks", body, content_type="application/json", headers={"X-CSRFToken": token})
    assert taken.status_code == 201


@pytest.mark.parametrize("token", ["x", "a.b.c", ""])
def test_cookie_that_is_no_token_is_401(visitor: Client, calls: Wire, token: str) -> None:
    visitor.cookies["todo_token"] = token
    assert visitor.get("/api/v1/tasks").status_code == 401
    assert calls == []


def test_bearer_write_needs_no_csrf_token(visitor: Client) -> None:
    headers = {"Authorization": f"Bearer {signed(id_claims())}"}
    response = visitor.post("/api/v1/tasks", '{"title": "x"}', content_type="application/json", headers=headers)
    assert response.status_code == 201


def test_browsable_api_offers_a_form_and_the_way_out(signed_in: Client) -> None:
    page = signed_in.get("/api/v1/tasks", headers={"Accept": "text/html"}).content.decode()
    assert 'action="/logout"' in page
    assert "&quot;title&quot;" in page


def test_browsable_form_holds_only_what_may_be_sent(signed_in: Client) -> None:
    token = csrf_token(signed_in)
    made = signed_in.post(
        "/api/v1/tasks", '{"title": "x"}', content_type="application/json", headers={"X-CSRFToken": token}
    ).json()
    page = signed_in.get(f"/api/v1/tasks/{made['id']}", headers={"Accept": "text/html"}).content.decode()
    form = page.partition("<textarea")[2].partition("</textarea>")[0]
    assert "&quot;title&quot;: &quot;x&quot;" in form
    assert not [name for name in ("id", "version", "created_at") if f"&quot;{name}&quot;" in form]


def test_browsable_api_leads_a_visitor_to_the_sign_in(visitor: Client) -> None:
    response = visitor.get("/api/v1/tasks", headers={"Accept": "text/html"})
    assert response.status_code == 401
    assert 'href="/login?next=%2Fapi%2Fv1%2Ftasks"' in response.content.decode()


@pytest.mark.parametrize("accept", ["", "*/*", "application/json", "application/problem+json, application/json"])
def test_api_answers_json_unless_html_is_asked_for(signed_in: Client, accept: str) -> None:
    headers = {"Accept": accept} if accept else {}
    assert signed_in.get("/api/v1/tasks", headers=headers)["Content-Type"] == "application/json"


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/login", "/dashboard", "/api/v1/tasks"])
def test_page_loads_nothing_from_elsewhere(signed_in: Client, path: str) -> None:
    page = signed_in.get(path, headers={"Accept": "text/html"}).content.decode()
    assert not [tag for tag in ('src="http', 'src="//', "@import", 'rel="preconnect"') if tag in page]


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/login"])
def test_page_finds_its_static_files(visitor: Client, path: str) -> None:
    page = visitor.get(path).content.decode()
    links = [part.split('"')[0] for part in page.split('"/static/')[1:]]
    assert links
    assert {fetched(visitor, f"/static/{link}").status_code for link in links} == {200}


def test_static_file_is_kept_but_asked_for_again(visitor: Client) -> None:
    response = fetched(visitor, "/static/tasks/docs.js")
    assert response["Cache-Control"] == "max-age=0, public"
    again = visitor.get("/static/tasks/docs.js", headers={"If-Modified-Since": response["Last-Modified"]})
    assert again.status_code == 304
