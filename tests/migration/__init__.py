# SPDX-License-Identifier: ISC
"""The recipe for those who come from the Python script, as the manual has it, carried out."""
