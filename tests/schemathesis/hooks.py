"""What Schemathesis cannot generate: sign-in, signatures, and (in journeys.py) what only a mail or a code tells.

The statuses of all answers go into the file that FUNDRAIL_STATUSES names, `METHOD path status` a line, so that the test
that runs this can say which operation has never succeeded.
"""

import base64
import hashlib
import hmac
import os
import sys
import threading
import time
import uuid
from collections import Counter
from pathlib import Path

import schemathesis
from requests.auth import AuthBase
from schemathesis import GenerationMode
from schemathesis.core.parameters import ParameterLocation

sys.path.insert(0, str(Path(__file__).parent))

from journeys import JOURNEYS, Person, call  # noqa: E402

SIGN_IN = {"email": os.environ["FUNDRAIL_EMAIL"], "password": os.environ["FUNDRAIL_PASSWORD"]}
WEBHOOK_KEY = base64.b64decode(os.environ["FUNDRAIL_WEBHOOK_SECRET"].removeprefix("whsec_"))
# How often each way is gone; after that its operation gets what is generated.
TIMES = 2

lock = threading.Lock()
tokens = None
gone = Counter()


def signed_in():
    """The token of a session that, for all we know, still lasts."""
    global tokens
    with lock:
        if tokens is None:
            try:
                tokens = call("POST", "/v1/auth/login", body=SIGN_IN)
            except RuntimeError:
                # A generated request has removed the user: whoever may remove users, may.
                tokens = Person().registered().tokens
        return tokens["access_token"]


class Bearer(AuthBase):
    """Adds the token at the last moment."""

    def __init__(self, token=None):
        self.token = token

    def __call__(self, request):
        request.headers["authorization"] = f"Bearer {self.token or signed_in()}"
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


def is_negative(case, location=None):
    """Whether the case is wrong on purpose: anywhere, or in its headers, say."""
    if case.meta is None:
        return False
    if location is None:
        return case.meta.generation.mode == GenerationMode.NEGATIVE
    component = case.meta.components.get(location)
    return component is not None and component.mode == GenerationMode.NEGATIVE


def go(case):
    """What a journey gives to send, when this case is to be one."""
    name = case.operation.definition.raw.get("operationId")
    if name not in JOURNEYS or is_negative(case):
        return None
    with lock:
        if gone[name] >= TIMES:
            return None
        gone[name] += 1
    return JOURNEYS[name]()


@schemathesis.hook
def before_call(context, case, kwargs):
    raw = case.operation.definition.raw
    given = go(case) or {}
    if "body" in given:
        case.body = given["body"]
        case.media_type = given.get("media_type", "application/json")
    if "path" in given:
        named = {name: value for name, value in given["path"].items() if f"{{{name}}}" in case.operation.path}
        case.path_parameters = {**(case.path_parameters or {}), **named}
    for name, value in given.get("headers", {}).items():
        case.headers[name] = value
    if case.operation.path.startswith("/v1/webhooks/"):
        if not is_negative(case, ParameterLocation.HEADER):
            kwargs["auth"] = Signature()
    elif raw.get("security"):
        kwargs["auth"] = Bearer(given.get("token"))


@schemathesis.hook
def after_call(context, case, response):
    global tokens
    if response.status_code == 401 and case.operation.definition.raw.get("security"):
        with lock:
            tokens = None
    with lock, open(os.environ["FUNDRAIL_STATUSES"], "a", encoding="utf-8") as file:
        file.write(f"{case.operation.method.upper()} {case.operation.path} {response.status_code}\n")
