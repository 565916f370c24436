"""One replica: continuous batching with chunked prefill, a KV-token limit and preemption.

The rules are those of vLLM's scheduler (its V1 engine), step by step:

1. Every decoding request makes one token (decode first). If the cache lacks room for these tokens, the youngest
   running request is preempted until it fits; it loses its cache, goes to the front of the queue, and its prompt and
   the tokens it had made are computed again.
2. What is left of the step's token budget goes to prompts: first those under way, oldest first, then the queue in
   order of arrival, as long as a place, budget and cache for the whole prompt are there. Nobody overtakes. Nobody is
   admitted in a step that preempted.
3. A prompt that is done makes the first token at the end of that step.

A cached prefix costs no computing, but memory, and attention reads it; at least one token is computed. Cache is
counted in tokens, not in blocks, and a prompt's is taken when it is admitted.

Steps without prompts are taken in one go until the next request ends, the cache is full, or a request arrives that
could be admitted: their times lie on a line (`StepTimer.line`), so their sum is known.
"""

from __future__ import annotations

from collections import deque
from heapq import heappop, heappush
from math import ceil, inf, isnan, sqrt

from planner.simulation.jobs import Jobs
from planner.simulation.step_timer import StepTimer

IDLE, MIXED, RUN = 0, 1, 2
RANK = 2**40  # more than the requests of any replay


class Replica:
    """The state of a replica between and inside its steps. ``begin`` starts what comes next, ``finish`` ends it.

    ``outstanding`` counts requests sent here and not finished; ``area_s`` is its integral over time.
    ``rank`` orders replicas by it, and those alike by how long ago they were last sent one. ``most_kv_tokens`` is the
    fullest the cache has been.
    """

    __slots__ = (
        "area_s",
        "base_s",
        "busy_s",
        "chunk_tokens",
        "chunks",
        "context_sum",
        "decoding",
        "end_s",
        "fast",
        "finishing",
        "jobs",
        "kind",
        "kv_tokens",
        "kv_used",
        "last_s",
        "most_kv_tokens",
        "most_running",
        "outstanding",
        "preemptions",
        "prefilling",
        "rank",
        "run_steps",
        "running",
        "slope_s",
        "start_s",
        "step_number",
        "timer",
        "version",
        "waiting",
    )

    def __init__(self, timer: StepTimer, jobs: Jobs, *, fast: bool = True) -> None:
        self.timer, self.jobs, self.fast = timer, jobs, fast
        self.kv_tokens, self.chunk_tokens = timer.kv_tokens, timer.chunk_tokens
        self.most_running = min(timer.most_running, timer.chunk_tokens)
        self.waiting: deque[int] = deque()
        self.running: dict[int, None] = {}  # in the order of admission
        self.prefilling: list[int] = []
        self.finishing: list[tuple[int, int]] = []  # heap of (last decode step, request)
        self.chunks: list[tuple[int, int]] = []
        self.decoding = self.context_sum = self.kv_used = self.most_kv_tokens = 0
        self.rank = self.step_number = self.outstanding = self.preemptions = self.run_steps = self.version = 0
        self.kind = IDLE
        self.start_s = self.end_s = self.base_s = self.slope_s = 0.0
        self.area_s = self.busy_s = self.last_s = 0.0

    def arrive(self, job: int, now_s: float) -> None:
        """A request joins the queue."""
        self.area_s += self.outstanding * (now_s - self.last_s)
        self.last_s = now_s
        self.outstanding += 1
        self.rank = self.outstanding * RANK + job
        self.waiting.append(job)

    def begin(self, now_s: float) -> float:
        """Start the next step, or run of steps, at a step boundary; when it ends, or infinity with nothing to do."""
        self.start_s = now_s
        limit = self._make_room()
        self.chunks = []
        prompt_tokens, attended = 0, 0.0
        if self.prefilling or (self.waiting and limit > 1):
            prompt_tokens, attended = self._fill(admit=limit > 1)
        decoding = self.decoding
        if prompt_tokens:
            context = self.context_sum / decoding if decoding else 0.0
            step_s = self.timer.step_s(decoding, context, prompt_tokens, attended / prompt_tokens)
            self.kind, self.end_s = MIXED, now_s + step_s
        elif decoding:
            context = self.context_sum / decoding
            self.base_s, self.slope_s, until = self.timer.line(decoding, context)
            limit = min(limit, self._next_finish() - self.step_number)
            limit = min(limit, max((self.kv_tokens - self.kv_used) // decoding, 1))
            if until - context < limit:
                limit = int(until - context) + 1
            self.run_steps = limit if self.fast else 1
            self.kind, self.end_s = RUN, now_s + self._run_s(self.run_steps)
        else:
            self.kind, self.end_s = IDLE, inf
        return self.end_s

    def _run_s(self, steps: int) -> float:
        """Time of so many steps without prompts, each one token of context further on."""
        return steps * self.base_s + self.slope_s * (steps * (steps - 1) / 2)

    def cut(self, now_s: float) -> float:
        """End the run of steps under way at the first step boundary from now on; when that is."""
        passed = now_s - self.start_s
        if self.slope_s > 0:
            linear = self.base_s - self.slope_s / 2
            guess = (sqrt(linear * linear + 2 * self.slope_s * passed) - linear) / self.slope_s
        else:
            guess = passed / self.base_s
        steps = max(ceil(guess), 1)
        while steps > 1 and self.start_s + self._run_s(steps - 1) >= now_s:
            steps -= 1
        while self.start_s + self._run_s(steps) < now_s:
            steps += 1
        if steps < self.run_steps:
            self.run_steps = steps
            self.end_s = self.start_s + self._run_s(steps)
        return self.end_s

    def finish(self) -> None:
        """What the step, or run of steps, has done, at its end."""
        now_s = self.end_s
        self.busy_s += now_s - self.start_s
        steps = self.run_steps if self.kind == RUN else 1
        self.step_number += steps
        grown = steps * self.decoding
        self.context_sum += grown
        self.kv_used += grown
        self.most_kv_tokens = max(self.most_kv_tokens, self.kv_used)
        if self.kind == MIXED:
            self._finish_chunks(now_s)
        finishing, jobs = self.finishing, self.jobs
        while finishing and finishing[0][0] <= self.step_number:
            last, job = heappop(finishing)
            if jobs.finish_at[job] == last:
                tokens = jobs.prompt[job] + jobs.output[job]
                self.decoding -= 1
                self.context_sum -= tokens
                jobs.finish_at[job] = -1
                self._leave(job, tokens, now_s)
        self.kind = IDLE

    def _make_room(self) -> int:
        """Preempt until the next tokens fit; the most steps that may be taken at once: 1 after a preemption."""
        limit = 2**62
        while self.kv_used + self.decoding > self.kv_tokens and len(self.running) > 1:
            self._preempt()
            limit = 1
        return limit

    def _preempt(self) -> None:
        jobs = self.jobs
        job, _ = self.running.popitem()
        last = jobs.finish_at[job]
        if last >= 0:
            made = jobs.output[job] - (last - self.step_number)
            jobs.made[job], jobs.finish_at[job] = made, -1
            self.decoding -= 1
            self.context_sum -= jobs.prompt[job] + made
            self.kv_used -= jobs.prompt[job] + made
        else:
            self.prefilling.remove(job)
            self.kv_used -= jobs.prompt[job] + jobs.made[job] + 1
        jobs.computed[job], jobs.ready[job] = 0, False
        jobs.preempted[job] += 1
        self.preemptions += 1
        self.waiting.appendleft(job)

    def _fill(self, *, admit: bool) -> tuple[int, float]:
        """Give the step's budget to prompts; prompt tokens, and the sum over them of the tokens each attends to."""
        jobs, budget = self.jobs, self.chunk_tokens - self.decoding
        total, attended = 0, 0.0
        for job in self.prefilling:
            if budget <= 0:
                break
            tokens, seen = self._chunk(job, budget)
            budget, total, attended = budget - tokens, total + tokens, attended + seen
        waiting, running = self.waiting, self.running
        while admit and waiting and budget > 0 and len(running) < self.most_running:
            job = waiting[0]
            ready = jobs.ready[job]
            held = jobs.prompt[job] + jobs.made[job] + (0 if ready else 1)
            if self.kv_used + self.decoding + held + ready > self.kv_tokens:
                break
            waiting.popleft()
            running[job] = None
            self.kv_used += held
            if isnan(jobs.admitted_s[job]):
                jobs.admitted_s[job] = self.start_s
            if ready:
                self._decode(job)
                budget -= 1
            else:
                self.prefilling.append(job)
                tokens, seen = self._chunk(job, budget)
                budget, total, attended = budget - tokens, total + tokens, attended + seen
        return total, attended

    def _chunk(self, job: int, budget: int) -> tuple[int, float]:
        """Take as much of a prompt as fits: its tokens, and the sum over them of the tokens each attends to."""
        jobs = self.jobs
        whole = jobs.prompt[job] + jobs.made[job]
        before = min(jobs.cached[job], whole - 1) + jobs.computed[job]
        tokens = min(whole - before, budget)
        self.chunks.append((job, tokens))
        return tokens, tokens * (before + tokens / 2)

    def _decode(self, job: int) -> None:
        """A request has its first token, or its cache, and makes the others from now on."""
        jobs = self.jobs
        self.decoding += 1
        self.context_sum += jobs.prompt[job] + jobs.made[job]
        last = self.step_number + jobs.output[job] - jobs.made[job]
        jobs.finish_at[job] = last
        heappush(self.finishing, (last, job))

    def _finish_chunks(self, now_s: float) -> None:
        jobs = self.jobs
        for job, tokens in self.chunks:
            done = jobs.computed[job] + tokens
            jobs.computed[job] = done
            whole = jobs.prompt[job] + jobs.made[job]
            if min(jobs.cached[job], whole - 1) + done < whole:
                continue
            self.prefilling.remove(job)
            jobs.made[job] += 1
            if isnan(jobs.first_s[job]):
                jobs.first_s[job] = now_s
            if jobs.made[job] >= jobs.output[job]:
                self._leave(job, jobs.prompt[job] + jobs.made[job], now_s)
            else:
                self._decode(job)

    def _leave(self, job: int, tokens: int, now_s: float) -> None:
        """A request is done and frees its place and its cache."""
        self.jobs.finish_s[job] = now_s
        self.kv_used -= tokens
        del self.running[job]
        self.area_s += self.outstanding * (now_s - self.last_s)
        self.last_s = now_s
        self.outstanding -= 1
        self.rank -= RANK

    def _next_finish(self) -> int:
        """The next decode step that makes some request's last token."""
        finishing, finish_at = self.finishing, self.jobs.finish_at
        while finish_at[finishing[0][1]] != finishing[0][0]:
            heappop(finishing)
        return finishing[0][0]
