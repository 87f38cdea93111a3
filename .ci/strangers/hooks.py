"""What Schemathesis has to know of Portico: how to be somebody.

Every operation is tried by a customer of its own, since some of them end the very session that
asks: they get a new one for each request.
"""

import base64
import os
import time

import schemathesis

from customer import PASSWORD, registered, signed_in

base = os.environ["PORTICO_URL"]
service = base64.b64encode(os.environ["PORTICO_SERVICE"].encode()).decode()
# After it there is nobody left to ask again.
ENDS_CUSTOMER = {("POST", "/v1/me/erasure")}
ENDS_SESSION = {("DELETE", "/v1/me/sessions"), ("DELETE", "/v1/me/sessions/{id}"), ("POST", "/v1/logout"), ("PUT", "/v1/me/password")}
tokens, passwords, addresses = {}, {}, {}


def address_of(operation):
    """The customer who tries an operation, registered when first needed."""
    if operation not in addresses:
        address = f"stranger{len(passwords)}@example.com"
        registered(base, address)
        addresses[operation] = address
        passwords[address] = PASSWORD
    return addresses[operation]


def token_for(operation):
    if operation in ENDS_CUSTOMER:
        addresses.pop(operation, None)
        tokens.pop(operation, None)
    known = tokens.get(operation)
    if known and operation not in ENDS_SESSION and time.monotonic() < known[1]:
        return known[0]
    address = address_of(operation)
    token = signed_in(base, address, passwords[address])["access_token"]
    tokens[operation] = (token, time.monotonic() + 300)
    return token


@schemathesis.auth(refresh_interval=None)
class Somebody:
    def get(self, case, context):
        if case.operation.path == "/oauth2/introspect":
            return f"Basic {service}"
        return f"Bearer {token_for((case.operation.method.upper(), case.operation.path))}"

    def set(self, case, data, context):
        case.headers = {**(case.headers or {}), "Authorization": data}


@schemathesis.hook
def after_call(context, case, response):
    operation = (case.operation.method.upper(), case.operation.path)
    if operation == ("PUT", "/v1/me/password") and response.status_code < 300:
        passwords[address_of(operation)] = case.body["new_password"]
