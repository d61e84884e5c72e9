"""What pictures look like to the networks that start from ImageNet's weights."""

from __future__ import annotations

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of RGB in 0..1, as torchvision's weights were trained with
MARGIN = 1.09  # pictures are kept a little larger than the network sees them, for shifts
