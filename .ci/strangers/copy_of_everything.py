"""A copy of everything that is held on a customer, as Python's zipfile, json and csv see it."""

import csv
import io
import json
import sys
import urllib.request
import zipfile

from customer import call, expect, registered

base = sys.argv[1]
checks = 0


def check(holds, what):
    global checks
    assert holds, what
    checks += 1


answer = registered(base, "copy@example.com")
bearer = {"authorization": "Bearer " + answer["access_token"]}
formula = "=1+1"
expect(200, call(base, "PATCH", "/v1/me", {"profile": {"given_name": formula, "family_name": "Łukasz, \"L\""}}, bearer))
address = expect(201, call(base, "POST", "/v1/me/export", None, bearer))["download"]
with urllib.request.urlopen(address) as page:
    check(page.headers["content-type"].startswith("text/html"), "a GET answers a page")
with urllib.request.urlopen(urllib.request.Request(address, method="POST")) as fetched:
    archive = zipfile.ZipFile(io.BytesIO(fetched.read()))
check(archive.testzip() is None, "every file has its checksum")
check({"index.html", "data.json", "data.schema.json", "csv/profile.csv"} <= set(archive.namelist()), archive.namelist())
data = json.loads(archive.read("data.json"))
check(data["sets"]["profile"][0]["profile"]["given_name"] == formula, "programs get what was written")
for name, records in data["sets"].items():
    if records:
        rows = list(csv.DictReader(io.StringIO(archive.read(f"csv/{name}.csv").decode("utf-8-sig"), newline="")))
        check(len(rows) == len(records), f"{name}: {len(rows)} rows of {len(records)} records")
        check(all(None not in row and None not in row.values() for row in rows), f"{name}: every row has every column")
        check(not any(cell.startswith(("=", "+", "@")) for row in rows for cell in row.values()), f"{name}: no formula")
profile = list(csv.DictReader(io.StringIO(archive.read("csv/profile.csv").decode("utf-8-sig"), newline="")))[0]
check(profile["profile.given_name"] == "'" + formula and profile["profile.family_name"] == "Łukasz, \"L\"", profile)
try:
    urllib.request.urlopen(urllib.request.Request(address, method="POST"))
    check(False, "a ticket is good once")
except urllib.error.HTTPError as gone:
    check(gone.code == 410 and json.load(gone)["type"] == "urn:portico:problem:transaction-expired", gone.code)
print(f"copy: {checks} checks passed")
