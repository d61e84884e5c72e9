"""Everything that may go wrong in a way a user can mend, in one tree.

::

    ReidpipeError                     1
    ├── ConfigError                   2   a setting or an option
    ├── FootageError                  3   something with a video file
    │   ├── FootageNotFound
    │   ├── NotAVideo
    │   ├── NoVideoStream
    │   └── EmptyFootage
    ├── QueryError                    4   something with the question
    │   ├── EmptyQuery
    │   ├── QueryTooLong
    │   ├── UnknownWords
    │   └── ProbeError
    ├── GalleryError                  5   something with the gallery
    │   ├── GalleryNotFound
    │   ├── GalleryEmpty
    │   ├── GalleryReadOnly
    │   ├── GalleryBusy
    │   ├── GalleryDamaged
    │   ├── SpaceMismatch
    │   └── DiskFull
    ├── ModelError                    6   weights that are missing, damaged or of another kind
    └── Interrupted                 130   Ctrl-C, after the work in flight was saved

The number is the exit code of the command line. A message is one line: what is wrong, where, and what to do next.
"""

from __future__ import annotations


class ReidpipeError(Exception):
    """The root: catch this to catch everything that reidpipe raises on purpose."""

    exit_code = 1


class ConfigError(ReidpipeError):
    """A setting, an option or a configuration file that cannot be used."""

    exit_code = 2


class FootageError(ReidpipeError):
    """A video file that cannot be used."""

    exit_code = 3


class FootageNotFound(FootageError):
    """No such file, or a folder without video."""


class NotAVideo(FootageError):
    """A file that no decoder understands."""


class NoVideoStream(FootageError):
    """A media file without pictures, such as sound only."""


class EmptyFootage(FootageError):
    """A video without a single frame that can be decoded."""


class QueryError(ReidpipeError):
    """A question that cannot be asked."""

    exit_code = 4


class EmptyQuery(QueryError):
    """Neither words nor a picture."""


class QueryTooLong(QueryError):
    """More words than a description of a person has."""


class UnknownWords(QueryError):
    """Not one word of the sentence is known to the text encoder."""


class ProbeError(QueryError):
    """A probe picture that cannot be used."""


class GalleryError(ReidpipeError):
    """A gallery that cannot be used."""

    exit_code = 5


class GalleryNotFound(GalleryError):
    """There is no gallery at that place."""


class GalleryEmpty(GalleryError):
    """The gallery holds nobody yet."""


class GalleryReadOnly(GalleryError):
    """The gallery may be read but not written."""


class GalleryBusy(GalleryError):
    """Another process is writing to the gallery."""


class GalleryDamaged(GalleryError):
    """What the gallery holds contradicts itself."""


class SpaceMismatch(GalleryError):
    """The gallery was made with another encoder than the one that is asked."""


class DiskFull(GalleryError):
    """There is no room left to write to."""


class ModelError(ReidpipeError):
    """Weights that are missing, damaged, or of another kind than was asked for."""

    exit_code = 6


class Interrupted(ReidpipeError):
    """The user stopped the work; what was done is saved."""

    exit_code = 130
