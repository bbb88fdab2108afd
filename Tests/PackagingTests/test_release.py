"""What a release calls itself is written in two places that do not know each other: the program and the C library."""

import re
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


class Release(unittest.TestCase):
    def test_program_and_library_have_the_same_version(self):
        program = re.search(r'release = "([^"]+)"', (ROOT / "Sources/Strowger/Strowger.swift").read_text())
        library = re.search(r'version: StaticString = "([^"]+)"', (ROOT / "Sources/Embedding/Interface.swift").read_text())
        self.assertEqual(program[1], library[1])


if __name__ == "__main__":
    unittest.main()
