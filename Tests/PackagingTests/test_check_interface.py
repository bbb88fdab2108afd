"""The gate that keeps programs working which were built with an earlier release: python3 -m unittest discover -s Tests/PackagingTests"""

import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
INCLUDE = ROOT / "Sources/CStrowger/include"


class CheckInterface(unittest.TestCase):
    def changed(self, header, old, new):
        """What the gate says of headers in which `old` stands as `new`."""
        with tempfile.TemporaryDirectory() as folder:
            include = Path(folder) / "include"
            shutil.copytree(INCLUDE, include)
            text = (include / header).read_text()
            self.assertIn(old, text)
            (include / header).write_text(text.replace(old, new, 1))
            return subprocess.run([ROOT / "Packaging/check-interface", "--include", include], capture_output=True, text=True)

    def refused(self, header, old, new, word):
        answer = self.changed(header, old, new)
        self.assertEqual(answer.returncode, 1, answer.stdout + answer.stderr)
        self.assertIn(word, answer.stderr)

    def accepted(self, header, old, new):
        answer = self.changed(header, old, new)
        self.assertEqual(answer.returncode, 0, answer.stdout + answer.stderr)

    def test_what_is_there_now(self):
        self.accepted("strowger.h", "uint32_t", "uint32_t")

    def test_a_moved_member(self):
        self.refused(
            "strowger.h", "  int64_t ring_time;", "  int64_t moved;\n  int64_t ring_time;", "member strowger_options.ring_time")

    def test_a_removed_function(self):
        self.refused("strowger.h", "const char *strowger_version(void);", "", "strowger_version")

    def test_another_value(self):
        self.refused("strowger.h", "STROWGER_EVENT_HELD 8u", "STROWGER_EVENT_HELD 80u", "STROWGER_EVENT_HELD 8")

    def test_another_type_of_a_function_in_a_table(self):
        self.refused(
            "strowger_module.h", "int32_t (*order)(void *context, const strowger_order *order)",
            "int32_t (*order)(const strowger_order *order, void *context)", "strowger_host.order")

    def test_a_struct_without_size_never_changes(self):
        self.refused("strowger.h", "} strowger_party;", "  uint64_t added;\n} strowger_party;", "struct strowger_party")

    def test_what_grows_at_its_end(self):
        self.accepted("strowger.h", "} strowger_event;", "  uint64_t added;\n} strowger_event;")
        self.accepted("strowger.h", "uint32_t strowger_interface(void);", "uint32_t strowger_interface(void);\nint32_t strowger_new(void);")
        self.accepted("strowger.h", "#define STROWGER_INTERFACE 2u", "#define STROWGER_INTERFACE 3u\n#define STROWGER_ADDED 1u")


if __name__ == "__main__":
    unittest.main()
