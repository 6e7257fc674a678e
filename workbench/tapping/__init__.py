"""What a tap needs beyond relaying: TLS and QUIC opened in the middle, with certificates of the user's own authority."""

from workbench.tapping.contexts import UpstreamTls
from workbench.tapping.interception import intercepting
from workbench.tapping.quic_way import quic

__all__ = ["UpstreamTls", "intercepting", "quic"]
