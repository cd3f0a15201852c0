"""A mail server for tests: aiosmtpd, which treats a mail as its recipient's name says.

usage: mail_server.py PORT DIRECTORY [--user NAME PASSWORD] [--tls CERTIFICATE KEY] [--no-utf8]
Each mail that it takes is written as DIRECTORY/NNNN.json: what Python's email package reads in it.
Recipients: later@ 451, nobody@ 550, bye@ 421, spam@ 554 after the content; hang@ gets no answer, late@ none after the
content, mute@ 550 and none to QUIT, and DIRECTORY/hanging appears.
"""
import argparse
import asyncio
import email
import email.policy
import json
import os
import ssl

from aiosmtpd.smtp import SMTP, AuthResult

parser = argparse.ArgumentParser()
parser.add_argument("port", type=int)
parser.add_argument("directory")
parser.add_argument("--user", nargs=2)
parser.add_argument("--tls", nargs=2)
parser.add_argument("--no-utf8", action="store_true")
options = parser.parse_args()


async def hang():
    open(os.path.join(options.directory, "hanging"), "w").close()
    await asyncio.sleep(3600)


class Handler:
    taken = 0

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        name = address.split("@")[0]
        if name == "later":
            return f"451 4.7.1 <{address}> try again in a while"
        if name == "nobody":
            return f"550 5.1.1 <{address}> no such user"
        if name == "bye":
            return "421 4.3.2 closing"
        if name == "mute":
            session.mute = True
            return "550 5.1.1 no, and not a word more"
        if name == "hang":
            await hang()
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 fine"

    async def handle_QUIT(self, server, session, envelope):
        if getattr(session, "mute", False):
            await hang()
        return "221 2.0.0 bye"

    async def handle_DATA(self, server, session, envelope):
        name = envelope.rcpt_tos[0].split("@")[0]
        if name == "spam":
            return f"554 5.7.1 {envelope.rcpt_tos[0]} does not want this"
        if name == "late":
            await hang()
        message = email.message_from_string(envelope.content.decode(), policy=email.policy.default)
        sender, to = message["From"].addresses[0], message["To"].addresses[0]
        parts = list(message.iter_parts())
        out = {
            "envelope_from": envelope.mail_from,
            "envelope_to": envelope.rcpt_tos,
            "options": envelope.mail_options,
            "peer": session.peer[1],
            "user": session.auth_data,
            "defects": [repr(defect) for part in message.walk() for defect in part.defects],
            "headers": {name.lower(): str(value) for name, value in message.items()},
            "from": [sender.display_name, sender.addr_spec],
            "to": [to.display_name, to.addr_spec],
            "types": [part.get_content_type() for part in message.walk()],
            "text": parts[0].get_content().replace("\r\n", "\n"),
            "html": parts[1].get_content().replace("\r\n", "\n"),
            "longest_line": max(map(len, envelope.content.split(b"\r\n"))),
            "bare_line_ends": envelope.content.replace(b"\r\n", b"").count(b"\n"),
        }
        Handler.taken += 1
        path = os.path.join(options.directory, f"{Handler.taken:04}.json")
        with open(path + ".half", "w", encoding="utf-8") as file:
            json.dump(out, file)
        os.rename(path + ".half", path)
        return "250 2.0.0 taken"


def authenticate(server, session, envelope, mechanism, data):
    good = options.user and [data.login.decode(), data.password.decode()] == options.user
    session.auth_data = data.login.decode() if good else None
    return AuthResult(success=bool(good), handled=False, auth_data=session.auth_data)


def session():
    tls = None
    if options.tls:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(*options.tls)
    return SMTP(
        Handler(),
        enable_SMTPUTF8=not options.no_utf8,
        tls_context=tls,
        authenticator=authenticate if options.user else None,
        auth_required=bool(options.user),
        auth_require_tls=False,
        auth_exclude_mechanism=["LOGIN"],
    )


async def serve():
    server = await asyncio.get_running_loop().create_server(session, "127.0.0.1", options.port)
    await server.serve_forever()


asyncio.run(serve())
