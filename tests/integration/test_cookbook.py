"""The cookbook's answers are those that its questions get."""

from docs.cookbook.cookbook import HERE, PAGE, cookbook


def test_every_question_of_the_cookbook_has_the_answer_that_it_prints() -> None:
    assert len(list(HERE.glob("*.sql"))) == 20
    assert cookbook() == PAGE.read_text("utf-8")
