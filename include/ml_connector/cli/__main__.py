"""``python -m ml_connector.cli``."""

from __future__ import annotations

import sys

from ml_connector.cli import main

sys.exit(main())
