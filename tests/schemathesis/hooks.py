"""What Schemathesis cannot generate: sign-in, signatures, and what only a mail or another answer tells.

The statuses of all answers go into the file that FUNDRAIL_STATUSES names, `METHOD path status` a line, so that the test
that runs this can say which operation has never succeeded.
"""

import base64
import hashlib
import hmac
import os
import threading
import time
import uuid

import requests
import schemathesis
from requests.auth import AuthBase
from schemathesis import GenerationMode

BASE = os.environ["FUNDRAIL_BASE"]
SIGN_IN = {"email": os.environ["FUNDRAIL_EMAIL"], "password": os.environ["FUNDRAIL_PASSWORD"]}
WEBHOOK_KEY = base64.b64decode(os.environ["FUNDRAIL_WEBHOOK_SECRET"].removeprefix("whsec_"))

lock = threading.Lock()
tokens = None


def signed_in():
    """The tokens of a session that, for all we know, still lasts."""
    global tokens
    with lock:
        if tokens is None:
            tokens = requests.post(f"{BASE}/v1/auth/login", json=SIGN_IN, timeout=20).json()
        return tokens


class Bearer(AuthBase):
    """Adds the token at the last moment."""

    def __call__(self, request):
        request.headers["authorization"] = f"Bearer {signed_in()['access_token']}"
        return request


class Signature(AuthBase):
    """Signs the body as it goes out (https://www.standardwebhooks.com)."""

    def __call__(self, request):
        body = request.body or b""
        body = body if isinstance(body, bytes) else body.encode()
        name, now = f"msg_{uuid.uuid4().hex}", str(int(time.time()))
        digest = hmac.new(WEBHOOK_KEY, f"{name}.{now}.".encode() + body, hashlib.sha256).digest()
        request.headers["webhook-id"] = name
        request.headers["webhook-timestamp"] = now
        request.headers["webhook-signature"] = "v1," + base64.b64encode(digest).decode()
        return request


def is_positive(case):
    return case.meta is None or case.meta.generation.mode == GenerationMode.POSITIVE


@schemathesis.hook
def before_call(context, case, kwargs):
    path = case.operation.path
    if path.startswith("/v1/webhooks/"):
        kwargs["auth"] = Signature()
    elif case.operation.definition.raw.get("security"):
        kwargs["auth"] = Bearer()


@schemathesis.hook
def after_call(context, case, response):
    global tokens
    if response.status_code == 401 and case.operation.definition.raw.get("security"):
        with lock:
            tokens = None
    with lock, open(os.environ["FUNDRAIL_STATUSES"], "a", encoding="utf-8") as file:
        file.write(f"{case.operation.method.upper()} {case.operation.path} {response.status_code}\n")
