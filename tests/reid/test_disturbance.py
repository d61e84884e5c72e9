import numpy as np

from reid.data.disturbance import CameraNoise


def test_nothing_changes_where_nothing_may():
    image = np.random.default_rng(0).integers(0, 255, (40, 20, 3), np.uint8)
    same = CameraNoise(gamma=0, cast=0, noise=0, jpeg=0)(image, np.random.default_rng(1))
    assert np.abs(same.astype(int) - image).max() <= 1


def test_colours_keep_their_names_and_the_original_stays():
    image = np.zeros((40, 20, 3), np.uint8)
    image[:] = (200, 30, 40)
    before = image.copy()
    for seed in range(50):
        changed = CameraNoise()(image, np.random.default_rng(seed))
        assert changed.shape == image.shape
        assert changed.dtype == np.uint8
        red, green, blue = changed.reshape(-1, 3).mean(axis=0)
        assert red > 2 * max(green, blue)
    assert (image == before).all()


def test_it_depends_on_the_generator_only():
    image = np.random.default_rng(0).integers(0, 255, (40, 20, 3), np.uint8)
    first, second, other = (CameraNoise()(image, np.random.default_rng(seed)) for seed in (3, 3, 4))
    assert (first == second).all()
    assert (first != other).any()
