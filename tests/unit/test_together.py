"""The same work for several accounts at once: all of them come to an end, each with its own."""

from threading import Barrier

from flows.steps.together import together

PATIENCE = 30


def test_the_work_of_all_overlaps_and_is_told_in_their_order() -> None:
    all_here = Barrier(3)

    def work(account: str) -> str:
        all_here.wait(PATIENCE)
        return account.upper()

    done = together(["c", "a", "b"], work)
    assert list(done.items()) == [("c", "C"), ("a", "A"), ("b", "B")]


def test_what_one_fails_of_is_its_own() -> None:
    def work(account: str) -> str:
        if account == "a":
            raise ValueError("no")
        if account == "b":
            raise SystemExit(3)
        return account

    a, b, c = together(["a", "b", "c"], work).values()
    assert (repr(a), str(b), c) == ("ValueError('no')", "SystemExit: 3", "c")


def test_of_nobody_there_is_nothing() -> None:
    assert together([], str) == {}
