"""Aligning two sequences: nothing lost or crossed, equals paired, as many as can be."""

from hypothesis import given
from hypothesis import strategies as st

from densetrace.study import align as module
from densetrace.study.align import align, pairs

KEYS = st.lists(st.sampled_from("abcde"), max_size=14)


def longest(left: list[str], right: list[str]) -> int:
    """How many items a longest common subsequence has."""
    row = [0] * (len(right) + 1)
    for a in left:
        above = row[:]
        for j, b in enumerate(right, start=1):
            row[j] = above[j - 1] + 1 if a == b else max(above[j], row[j - 1])
    return row[-1]


@given(KEYS, KEYS)
def test_pairs_are_equal_and_never_cross(left: list[str], right: list[str]) -> None:
    found = align(left, right)
    assert all(left[i] == right[j] for i, j in found)
    assert [i for i, _ in found] == sorted({i for i, _ in found})
    assert [j for _, j in found] == sorted({j for _, j in found})


@given(KEYS)
def test_a_sequence_is_paired_with_itself_place_by_place(keys: list[str]) -> None:
    assert align(keys, keys) == [(i, i) for i in range(len(keys))]


@given(KEYS)
def test_an_insertion_leaves_all_others_paired(keys: list[str]) -> None:
    assert len(align(keys, [*keys[: len(keys) // 2], "new", *keys[len(keys) // 2 :]])) == len(keys)


@given(st.lists(st.sampled_from("ab"), max_size=10), st.lists(st.sampled_from("ab"), max_size=10))
def test_where_everything_repeats_as_many_as_possible_are_paired(
    left: list[str], right: list[str]
) -> None:
    left, right = [*left, *left, *"xx"], [*right, *right, *"yy"]
    assert len(align(left, right)) == longest(left, right)


@given(KEYS, KEYS)
def test_every_item_of_both_sides_is_told_once_and_in_order(
    left: list[str], right: list[str]
) -> None:
    found = pairs(left, right, (["x"] * len(left), ["x"] * len(right)))
    assert [i for i, _ in found if i is not None] == list(range(len(left)))
    assert [j for _, j in found if j is not None] == list(range(len(right)))


def test_finer_keys_pair_what_is_left_in_the_gaps_only() -> None:
    found = pairs(["a1", "b", "a2"], ["b", "a9"], (["a", "b", "a"], ["b", "a"]))
    assert found == [(0, None), (1, 0), (2, 1)]


def test_a_gap_too_big_for_a_table_is_paired_in_order() -> None:
    count = module.SMALL
    left, right = ["a", "b"] * count, ["b", "a", "c"] * count
    found = align(left, right)
    assert len(found) > count
    assert all(left[i] == right[j] for i, j in found)
    assert found == sorted(found, key=lambda pair: pair[1])
