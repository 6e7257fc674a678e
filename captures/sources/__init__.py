"""Where live packets come from. Every source gives whole pcapng blocks; `choice` knows them all, best first."""
