"""Certificates for local servers and their clients: an authority of the user's own, what it has signed, and when that expires.

Importing this package is cheap; its functions load the `cryptography` library when they are called.
"""

from workbench.serving.certificates.folder import CertificateFolder, default_folder

__all__ = ["CertificateFolder", "default_folder"]
