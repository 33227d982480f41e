# SPDX-License-Identifier: ISC
"""The manual, the schema, the example and the completion say what the program does."""
