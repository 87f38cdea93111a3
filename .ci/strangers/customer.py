"""A customer of a Portico that runs locally, as a program of someone else's would be one."""

import json
import time
import urllib.error
import urllib.parse
import urllib.request

PASSWORD = "seven candles on a cake"


def call(base, method, path, body=None, headers=None):
    """Sends JSON, and gives back status, headers and the answer's JSON."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"accept-language": "en", **({"content-type": "application/json"} if data else {}), **(headers or {})}
    request = urllib.request.Request(base + path, data=data, method=method, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.headers, read(answer)
    except urllib.error.HTTPError as answer:
        return answer.code, answer.headers, read(answer)


def read(answer):
    text = answer.read()
    return json.loads(text) if text and "json" in answer.headers.get("content-type", "") else None


def post_form(base, path, fields, headers=None):
    data = urllib.parse.urlencode(fields).encode()
    request = urllib.request.Request(base + path, data=data, method="POST", headers=headers or {})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.headers, read(answer)
    except urllib.error.HTTPError as answer:
        return answer.code, answer.headers, read(answer)


def expect(status, answer):
    assert answer[0] == status, f"{status} expected: {answer[0]} {answer[2]}"
    return answer[2]


def mailed_code(base, address):
    """The newest code mailed to an address, as soon as it is there."""
    for _ in range(100):
        mails = expect(200, call(base, "GET", "/_local/outbox"))
        codes = [mail["code"] for mail in mails if address in str(mail["to"]) and mail.get("code")]
        if codes:
            return codes[-1]
        time.sleep(0.1)
    raise AssertionError(f"no mail to {address}")


def registered(base, address):
    """Registers and verifies: the signed-in answer."""
    begun = expect(202, call(base, "POST", "/v1/register", {"email": address, "password": PASSWORD}))
    code = mailed_code(base, address)
    return expect(200, call(base, "POST", "/v1/verify", {"transaction": begun["transaction"], "code": code}))


def signed_in(base, address, password=PASSWORD):
    return expect(200, call(base, "POST", "/v1/login", {"email": address, "password": password}))
