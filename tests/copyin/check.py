#!/usr/bin/python3
#  SPDX-License-Identifier: MIT
"""Proves that modules can be copied as their MODULE files say.

    tests/copyin/check.py lib/envelope patterns/reqrep
    tests/copyin/check.py --root DIR lib/envelope       in another source tree
    tests/copyin/check.py --objects DIR lib/envelope    keep what was compiled

A module and all that it needs are copied to one empty flat folder, and all
else happens to that copy: its includes, its headers alone, its sources, its
symbols, and its own tests. Prints what is wrong; silence is success.

What was compiled from the same bytes, for another module or another test, is
not compiled again.
"""

import argparse
import concurrent.futures
import collections
import hashlib
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

CC = shlex.split(os.environ.get("CC", "cc"))
WARNINGS = ["-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror"]
#  Without position-independent code a constant table of pointers is constant
#  to nm as well.
FIXED = ["-O2", "-fno-pic", "-fno-pie"]
TESTS = ["-O1", "-fno-pic", "-fno-pie"]
#  Tests that prove more of a module than that its copy works, and for long:
#  they are only built
LONG = re.compile(r"simulation|exhaustive|model|power|disk_errors|fault_vfs|"
                  r"crash|kills|processes|soak|tree")
NOT_LISTED = {"MODULE", "README.md"}
LAYERS = {"lib": {"lib"}, "patterns": {"lib", "patterns"}}


class Wrong(Exception):
    """What is wrong, for a person; nothing after it can be checked."""


class Module:
    def __init__(self, root, path):
        values = collections.defaultdict(list)
        for line in (root / path / "MODULE").read_text().splitlines():
            key, *rest = line.split()
            values[key] += rest
        self.path = path                    # Such as lib/envelope
        self.folder = root / path
        self.files = values["files"]
        self.needs = values["needs"]
        self.prefixes = tuple(values["prefix"])
        links = re.findall(r"\S+ *>= *\S+|\S+", " ".join(values["links"]))
        self.flags = [link for link in links if link.startswith("-")]
        self.packages = [link for link in links if not link.startswith("-")]

    def sources(self):
        return [name for name in self.files if name.endswith(".c")]

    def headers(self):
        return [name for name in self.files if name.endswith(".h")]


def run(command, what, **options):
    done = subprocess.run(command, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, **options)
    if done.returncode:
        raise Wrong(f"{what}:\n{done.stdout}")
    return done.stdout


def includes(file):
    return re.findall(r'^\s*#\s*include\s*"(.*)"', file.read_text(), re.M)


def closure(root, paths):
    """These modules and all that they need, each once."""
    found = {}
    waiting = list(paths)
    while waiting:
        path = waiting.pop()
        if path not in found:
            found[path] = Module(root, path)
            waiting += found[path].needs
    return list(found.values())


def flags(modules, kind, more=()):
    """What pkg-config says of their packages: what to compile or to link with
    (--cflags, --libs), or what they are (--modversion)."""
    packages = sorted({p for m in modules for p in m.packages}) + list(more)
    own = [f for m in modules for f in m.flags] if kind == "--libs" else []
    if not packages:
        return own
    command = ["pkg-config", kind, *packages]
    return own + shlex.split(run(command, "not what pkg-config finds"))


def for_all(function, arguments):
    """The results, in that order; as many at a time as there are cores."""
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(function, arguments))


def made_of(source, search):
    """This file and all that it includes, but for the system's."""
    files = [source]
    for file in files:  # It grows
        for name in includes(file):
            found = [path for folder in (file.parent, *search)
                     if (path := folder / name).exists()]
            files += [path for path in found[:1] if path not in files]
    return files


class Objects:
    """What was compiled, under the hash of all that it was made of."""

    def __init__(self, folder, modules):
        self.folder = folder
        self.with_what = [*CC, run([*CC, "--version"], "no compiler"),
                          *flags(modules, "--modversion", ["cmocka"])]
        folder.mkdir(parents=True, exist_ok=True)

    def compile(self, source, options, search, what):
        """The object file of a source."""
        made = hashlib.sha256(repr([self.with_what, options]).encode())
        for file in made_of(source, search):
            made.update(hashlib.sha256(file.read_bytes()).digest())
        kept = self.folder / f"{source.stem}-{made.hexdigest()}.o"
        if not kept.exists():
            new = f"{kept}.{os.getpid()}"  # Another process may make it too
            run([*CC, *WARNINGS, *options, *[f"-I{path}" for path in search],
                 "-c", source.name, "-o", new], what, cwd=source.parent)
            os.replace(new, kept)
        return kept


class Copy:
    """A module with all that it needs, flat in a folder of its own."""

    def __init__(self, module, modules, folder):
        self.module = module
        self.modules = modules
        self.folder = folder
        self.objects = {}  # Of each source
        folder.mkdir()
        for each in modules:
            for name in each.files:
                if (folder / name).exists():
                    raise Wrong(f"two files called {name}")
                shutil.copy(each.folder / name, folder)

    def check_listed(self):
        there = {path.name for path in self.module.folder.iterdir()}
        for name in sorted(there - NOT_LISTED - set(self.module.files)):
            raise Wrong(f"{name} is there, but MODULE does not list it")

    def check_includes(self):
        owner = {name: m.path for m in self.modules for name in m.files}
        used = set()
        for name in self.module.files:
            for include in includes(self.folder / name):
                if include not in owner:
                    raise Wrong(f'{name} includes "{include}", not copied')
                used.add(owner[include])
        used.discard(self.module.path)
        for need in sorted(set(self.module.needs) - used):
            raise Wrong(f"needs {need}, but includes nothing of it")
        for need in sorted(used - set(self.module.needs)):
            raise Wrong(f"includes a file of {need}, but does not need it")

    def check_layers(self):
        may = LAYERS[self.module.path.split("/")[0]]
        for need in self.module.needs:
            if need.split("/")[0] not in may:
                raise Wrong(f"needs {need}, which is above it")

    def check_headers(self):
        cflags = flags(self.modules, "--cflags")

        def check_header(name):
            #  Twice, for its guard; the typedef, for C wants some declaration.
            text = f'#include "{name}"\n#include "{name}"\ntypedef int alone;\n'
            run([*CC, *WARNINGS, *cflags, f"-I{self.folder}",
                 "-fsyntax-only", "-xc", "-"],
                f"{name} does not compile alone", input=text)

        for_all(check_header, self.module.headers())

    def compile(self, objects):
        options = FIXED + flags(self.modules, "--cflags")
        names = [name for each in self.modules for name in each.sources()]
        self.objects = dict(zip(names, for_all(
            lambda name: objects.compile(self.folder / name, options, [],
                                         f"{name} does not compile"), names)))

    def check_symbols(self):
        for source in self.module.sources():
            listing = run(["nm", "--format=posix", "--defined-only",
                           self.objects[source]], "nm")
            for line in listing.splitlines():
                name, kind = line.split()[:2]
                if kind in "BbCcDdGgSs":
                    raise Wrong(f"{source}: {name} is a writable global")
                if kind in "TRVW" and not name.startswith(self.module.prefixes):
                    raise Wrong(f"{source}: {name} is exported without one of "
                                f"the prefixes {' '.join(self.module.prefixes)}")

    def check_tests(self, root, more, objects):
        """Builds and runs the module's own tests, with more modules that only
        the tests use in a folder beside the copy."""
        folder = root / "tests" / self.module.path
        search = [self.folder, root / "tests" / "support",
                  *[each.folder for each in more]]
        modules = self.modules + more
        options = TESTS + flags(modules, "--cflags")
        libs = flags(modules, "--libs", ["cmocka"])

        def compile(source):
            return objects.compile(
                source, options, search,
                f"{source.name} does not build with the copy")

        def build_and_run(test):
            program = self.folder / test.stem
            run([*CC, "-no-pie", compile(test), *parts, "-o", program, *libs],
                f"{test.name} does not build with the copy")
            if not LONG.search(test.stem):
                run([program], f"{test.name} fails with the copy",
                    cwd=self.folder,
                    env={**os.environ, "ZP_SOURCE_DIR": str(root)})

        parts = for_all(
            compile, [path for path in test_files(root, self.module.path)
                      if path.suffix == ".c"
                      and not path.name.startswith("test_")]
            + [each.folder / name for each in more for name in each.sources()])
        parts += self.objects.values()
        for_all(build_and_run, sorted(folder.glob("test_*.c")))


def test_files(root, path):
    """The files of a module's own tests: those beside them, and of those that
    all tests share the ones they include, or that have no header."""
    support = root / "tests" / "support"
    files = [*(root / "tests" / path).glob("*.[ch]")]
    files += [source for source in support.glob("*.c")
              if not source.with_suffix(".h").exists()]
    for file in files:  # It grows
        for name in includes(file):
            files += [shared for shared in support.glob(f"{name[:-1]}[ch]")
                      if shared not in files]
    return files


def only_tests_use(root, module, modules):
    """The modules that the module's own tests include, but it does not need."""
    owner = {path.name: f"{path.parents[1].name}/{path.parent.name}"
             for layer in LAYERS for path in root.glob(f"{layer}/*/*.h")}
    used = {owner[name] for path in test_files(root, module.path)
            for name in includes(path) if name in owner}
    have = {each.path for each in modules}
    return [each for each in closure(root, used) if each.path not in have]


def check(root, path, kept):
    module = Module(root, path)
    modules = closure(root, [path])
    more = only_tests_use(root, module, modules)
    with tempfile.TemporaryDirectory(prefix="copyin-") as folder:
        folder = pathlib.Path(folder)
        objects = Objects(kept or folder / "objects", modules + more)
        copy = Copy(module, modules, folder / "copy")
        copy.check_listed()
        copy.check_includes()
        copy.check_layers()
        copy.check_headers()
        copy.compile(objects)
        copy.check_symbols()
        copy.check_tests(root, more, objects)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--root", type=pathlib.Path,
                        default=pathlib.Path(__file__).resolve().parents[2])
    parser.add_argument("--objects", type=pathlib.Path)
    parser.add_argument("modules", nargs="+", metavar="MODULE")
    args = parser.parse_args()
    failed = False
    for path in args.modules:
        try:
            check(args.root.resolve(), path.rstrip("/"),
                  args.objects and args.objects.resolve())
        except (Wrong, OSError) as wrong:
            print(f"{path}: {wrong}", file=sys.stderr)
            failed = True
    return failed


if __name__ == "__main__":
    sys.exit(main())
