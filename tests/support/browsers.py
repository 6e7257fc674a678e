"""Chromium without a screen."""

import base64
import hashlib
import subprocess
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from support.shared import tool

QUIET = ("--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run", "--disable-gpu")


def dom(profile: Path, page: str, *words: str) -> str:
    """The page as it is once its scripts have run for five (virtual) seconds."""
    command = [tool("chromium"), "--headless", "--no-sandbox", *QUIET, f"--user-data-dir={profile}", *words]
    command += ["--virtual-time-budget=5000", "--dump-dom", page]
    return subprocess.run(command, capture_output=True, timeout=60).stdout.decode()


def spki_of(certificate: Path) -> str:
    """A public key as Chromium wants it named to believe in it, or in what it has signed (RFC 7469 2.4)."""
    found = x509.load_pem_x509_certificate(certificate.read_bytes())
    key = found.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(hashlib.sha256(key).digest()).decode()
