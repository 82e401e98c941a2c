"""Counting requests in this process's memory."""

import time_machine

from participa.core.limits import SWEEP, ProcessMemory


def test_a_window_counts_and_begins_again() -> None:
    with time_machine.travel("2026-03-03T12:00:00Z", tick=False) as clock:
        memory = ProcessMemory()
        assert [memory.incr("person:1", 60) for _ in range(3)] == [1, 2, 3]
        assert memory.incr("person:2", 60, amount=5) == 5
        clock.shift(59)
        assert memory.get("person:1") == 3
        clock.shift(1)
        assert memory.get("person:1") == 0
        assert memory.incr("person:1", 60) == 1


def test_what_is_over_is_forgotten_in_passing() -> None:
    with time_machine.travel("2026-03-03T12:00:00Z", tick=False) as clock:
        memory = ProcessMemory()
        for number in range(100):
            memory.incr(f"person:{number}", 10)
        clock.shift(SWEEP)
        memory.incr("another", 10)
        assert memory.reset() == 1


def test_one_count_can_be_cleared() -> None:
    memory = ProcessMemory()
    memory.incr("person:1", 60)
    memory.incr("person:2", 60)
    memory.clear("person:1")
    memory.clear("nobody")
    assert (memory.get("person:1"), memory.get("person:2")) == (0, 1)
