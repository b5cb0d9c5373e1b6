#  SPDX-License-Identifier: MIT
"""What check.py and CMake must say to each kind of wrong module."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
CMAKE_MODULES = HERE.parents[1] / ".cmake" / "modules.cmake"

#  A tree in which nothing is wrong
GOOD = {
    "lib/base/MODULE": """
name    base
summary What the other one needs
files   zp_base.h zp_base.c
prefix  zp_base_
""",
    "lib/base/zp_base.h": """
#ifndef ZP_BASE_H
#define ZP_BASE_H
int zp_base_one (void);
#endif
""",
    "lib/base/zp_base.c": """
#include "zp_base.h"
int
zp_base_one (void)
{
    return 1;
}
""",
    "lib/top/MODULE": """
name    top
summary The one to check
files   zp_top.h
files   zp_top.c
needs   lib/base
links   libzmq >= 4.3 -lm
prefix  zp_top_ zp_peak_
""",
    "lib/top/README.md": "# top\n",
    "lib/top/zp_top.h": """
#ifndef ZP_TOP_H
#define ZP_TOP_H
int zp_top_add (int number);
const char *zp_peak_name (int number);
#endif
""",
    "lib/top/zp_top.c": """
#include "zp_top.h"
#include "zp_base.h"

static const char *const s_names[] = {"none", "one"};

int
zp_top_add (int number)
{
    return number + zp_base_one ();
}

const char *
zp_peak_name (int number)
{
    return s_names[number > 0];
}
""",
    "lib/other/MODULE": """
name    other
summary Only the tests of top use it
files   zp_other.h zp_other.c
prefix  zp_other_
""",
    "lib/other/zp_other.h": """
#ifndef ZP_OTHER_H
#define ZP_OTHER_H
int zp_other_two (void);
#endif
""",
    "lib/other/zp_other.c": """
#include "zp_other.h"
int
zp_other_two (void)
{
    return 2;
}
""",
    "patterns/high/MODULE": """
name    high
summary Above all of lib
files   zp_high.h
prefix  zp_high_
""",
    "patterns/high/zp_high.h": """
#ifndef ZP_HIGH_H
#define ZP_HIGH_H
#define ZP_HIGH 1
#endif
""",
    "tests/lib/top/test_top.c": """
#include "zp_other.h"
#include "zp_top.h"
int
main (void)
{
    return zp_top_add (1) != zp_other_two ();
}
""",
}


class Tree(unittest.TestCase):
    """A tree to spoil, anew for each test"""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        for path, text in GOOD.items():
            file = self.root / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text.lstrip())

    def replace(self, path, old, new):
        file = self.root / path
        text = file.read_text()
        self.assertIn(old, text)
        file.write_text(text.replace(old, new))

    def append(self, path, text):
        with open(self.root / path, "a") as file:
            file.write(text)


class Check(Tree):
    def check(self, module="lib/top"):
        return subprocess.run(
            [sys.executable, HERE / "check.py", "--root", self.root, module],
            text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def refuses(self, text):
        done = self.check()
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("lib/top: ", done.stdout)
        self.assertIn(text, done.stdout)

    def test_a_good_module_passes_in_silence(self):
        for module in "lib/base", "lib/top", "patterns/high":
            done = self.check(module)
            self.assertEqual((done.returncode, done.stdout), (0, ""))

    def test_an_include_that_is_not_copied(self):
        self.append("lib/top/zp_top.c", '#include "zp_other.h"\n')
        self.refuses('zp_top.c includes "zp_other.h", not copied')

    def test_a_need_that_nothing_uses(self):
        self.append("lib/top/MODULE", "needs lib/other\n")
        self.refuses("needs lib/other, but includes nothing of it")

    def test_an_include_of_what_only_another_needs(self):
        self.append("lib/base/MODULE", "needs lib/other\n")
        self.append("lib/top/zp_top.c", '#include "zp_other.h"\n')
        self.refuses("includes a file of lib/other, but does not need it")

    def test_lib_that_needs_a_pattern(self):
        self.append("lib/top/MODULE", "needs patterns/high\n")
        self.append("lib/top/zp_top.c", '#include "zp_high.h"\n')
        self.refuses("needs patterns/high, which is above it")

    def test_a_file_that_is_not_listed(self):
        (self.root / "lib/top/zp_extra.c").touch()
        self.refuses("zp_extra.c is there, but MODULE does not list it")

    def test_a_file_that_is_not_there(self):
        self.append("lib/top/MODULE", "files zp_gone.c\n")
        self.refuses("zp_gone.c")

    def test_two_files_with_one_name(self):
        self.replace("lib/base/MODULE", "files ", "files zp_top.h ")
        self.append("lib/base/zp_top.h", "\n")
        self.refuses("two files called zp_top.h")

    def test_a_header_that_needs_another_before_it(self):
        self.replace("lib/top/zp_top.h", "int number", "size_t number")
        self.refuses("zp_top.h does not compile alone")

    def test_a_header_without_a_guard(self):
        self.replace("lib/top/zp_top.h", "#ifndef ZP_TOP_H",
                     "typedef struct {int a;} zp_top_t;\n#ifndef ZP_TOP_H")
        self.refuses("zp_top.h does not compile alone")

    def test_a_warning_in_a_source(self):
        self.replace("lib/top/zp_top.c", "return number +",
                     "int unused; return number +")
        self.refuses("zp_top.c does not compile")

    def test_an_exported_name_without_the_prefix(self):
        self.append("lib/top/zp_top.c",
                    "int top_bare (void);\nint top_bare (void) {return 1;}\n")
        self.refuses("top_bare is exported without one of the prefixes "
                     "zp_top_ zp_peak_")

    def test_a_writable_global(self):
        self.append("lib/top/zp_top.c", "int zp_top_count;\n")
        self.refuses("zp_top_count is a writable global")

    def test_a_writable_static(self):
        self.replace("lib/top/zp_top.c", "*const s_names", "*s_names")
        self.replace("lib/top/zp_top.c", "return s_names",
                     "if (number < 0)\n s_names[0] = 0;\n return s_names")
        self.refuses("s_names is a writable global")

    def test_a_writable_static_in_a_function(self):
        self.replace("lib/top/zp_top.c", "return number +",
                     "static int calls; number += calls++; return number +")
        self.refuses("is a writable global")

    def test_a_variable_of_a_thread(self):
        self.append("lib/top/zp_top.c", "_Thread_local int zp_top_each;\n")
        self.refuses("zp_top_each is a writable global")

    def test_a_library_that_is_not_there(self):
        self.append("lib/top/MODULE", "links libnowhere >= 1\n")
        self.refuses("libnowhere")

    def test_tests_that_use_what_is_not_in_the_copy(self):
        self.replace("tests/lib/top/test_top.c", "zp_top_add (1)", "zp_top_b ()")
        self.refuses("test_top.c does not build with the copy")

    def test_of_what_tests_share_only_what_they_include_is_built(self):
        support = self.root / "tests/support"
        support.mkdir(parents=True)
        for name, text in {"used.h": "int used (void);\n",
                           "used.c": '#include "used.h"\n#include "part.h"\n'
                                     "int used (void) { return part (); }\n",
                           "part.h": "int part (void);\n",
                           "part.c": '#include "part.h"\n'
                                     "int part (void) { return 1; }\n",
                           "other.h": "",
                           "other.c": "#error it needs a library\n"}.items():
            (support / name).write_text(text)
        self.replace("tests/lib/top/test_top.c", "zp_top_add (1)",
                     "zp_top_add (used ())")
        self.replace("tests/lib/top/test_top.c", '"zp_top.h"',
                     '"zp_top.h"\n#include "used.h"')
        self.assertEqual(self.check().stdout, "")

    def test_tests_that_fail(self):
        self.replace("tests/lib/top/test_top.c", "!=", "==")
        self.refuses("test_top.c fails with the copy")


class Configure(Tree):
    """The same for CMake, which reads MODULE files by itself"""

    def read(self):
        script = self.root / "read.cmake"
        script.write_text(
            f"cmake_minimum_required (VERSION 3.21)\ninclude ({CMAKE_MODULES})\nread_module (lib/top)\n"
            'message ("${module_files}|${module_needs}|${module_links}'
            '|${module_prefix}|${module_summary}")\n')
        return subprocess.run(
            ["cmake", f"-DPROJECT_SOURCE_DIR={self.root}", "-P", script],
            text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def refuses(self, text):
        done = self.read()
        self.assertNotEqual(done.returncode, 0)
        #  CMake fills its messages to the width of a terminal.
        self.assertIn(text, " ".join(done.stdout.split()))

    def test_reads_all_keys(self):
        done = self.read()
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertEqual(done.stdout.strip(),
                         "zp_top.h;zp_top.c|lib/base|libzmq>=4.3;-lm"
                         "|zp_top_;zp_peak_|The;one;to;check")

    def test_an_unknown_key(self):
        self.append("lib/top/MODULE", "author me\n")
        self.refuses("lib/top/MODULE: neither name, summary, files, needs, "
                     "links, prefix, and then values: author me")

    def test_a_key_without_a_value(self):
        self.append("lib/top/MODULE", "needs\n")
        self.refuses("lib/top/MODULE: neither name")

    def test_a_key_that_is_missing(self):
        for key in "name", "summary", "files", "prefix":
            with self.subTest(key):
                self.setUp()
                path = self.root / "lib/top/MODULE"
                path.write_text("".join(
                    line for line in GOOD["lib/top/MODULE"].splitlines(True)
                    if not line.startswith(key) and line.strip()))
                self.refuses(f"lib/top/MODULE: no line '{key}'")

    def test_another_name_than_the_folders(self):
        self.replace("lib/top/MODULE", "name    top", "name    bottom")
        self.refuses("lib/top/MODULE: not the name: bottom")

    def test_a_file_that_is_not_there(self):
        self.append("lib/top/MODULE", "files zp_gone.c\n")
        self.refuses("lib/top/MODULE: no such file: lib/top/zp_gone.c")

    def test_a_module_that_is_not_there(self):
        self.append("lib/top/MODULE", "needs lib/gone\n")
        self.refuses("lib/top/MODULE: no such file: lib/gone/MODULE")


if __name__ == "__main__":
    unittest.main()
