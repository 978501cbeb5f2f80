"""The sandbox's own keys, made at its first start."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

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


def keys_in(folder: Path, name: str = "key") -> Keys:
    """The key pair kept in the folder, made if there is none."""
    private, certificate = folder / f"{name}.pem", folder / f"{name}.crt"
    if not certificate.exists():
        folder.mkdir(parents=True, exist_ok=True)
        made = new_keys()
        private.touch(mode=0o600)
        private.write_text(made.private)
        certificate.write_text(made.certificate)
    return Keys(private.read_text(), certificate.read_text())


def new_keys() -> Keys:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Bac à sable")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=3650))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return Keys(private.decode(), certificate.public_bytes(PEM).decode())
