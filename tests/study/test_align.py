"""Alignment loses no item, crosses no pairs, and pairs as many equal items as possible."""

from hypothesis import given
from hypothesis import strategies as st

from densetrace.study import align as module
from densetrace.study.align import align, pairs

KEYS = st.lists(st.sampled_from("abcde"), max_size=14)


def longest(left: list[str], right: list[str]) -> int:
    """The length of a longest common subsequence."""
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
    count = module.MAX_TABLE
    left, right = ["a", "b"] * count, ["b", "a", "c"] * count
    found = align(left, right)
    assert len(found) > count
    assert all(left[i] == right[j] for i, j in found)
    assert found == sorted(found, key=lambda pair: pair[1])


@given(KEYS, KEYS)
def test_keys_that_are_made_when_asked_for_pair_as_those_at_hand(
    left: list[str], right: list[str]
) -> None:
    finer = [key.translate({98: "a", 99: "a"}) for key in left], ["x"] * len(right)
    asked: list[slice] = []

    class Made:
        def __init__(self, keys: list[str]) -> None:
            self.keys = keys

        def __getitem__(self, part: slice) -> list[str]:
            asked.append(part)
            return self.keys[part]

    assert pairs(left, right, (Made(finer[0]), Made(finer[1]))) == pairs(left, right, finer)
    matched = {i for i, _ in align(left, right)}
    assert not any(position in matched for part in asked[::2] for position in _numbers(part))


def _numbers(part: slice) -> range:
    return range(part.start, part.stop)


def test_no_sequence_takes_quadratic_time() -> None:
    looks = 0

    class Key:
        def __init__(self, number: int) -> None:
            self.number = number

        def __hash__(self) -> int:
            nonlocal looks
            looks += 1
            return hash(self.number)

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Key) and self.number == other.number

    def items_read(count: int) -> int:
        # The next key is unique only within the gap between two unique keys.
        nonlocal looks
        left = [Key(number) for i in range(count) for number in (i + 1, i)]
        right = [Key(number) for i in range(count) for number in (-1 - i, i)]
        looks = 0
        assert len(align(left, right)) >= module.MAX_DEPTH
        return looks

    assert items_read(4 * module.MAX_DEPTH) < 3 * items_read(2 * module.MAX_DEPTH)
