"""Requests over kept connections by Python's http.client, each with an id that its answer must carry.

usage: keep_alive.py PORT CERTIFICATE COUNT
Prints the number of good answers; exit 1 at the first bad one.
"""
import http.client
import ssl
import sys

port, certificate, count = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
context = ssl.create_default_context(cafile=certificate)
connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=10, context=context)
for number in range(count):
    pace = number % 3
    device = f"{pace:08x}-0aaa-4000-8000-{number:012x}"
    headers = {"X-Request-Id": device}
    if number % 4 == 0:
        body = b"x" * (number * 997 % 200_000)
        chunks = (body[at : at + 5000] for at in range(0, len(body), 5000))
        # Every other body in chunks, without a length.
        connection.request("POST", f"/api/v1/devices/{device}/telemetry", chunks if number % 8 == 0 else body, headers)
    else:
        connection.request("GET", f"/api/v1/devices/{device}", headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    line = device.encode() + b"\n"
    good = answer.status == 200 and answer.getheader("X-Client-Request-Id") == device and body == line * (len(body) // len(line))
    if not good or not body:
        sys.exit(f"{number}: {answer.status} {answer.getheader('X-Client-Request-Id')} for {device}: {body[:200]!r}")
print(count)
