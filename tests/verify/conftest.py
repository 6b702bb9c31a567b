"""What every test of ``verify`` and of its drill runs in."""

from tests.deploy.conftest import one_after_the_other

__all__ = ["one_after_the_other"]
