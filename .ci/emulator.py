"""Each function as Lambda runs it: its `sam build` output under Lambda's own runtime emulator, with
a running `local` for AWS, answers its events as `events/expected.json` says.

    emulator.py EMULATOR BUILD FUNCTIONS

BUILD is SAM's build directory; FUNCTIONS is the file that `local --env-vars` writes: each function's
environment, by its name in the template.
"""

import base64
import json
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

emulator, build, functions = sys.argv[1], pathlib.Path(sys.argv[2]), json.loads(pathlib.Path(sys.argv[3]).read_text())
events = pathlib.Path("events")
expected = json.loads((events / "expected.json").read_text())


def free_ports(n):
    sockets = [socket.socket() for _ in range(n)]
    for s in sockets:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


class Running:
    """One function under the emulator."""

    def __init__(self, bootstrap, environment, log):
        self.log = log
        self.port, runtime = free_ports(2)
        self.process = subprocess.Popen(
            [emulator, "--runtime-interface-emulator-address", f"127.0.0.1:{self.port}",
             "--runtime-api-address", f"127.0.0.1:{runtime}", str(bootstrap)],
            env={"PATH": "/usr/bin:/bin", "AWS_LAMBDA_FUNCTION_TIMEOUT": "60", **environment},
            stdout=log, stderr=subprocess.STDOUT)
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.05)

    def invoke(self, event):
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/2015-03-31/functions/function/invocations", data=event)
        with urllib.request.urlopen(request, timeout=70) as answer:
            raw = answer.read() or b"null"
        # A streamed answer: its head, eight zeros, its body.
        head, zeros, body = raw.partition(b"\0" * 8)
        return {**json.loads(head), "body": body.decode()} if zeros else json.loads(raw)

    def end(self):
        self.process.terminate()
        self.process.wait(10)


def differences(answer, wanted):
    """How an answer differs from what is expected of it."""
    if isinstance(answer, dict) and "errorType" in answer:
        return [f"failed: {answer.get('errorMessage')}"]
    if "handled" in wanted:
        return []
    found = []
    if answer.get("statusCode") != wanted["status"]:
        found.append(f"status {answer.get('statusCode')}, not {wanted['status']}")
    body = answer.get("body") or ""
    if answer.get("isBase64Encoded"):
        body = base64.b64decode(body).decode()
    try:
        fields = json.loads(body)
    except ValueError:
        fields = {}
    for name in ("type", "error"):
        if name in wanted and fields.get(name) != wanted[name]:
            found.append(f"{name} {fields.get(name)}, not {wanted[name]}")
    found += [f"no {name} in the body" for name in wanted.get("fields", []) if name not in fields]
    return found


def flow_of(template, name):
    """The flow that a function runs: the last part of its CodeUri in the source template."""
    block = re.search(rf"^  {name}:\n(?:    .*\n|\n)*?      CodeUri: functions/(\w+)", template, re.M)
    return block and block.group(1)


template = pathlib.Path("template.yaml").read_text()
built = {flow: directory for directory in build.iterdir() if (flow := flow_of(template, directory.name))}
passed, failed = 0, 0
for flow, directory in sorted(built.items()):
    with tempfile.TemporaryFile("w+") as log:
        function = Running(directory / "bootstrap", functions[directory.name], log)
        try:
            names = sorted(name for name in expected if re.split(r"[-.]", name)[0] == flow)
            assert names, f"no events for {flow}"
            for name in names:
                try:
                    found = differences(function.invoke((events / name).read_bytes()), expected[name])
                except OSError as error:
                    found = [str(error)]
                passed, failed = passed + (not found), failed + bool(found)
                print(f"{'ok' if not found else 'FAILED'} {name}", *found, sep="  ")
        finally:
            function.end()
        if failed:
            log.seek(0)
            sys.exit(f"{flow} said:\n{log.read()}")
print(f"emulator: {passed} passed, {failed} failed")
