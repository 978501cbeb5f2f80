"""Pairs of a private key and a certificate signed by itself: what SAML's parties know one another by."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

PEM = serialization.Encoding.PEM


@dataclass(frozen=True)
class Keys:
    """A private key and its certificate, as PEM text."""

    private: str
    certificate: str

    @property
    def bare_certificate(self) -> str:
        return "".join(line for line in self.certificate.splitlines() if "-----" not in line)


def new_keys(name: str, *, lasts: timedelta) -> Keys:
    """RSA of 3072 bits (RGS B1, ANSSI: enough after 2030), valid since yesterday: clocks differ."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=3072)
    named = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(named)
        .issuer_name(named)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + lasts)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return Keys(private.decode(), certificate.public_bytes(PEM).decode())
