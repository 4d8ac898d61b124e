from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cems.planner import Cell, plan, plan_cells
from tests.unit.gateway.plants import point, stack_point, unit_point


def spans(cells: list[Cell], max_registers: int = 125, max_gap: int = 16) -> list[tuple[int, int]]:
    return [(r.address, r.count) for r in plan_cells(cells, max_registers, max_gap)]


def test_each_instrument_of_the_demo_is_one_request() -> None:
    instruments = [*point(stack_point()).instrument, *point(unit_point()).instrument]
    assert [[(r.address, r.count) for r in plan(i)] for i in instruments] == [[(0, 8)], [(0, 7)], [(0, 7)]]


def test_sixty_adjacent_floats_are_one_request() -> None:
    assert spans([Cell(2 * i, 2, f"c{i}") for i in range(60)]) == [(0, 120)]


@pytest.mark.parametrize(("gap", "requests"), [(16, 1), (17, 2)])
def test_holes_are_bridged_up_to_max_gap(gap: int, requests: int) -> None:
    assert len(spans([Cell(0, 2, "a"), Cell(2 + gap, 2, "b")])) == requests


def test_status_goes_with_as_many_values_as_fit() -> None:
    # Both splits take two requests; only one keeps the status beside the ten values it judges.
    cells = [Cell(0, 1, "o2"), Cell(10, 1, "status"), *(Cell(11 + i, 1, f"c{i}") for i in range(10))]
    assert spans(cells, max_registers=11) == [(0, 1), (10, 11)]


cell_lists = st.lists(
    st.tuples(st.integers(0, 400), st.sampled_from([1, 2])), min_size=1, max_size=25, unique_by=lambda c: c[0]
).map(lambda rows: [Cell(a, n, "status" if i == 0 else f"c{i}") for i, (a, n) in enumerate(rows)])


@given(cell_lists, st.integers(2, 125), st.integers(0, 124))
def test_every_cell_is_whole_in_exactly_one_request_within_the_limits(
    cells: list[Cell], max_registers: int, max_gap: int
) -> None:
    requests = plan_cells(cells, max_registers, max_gap)
    assert sorted(c for r in requests for c in r.cells) == sorted(cells)
    for request in requests:
        assert request.count <= max_registers
        covered = {a for c in request.cells for a in range(c.address, c.end)}
        assert min(covered) == request.address
        assert max(covered) == request.address + request.count - 1
        holes = [a not in covered for a in range(request.address, request.address + request.count)]
        longest = max(len(run) for run in "".join("x" if h else " " for h in holes).split(" "))
        assert longest <= max_gap


@given(cell_lists, st.integers(2, 125), st.integers(0, 124))
def test_no_neighbouring_requests_could_be_one(cells: list[Cell], max_registers: int, max_gap: int) -> None:
    requests = plan_cells(cells, max_registers, max_gap)
    for one, two in pairwise(requests):
        gap = two.address - max(c.end for c in one.cells)
        together = max(c.end for c in (*one.cells, *two.cells)) - one.address
        assert gap > max_gap or together > max_registers
