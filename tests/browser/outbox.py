"""The mails that the development keeps in a folder instead of sending them."""

from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from tests.browser.conftest import Product


def letters(product: Product) -> list[EmailMessage]:
    """The oldest first."""
    found = []
    for file in sorted(Path(product.env["ENT_VAR"], "outbox").glob("*.log")):
        for part in file.read_bytes().split(b"\n" + b"-" * 79 + b"\n"):
            if part.strip():
                found.append(message_from_bytes(part, policy=policy.default))
    return found
