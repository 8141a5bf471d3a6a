"""How a file of an unknown kind is most likely read, and what that is not sure of."""

from dtbase.importing.guessing.guess import Guess, guess

__all__ = ["Guess", "guess"]
