"""The recording process that `open_tap` starts."""

import sys

from captures.tap.process import main

sys.exit(main())
