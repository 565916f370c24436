"""All-reduce over the cards of the machine: one process per card, through torch.distributed."""

from __future__ import annotations

import importlib
import socket
from statistics import median
from time import perf_counter
from typing import Any

from planner.measure.device import DeviceFacts
from planner.measure.points import Point, giga
from planner.measure.timing import LEAST_REPEATS, Timing

# Kind of device -> collective library, by the makers' names of their torch.distributed back ends.
BACK_ENDS = {
    "cuda": "nccl",
    "npu": "hccl",
    "mlu": "cncl",
    "musa": "mccl",
    "gcu": "eccl",
    "xpu": "ccl",
    "cpu": "gloo",
}
SIZES_MIB = (0.03125, 1.0, 32.0, 256.0)
REPEATS = 9  # assumed, as for the other tests
WARM_UPS = 5


def all_reduce_points(facts: DeviceFacts, cards: int, quick: bool = False) -> list[Point]:
    """Median time and bus bandwidth of all-reduces in bf16.

    Bus bandwidth, as the collective libraries' own tests define it: 2 * (n - 1) / n * size / time, what each card's
    links carry in one direction.

    Raises
    ------
    RuntimeError : the back end cannot be started
    """
    torch = importlib.import_module("torch")
    sizes = SIZES_MIB[:2] if quick else SIZES_MIB
    with torch.multiprocessing.get_context("spawn").Manager() as manager:
        results = manager.list()
        where = f"tcp://127.0.0.1:{_free_port()}"
        torch.multiprocessing.spawn(
            _one_card, (cards, facts.kind, where, sizes, results), nprocs=cards, join=True
        )
        found = list(results)
    points = []
    for size_mib, times in found:
        size = size_mib * 2**20
        timing = Timing(median(times), min(times), max(times), len(times), 1)
        rate = giga(2.0 * (cards - 1) / cards * size, timing.median_s)
        points.append(Point("all-reduce", "bf16", timing, rate, "GB/s", size_bytes=size, cards=cards))
    return points


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _one_card(rank: int, cards: int, kind: str, where: str, sizes: tuple[float, ...], results: Any) -> None:
    """Body of one process; the first one reports."""
    torch = importlib.import_module("torch")
    if kind not in ("cuda", "cpu", "xpu"):
        importlib.import_module(f"torch_{kind}")
    distributed = torch.distributed
    distributed.init_process_group(BACK_ENDS[kind], init_method=where, rank=rank, world_size=cards)
    offers = getattr(torch, kind, None)
    if kind != "cpu" and offers is not None:
        offers.set_device(rank)
    device = torch.device(kind, rank) if kind != "cpu" else torch.device("cpu")
    for size_mib in sizes:
        data = torch.ones(int(size_mib * 2**20) // 2, dtype=torch.bfloat16, device=device)
        times = []
        for repeat in range(WARM_UPS + max(REPEATS, LEAST_REPEATS)):
            distributed.barrier()
            began = perf_counter()
            distributed.all_reduce(data)
            if kind != "cpu" and offers is not None:
                offers.synchronize()
            if repeat >= WARM_UPS:
                times.append(perf_counter() - began)
            data.fill_(1.0)
        if rank == 0:
            results.append((size_mib, times))
    distributed.destroy_process_group()
