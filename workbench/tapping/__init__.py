"""What a tap needs beyond relaying: TLS opened in the middle, with certificates of the user's own authority."""

from workbench.tapping.contexts import UpstreamTls
from workbench.tapping.interception import intercepting

__all__ = ["UpstreamTls", "intercepting"]
