import numpy as np

from reid.data.filling import filled


def example():
    """1,000 people of whom it is told, every fourth has it; 100 people in two pictures of whom it is not told."""
    labels = np.full((1200, 3), -1, np.int8)
    labels[:1000, 0] = np.arange(1000) % 4 == 0
    people = np.concatenate([np.arange(1000), 1000 + np.arange(200) // 2])
    scores = np.zeros((1200, 3), np.float32)
    scores[1000:, 0] = people[1000:]  # the higher the number, the likelier
    return labels, people, scores


def test_the_highest_get_it_the_lowest_do_not_and_the_doubtful_stay_open():
    labels, people, scores = example()
    result = filled(labels, people, scores, [0])
    verdict = {int(p): set(result[people == p, 0].tolist()) for p in range(1000, 1100)}
    assert all(len(values) == 1 for values in verdict.values())
    assert [p for p, values in verdict.items() if values == {1}] == list(range(1083, 1100))  # 0.7 of a quarter of 100
    assert [p for p, values in verdict.items() if values == {0}] == list(range(1000, 1052))


def test_what_is_told_and_other_columns_stay():
    labels, people, scores = example()
    before = labels.copy()
    result = filled(labels, people, scores, [0])
    np.testing.assert_array_equal(labels, before)
    np.testing.assert_array_equal(result[:1000], before[:1000])
    np.testing.assert_array_equal(result[:, 1:], before[:, 1:])


def test_a_rate_of_few_people_is_not_believed():
    labels, people, scores = example()
    labels[100:1000, 0] = -1
    np.testing.assert_array_equal(filled(labels, people, scores, [0, 1]), labels)


def test_only_the_people_that_are_asked_for_are_ranked():
    """Scores of other pictures, higher and lower, must not decide who of these has it."""
    labels, people, scores = example()
    more = 2000 + np.arange(50)
    labels = np.concatenate([labels, np.full((50, 3), -1, np.int8)])
    scores = np.concatenate([scores, np.full((50, 3), 1e6, np.float32)])
    people = np.concatenate([people, more])
    result = filled(labels, people, scores, [0], among=people < 2000)
    np.testing.assert_array_equal(result[:1200], filled(*example(), [0]))
    assert (result[1200:] == -1).all()
