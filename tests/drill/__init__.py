# SPDX-License-Identifier: ISC
"""One thing wrong at a time: what the log says, and what --check says."""
