"""What every test starts from."""

import os

# pytest-xdist sets it for its workers, and then tables would be as narrow as the terminal of whoever runs the tests.
os.environ.pop("COLUMNS", None)
