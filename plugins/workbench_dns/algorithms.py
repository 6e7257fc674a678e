"""The words of record types that carry keys, signatures, digests and certificates, by their IANA registries."""

__all__ = [
    "CERT_TYPES",
    "DIGESTS",
    "GATEWAYS",
    "HIP_ALGORITHMS",
    "IPSEC_ALGORITHMS",
    "KEY_ALGORITHMS",
    "MATCHINGS",
    "NSEC3_HASHES",
    "SELECTORS",
    "SSHFP_ALGORITHMS",
    "SSHFP_HASHES",
    "TKEY_MODES",
    "USAGES",
    "ZONEMD_HASHES",
    "ZONEMD_SCHEMES",
]

KEY_ALGORITHMS = {
    1: "RSAMD5", 2: "DH", 3: "DSA", 4: "ECC", 5: "RSASHA1", 6: "DSA-NSEC3-SHA1", 7: "RSASHA1-NSEC3-SHA1", 8: "RSASHA256",
    10: "RSASHA512", 12: "ECC-GOST", 13: "ECDSAP256SHA256", 14: "ECDSAP384SHA384", 15: "ED25519", 16: "ED448", 17: "SM2SM3",
    23: "ECC-GOST12", 157: "HMAC-MD5", 252: "INDIRECT", 253: "PRIVATEDNS", 254: "PRIVATEOID",
}  # fmt: skip

DIGESTS = {1: "SHA-1", 2: "SHA-256", 3: "GOST R 34.11-94", 4: "SHA-384", 5: "GOST R 34.11-2012", 6: "SM3"}

NSEC3_HASHES = {1: "SHA-1"}

USAGES = {0: "PKIX-TA", 1: "PKIX-EE", 2: "DANE-TA", 3: "DANE-EE", 255: "PrivCert"}
SELECTORS = {0: "Cert", 1: "SPKI", 255: "PrivSel"}
MATCHINGS = {0: "Full", 1: "SHA2-256", 2: "SHA2-512", 255: "PrivMatch"}

SSHFP_ALGORITHMS = {1: "RSA", 2: "DSA", 3: "ECDSA", 4: "Ed25519", 6: "Ed448"}
SSHFP_HASHES = {1: "SHA-1", 2: "SHA-256"}

CERT_TYPES = {
    1: "PKIX", 2: "SPKI", 3: "PGP", 4: "IPKIX", 5: "ISPKI", 6: "IPGP", 7: "ACPKIX", 8: "IACPKIX", 253: "URI", 254: "OID",
}  # fmt: skip

GATEWAYS = {0: "none", 1: "IPv4", 2: "IPv6", 3: "name"}
IPSEC_ALGORITHMS = {1: "DSA", 2: "RSA", 3: "ECDSA", 4: "EdDSA"}
HIP_ALGORITHMS = {1: "DSA", 2: "RSA", 3: "ECDSA", 4: "EdDSA"}

TKEY_MODES = {1: "server assignment", 2: "Diffie-Hellman", 3: "GSS-API", 4: "resolver assignment", 5: "key deletion"}

ZONEMD_SCHEMES = {1: "SIMPLE"}
ZONEMD_HASHES = {1: "SHA-384", 2: "SHA-512"}
