import os
import shutil
import subprocess

import pytest

from fuzzers.sanitizers import SanitizerFiles, find_report, read_report

PROGRAM = r"""
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
static int parse_length(char *p, int n) { return p[n]; }
static int handle(char *p, int n) { return parse_length(p, n); }
void *kept;
int main(int argc, char **argv) {
  char *p = malloc(8); memset(p, 1, 8);
  int n = atoi(argv[2]);
  switch (argv[1][0]) {
    case 'o': return handle(p, n);
    case 'n': *(volatile int *)0 = 1; return 0;
    case 'i': { int x = 2147483647; x += n; printf("%d", x); x = 1 << (n * 40); return x == 3; }
    case 'u': { int *q = malloc(4); if (*q) puts("x"); return 0; }
    case 'l': kept = malloc(77); kept = 0; return 0;
  }
  return 0;
}
"""

CLANG_TEXT = """\
=================================================================
==25574==ERROR: AddressSanitizer: heap-use-after-free on address 0x602000000074 at pc 0x559924b2a15f bp 0x7ffc sp 0x7ffc
WRITE of size 4 at 0x602000000074 thread T0
    #0 0x4af14e in __interceptor_memcpy (/srv/server+0xa414e) (BuildId: e326237a)
    #1 0x4af14f in free (/srv/server+0xa4150) (BuildId: e326237a)
    #1 0x559924b2a15e in parse(char const*, int) /src/deep/parse.cc:4:50
    #2 0x559924b29f56 in main /src/main.c:10:22
    #3 0x559924b29f57 (/opt/server+0x21300) (BuildId: e326237a)
    #4 0x7faa001a0249 in __libc_start_call_main csu/../sysdeps/nptl/libc_start_call_main.h:58:16
    #5 0x7faa001a0249 in helper (/lib/x86_64-linux-gnu/libc.so.6+0x123)

0x602000000074 is located 92 bytes to the right
    #0 0x1 in somewhere_else /src/x.c:1
"""


def test_a_report_names_kind_access_and_frames_of_the_project():
    failure = read_report(CLANG_TEXT)
    assert failure is not None
    assert (failure.kind, failure.message) == ("AddressSanitizer heap-use-after-free", "write")
    assert failure.frames == ("[server]:?", "main.c:main", "parse.cc:parse")
    assert failure.text.startswith("==25574==ERROR")


def test_what_is_no_report():
    assert find_report(b"all is well, says the Sanitizer: nothing") is None
    assert find_report(b"x.py:3: error") is None
    assert read_report("") is None


COMPILERS = [name for name in ("clang", "gcc") if shutil.which(name)]
KINDS = [
    ("address", "o", "100", "AddressSanitizer heap-buffer-overflow", ("main", "handle", "parse_length")),
    ("address", "n", "0", "AddressSanitizer SEGV", ("main",)),
    ("undefined", "i", "1", "UndefinedBehaviorSanitizer signed integer overflow", ("main",)),
    ("memory", "u", "0", "MemorySanitizer use-of-uninitialized-value", ("main",)),
    ("leak", "l", "0", "LeakSanitizer detected memory leaks", ("main",)),
]


@pytest.mark.skipif(not COMPILERS, reason="needs clang or gcc")
@pytest.mark.parametrize("compiler", COMPILERS)
@pytest.mark.parametrize(
    ("sanitizer", "word", "number", "kind", "functions"), KINDS, ids=[f"{each[0]}-{each[1]}" for each in KINDS]
)
def test_real_reports_are_found_whatever_the_exit_status(tmp_path, compiler, sanitizer, word, number, kind, functions):
    source, program = tmp_path / "server.c", tmp_path / "server"
    source.write_text(PROGRAM)
    built = subprocess.run(
        [compiler, "-g", "-O0", "-w", f"-fsanitize={sanitizer}", str(source), "-o", str(program)], capture_output=True
    )
    if built.returncode:
        pytest.skip(f"{compiler} knows no -fsanitize={sanitizer}")
    files = SanitizerFiles(tmp_path)
    environment = files.begin()
    subprocess.run([program, word, number], env={**os.environ, **environment}, capture_output=True, check=False)
    failure = files.report()
    assert failure is not None
    assert (failure.kind, failure.frames) == (kind, tuple(f"server.c:{name}" for name in functions))
    if sanitizer == "undefined":  # it went on, and did it again
        second = files.report()
        assert second is None or "shift" in second.kind
    assert files.report() is None


def test_a_server_that_goes_on_adds_to_its_report(tmp_path):
    files = SanitizerFiles(tmp_path)
    assert f"log_path={tmp_path}/" in files.begin()["UBSAN_OPTIONS"]
    assert files.report() is None
    (tmp_path / "notes.txt").write_text("a.c:1:1: runtime error: not in a report")
    assert files.report() is None
    path = tmp_path / "sanitizer-report.123"
    path.write_text("a.c:1:2: runtime error: shift exponent 40 is too large\n    #0 0x1 in f /x/a.c:1\n\n")
    first = files.report()
    assert first is not None
    assert (first.kind, first.frames) == ("UndefinedBehaviorSanitizer shift exponent # is too large", ("a.c:f",))
    assert files.report() is None
    with path.open("a") as file:
        file.write("a.c:9:2: runtime error: division by zero\n    #0 0x1 in g /x/a.c:9\n\n")
    second = files.report()
    assert second is not None
    assert second.kind.endswith("division by zero")
    files.begin()
    assert not path.exists()
    assert files.report() is None
