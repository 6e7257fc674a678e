"""Times of packets as text."""

__all__ = ["epoch_text"]


def epoch_text(time_ns: int) -> str:
    """Seconds since the epoch with nine decimals, as tshark prints them; with a sign before the epoch."""
    seconds, rest = divmod(abs(time_ns), 1_000_000_000)
    return f"{'-' if time_ns < 0 else ''}{seconds}.{rest:09d}"
