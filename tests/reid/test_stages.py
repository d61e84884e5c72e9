import pytest
from torch import nn

from reid.training.faults import Fault
from reid.training.stages import one_of_each, parts_of, stage_of

TWO = [{"epochs": 1, "losses": {"instance": {"weight": 1}}}, {"epochs": 2, "losses": {"instance": {"weight": 0.5}}}]


@pytest.mark.parametrize(("epochs", "expected"), [(3, "011"), (6, "001111"), (1, "0"), (2, "01"), (4, "0011")])
def test_stages_share_a_run_of_any_length(epochs, expected):
    assert "".join(str(stage_of(epoch, epochs, TWO)) for epoch in range(epochs)) == expected


def test_a_loss_of_two_stages_is_one_and_must_be_set_alike():
    assert one_of_each(TWO) == {"instance": {}}
    other = [*TWO, {"losses": {"instance": {"smoothing": 0.1}}}]
    with pytest.raises(Fault, match=r"stages\.2\.losses\.instance: only its weight may differ"):
        one_of_each(other)


def test_a_part_that_does_not_exist_is_named_with_the_nearest():
    network = nn.ModuleDict({"image": nn.ModuleDict({"backbone": nn.Linear(1, 1)})})
    assert parts_of(network, ["image.backbone"]) == [network["image"]["backbone"]]
    with pytest.raises(Fault, match=r"'image\.backbon'; did you mean 'image\.backbone'"):
        parts_of(network, ["image.backbon"])
