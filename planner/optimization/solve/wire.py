"""A matrix as the bytes of OR-Tools' ``operations_research.math_opt.ModelProto``.

Filling the message field by field in Python costs more than loading it, so its wire form is laid out from the
arrays: packed fields are the arrays' own bytes. Field numbers are those of ``math_opt/model.proto`` and
``sparse_containers.proto`` in OR-Tools 9.15; a test parses the bytes with the real message class.
Wire format: protocol buffers, https://protobuf.dev/programming-guides/encoding/
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from planner.errors import SolverError
from planner.optimization.matrix import Matrix

LARGEST_NUMBER = 2**28 - 1  # what four base-128 digits hold
LARGEST_MESSAGE_BYTES = 2**31 - 1  # protocol buffers refuse larger messages

# Field numbers.
MODEL_VARIABLES, MODEL_OBJECTIVE, MODEL_ROWS, MODEL_ENTRIES = 2, 3, 4, 5
VARIABLE_IDS, VARIABLE_LOWER, VARIABLE_UPPER, VARIABLE_INTEGER = 1, 2, 3, 4
OBJECTIVE_OFFSET, OBJECTIVE_COSTS = 2, 3
ROW_IDS, ROW_LOWER, ROW_UPPER = 1, 2, 3
VECTOR_IDS, VECTOR_VALUES = 1, 2
ENTRY_ROWS, ENTRY_COLUMNS, ENTRY_VALUES = 1, 2, 3


def model_bytes(matrix: Matrix, *, relax: bool = False) -> list[bytes]:
    """The model message in pieces, to be written one after the other.

    Parameters
    ----------
    relax : leave out integrality

    Raises
    ------
    SolverError
        More rows or columns than 2**28, or a message beyond the 2 GiB of the format.
    """
    if max(matrix.rows, matrix.columns) > LARGEST_NUMBER:
        raise SolverError(
            f"The program has more than {LARGEST_NUMBER} rows or columns; OR-Tools cannot take it."
        )
    costly = np.flatnonzero(matrix.cost)
    integer = np.zeros_like(matrix.integer) if relax else matrix.integer
    pieces = [
        *_message(
            MODEL_VARIABLES,
            _packed(VARIABLE_IDS, _numbers(np.arange(matrix.columns))),
            _packed(VARIABLE_LOWER, _doubles(matrix.lower)),
            _packed(VARIABLE_UPPER, _doubles(matrix.upper)),
            _packed(VARIABLE_INTEGER, integer.astype(np.uint8).tobytes()),
        ),
        *_message(
            MODEL_OBJECTIVE,
            [_tag(OBJECTIVE_OFFSET, kind=1), np.float64(matrix.offset).astype("<f8").tobytes()],
            _message(
                OBJECTIVE_COSTS,
                _packed(VECTOR_IDS, _numbers(costly)),
                _packed(VECTOR_VALUES, _doubles(matrix.cost[costly])),
            ),
        ),
        *_message(
            MODEL_ROWS,
            _packed(ROW_IDS, _numbers(np.arange(matrix.rows))),
            _packed(ROW_LOWER, _doubles(matrix.row_lower)),
            _packed(ROW_UPPER, _doubles(matrix.row_upper)),
        ),
        *_message(
            MODEL_ENTRIES,
            _packed(ENTRY_ROWS, _numbers(matrix.entry_rows)),
            _packed(ENTRY_COLUMNS, _numbers(matrix.entry_columns)),
            _packed(ENTRY_VALUES, _doubles(matrix.entry_values)),
        ),
    ]
    if sum(map(len, pieces)) > LARGEST_MESSAGE_BYTES:
        raise SolverError("The program is larger than the 2 GiB that OR-Tools takes in one message.")
    return pieces


def _numbers(values: npt.NDArray[np.integer]) -> bytes:
    """Whole numbers as base-128 digits, always four of them.

    Leading zero digits are allowed by the format (a decoder reads up to ten); a fixed width makes this one
    array operation instead of a loop over the values.
    """
    number = values.astype("<u4")
    digits = number & np.uint32(0x7F)
    for place in (1, 2, 3):
        digits |= ((number >> np.uint32(7 * place)) & np.uint32(0x7F)) << np.uint32(8 * place)
    digits |= np.uint32(0x00808080)  # "another digit follows", on the first three
    return digits.tobytes()


def _doubles(values: npt.NDArray[np.float64]) -> bytes:
    return values.astype("<f8", copy=False).tobytes()


def _packed(field: int, payload: bytes) -> list[bytes]:
    return [_tag(field, kind=2) + _varint(len(payload)), payload] if payload else []


def _message(field: int, *parts: list[bytes]) -> list[bytes]:
    body = [piece for part in parts for piece in part]
    return [_tag(field, kind=2) + _varint(sum(map(len, body))), *body]


def _tag(field: int, kind: int) -> bytes:
    return _varint(field << 3 | kind)


def _varint(number: int) -> bytes:
    digits = bytearray()
    while number >= 0x80:
        digits.append(number & 0x7F | 0x80)
        number >>= 7
    digits.append(number)
    return bytes(digits)
