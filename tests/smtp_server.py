"""A mail server of a test: it speaks SMTP over a real socket, with a certificate of its own."""

import socket
import ssl
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from threading import Thread

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from dtbase.local.ports import HOST


@dataclass
class Post:
    """What a mail server was told."""

    port: int = 0
    letters: list[str] = field(default_factory=list)
    log_ins: list[str] = field(default_factory=list)
    in_the_clear: list[str] = field(default_factory=list)
    refuses: bool = False


class Conversation:
    """One client's questions, and the server's answers."""

    def __init__(self, line: socket.socket, post: Post, secret: ssl.SSLContext | None) -> None:
        """Speak on a line, which may still become secret."""
        self.post, self.secret = post, secret
        self.use(line)

    def use(self, line: socket.socket) -> None:
        self.line = line
        self.heard = line.makefile("rb", 0)

    def say(self, *lines: str) -> None:
        self.line.sendall("".join(f"{line}\r\n" for line in lines).encode())

    def hear(self) -> str:
        return self.heard.readline().decode().rstrip("\r\n")

    def run(self) -> None:
        """Answer until the client goes."""
        self.say("220 mail")
        while (command := self.hear()) and command.upper() != "QUIT":
            if self.secret is not None:
                self.post.in_the_clear.append(command)
            self.answer(command)
        self.heard.close()
        self.line.close()

    def answer(self, command: str) -> None:
        match command.split()[0].upper():
            case "EHLO":
                self.say("250-mail", "250-STARTTLS", "250 AUTH PLAIN")
            case "STARTTLS":
                self.say("220 go on")
                assert self.secret is not None
                self.heard.close()
                self.use(self.secret.wrap_socket(self.line, server_side=True))
                self.secret = None
            case "AUTH":
                self.post.log_ins.append(b64decode(command.split()[-1]).decode())
                self.say("235 welcome")
            case "DATA":
                self.say("354 go on")
                self.post.letters.append("\n".join(iter(self.hear, ".")))
                self.say("250 taken")
            case "RCPT" if self.post.refuses:
                self.say("550 no such mailbox")
            case _:
                self.say("250 so be it")


@contextmanager
def mail_server(pem: Path, *, wrapped: bool = False) -> Iterator[Post]:
    """Serve one client until the end of the block; in TLS from the start, or by STARTTLS."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pem)
    with socket.create_server((HOST, 0)) as listening:
        post = Post(listening.getsockname()[1])

        def serve() -> None:
            line, _ = listening.accept()
            with line:
                try:
                    secret = context.wrap_socket(line, server_side=True) if wrapped else line
                    with secret:
                        Conversation(secret, post, None if wrapped else context).run()
                except OSError:
                    return  # the client did not like the certificate, and left

        thread = Thread(target=serve)
        thread.start()
        yield post
        thread.join()


def certificate(folder: Path) -> Path:
    """Make a certificate for this machine that nobody else has signed, with its key in one file."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail")])
    here = x509.SubjectAlternativeName([x509.IPAddress(ip_address(HOST))])
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(here, critical=False)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path = folder / "mail.pem"
    path.write_bytes(secret + signed.public_bytes(Encoding.PEM))
    return path
