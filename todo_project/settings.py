"""Settings. Only this module reads the environment."""

import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent


def required(name: str) -> str:
    """Returns a required environment variable. Raises ImproperlyConfigured without it."""
    value = os.environ.get(name)
    if not value:
        raise ImproperlyConfigured(f"{name} is not set. On a laptop, run `make up`, then `. .local/env`.")
    return value


# The deployment: values that differ between a laptop, dev and production.
ENVIRONMENT = required("ENVIRONMENT")
VERSION = required("VERSION")
SECRET_KEY = required("DJANGO_SECRET_KEY")
ALLOWED_HOSTS = required("ALLOWED_HOSTS").split(",")
REGION = required("REGION")
TABLE_NAME = required("TABLE_NAME")
USER_POOL_ID = required("USER_POOL_ID")
CLIENT_ID = required("CLIENT_ID")
USER_KEY_SECRET_ID = required("USER_KEY_SECRET_ID")
LAKE_BUCKET = required("LAKE_BUCKET")
SILVER_DATABASE = required("SILVER_DATABASE")
STAGING_DATABASE = required("STAGING_DATABASE")
GOLD_DATABASE = required("GOLD_DATABASE")
ATHENA_WORKGROUP = required("ATHENA_WORKGROUP")
# Where the commands that replace parts of AWS on a laptop keep their files.
LOCAL_DIR = os.environ.get("LOCAL_DIR", str(BASE_DIR / ".local"))
# Only `redrive` needs these; the API's function does not have them.
DELIVERY_STREAM_NAME = os.environ.get("DELIVERY_STREAM_NAME", "")
UNDELIVERED_QUEUE_URL = os.environ.get("UNDELIVERED_QUEUE_URL", "")

# Tokens. The issuer is always AWS; the key set comes from the endpoint of boto3's Cognito calls.
COGNITO_AWS_REGION = REGION
COGNITO_USER_POOL = USER_POOL_ID
COGNITO_AUDIENCE = CLIENT_ID
COGNITO_ENDPOINT = (
    os.environ.get("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER")
    or os.environ.get("AWS_ENDPOINT_URL")
    or f"https://cognito-idp.{REGION}.amazonaws.com"
).rstrip("/")
ACCEPTED_TOKEN_USES = ("id", "access")
TOKEN_COOKIE = "todo_token"  # noqa: S105  # nosec B105 (the cookie's name)

# The time limit of a request that erases an account; API Gateway waits at most 30 seconds.
ERASURE_SECONDS = 20.0

DEBUG = False
DATABASES: dict[str, object] = {}
INSTALLED_APPS = [
    "todo_project",
    "tasks",
    "rest_framework",
    "corsheaders",
    "drf_spectacular_sidecar",
    "django.contrib.staticfiles",
]
MIDDLEWARE = [
    "todo_project.middleware.RequestLog",
    "todo_project.middleware.SecurityHeaders",
    "corsheaders.middleware.CorsMiddleware",
    "django.middleware.common.CommonMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
]
ROOT_URLCONF = "todo_project.urls"
WSGI_APPLICATION = "todo_project.wsgi.application"
APPEND_SLASH = False
USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = False
DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024
FILE_UPLOAD_HANDLERS: list[str] = []

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    }
]

# Static files are found in the apps on request, without a scan at a cold start.
STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
WHITENOISE_MAX_AGE = 0

CSRF_COOKIE_SECURE = True
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "todo_project.problems.csrf_failure"

# Other sites whose pages may call the API with a bearer token, never with the sign-in cookie.
CORS_ALLOWED_ORIGINS = [origin for origin in os.environ.get("CORS_ALLOWED_ORIGINS", "").split(",") if origin]
CORS_URLS_REGEX = r"^/api/"
CORS_ALLOW_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
CORS_ALLOW_HEADERS = (
    "authorization",
    "content-type",
    "idempotency-key",
    "if-match",
    "if-none-match",
    "x-correlation-id",
)
CORS_EXPOSE_HEADERS = (
    "ETag",
    "Idempotent-Replayed",
    "Link",
    "Location",
    "Retry-After",
    "X-Correlation-Id",
    "X-Total-Count",
)

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "todo_project.authentication.BearerAuthentication",
        "todo_project.authentication.CookieAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["tasks.api.permissions.IsSignedIn"],
    "DEFAULT_RENDERER_CLASSES": [
        "rest_framework.renderers.JSONRenderer",
        "todo_project.renderers.BrowsableRenderer",
    ],
    "DEFAULT_PARSER_CLASSES": ["todo_project.parsers.StrictJSONParser"],
    "EXCEPTION_HANDLER": "todo_project.problems.exception_handler",
    "UNAUTHENTICATED_USER": None,
    "UNAUTHENTICATED_TOKEN": None,  # nosec B105 (no class)
}

SPECTACULAR_SETTINGS = {
    "TITLE": "Todo API with Insights",
    "DESCRIPTION": "A multi-user to-do service with insights into how its users work.",
    "VERSION": VERSION,
    "OAS_VERSION": "3.1.0",
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "tasks.api.openapi.responses.add_common_responses",
    ],
    "SERVE_AUTHENTICATION": [],
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "todo_project.logs.JsonFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": [], "propagate": True, "level": "INFO"},
        # RequestLog logs every response; Django's line would repeat the path as typed.
        "django.request": {"handlers": [], "propagate": True, "level": "ERROR"},
        # Zappa's line about a request has the path as typed and the caller's IP address.
        "zappa": {"handlers": [], "propagate": True, "level": "WARNING"},
        "botocore": {"handlers": [], "propagate": True, "level": "WARNING"},
        "pynamodb": {"handlers": [], "propagate": True, "level": "WARNING"},
        "django.server": {"handlers": ["stderr"], "propagate": False, "level": "WARNING"},
    },
}
