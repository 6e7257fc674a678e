// What an instrumented program calls at each of its places: counts in the map that the fuzzer made (System V shared memory, __AFL_SHM_ID).
//
// For clang -fsanitize-coverage=trace-pc-guard (every edge has a number) and for gcc or clang -fsanitize-coverage=trace-pc (a place is a
// code address; with the place before it, it makes an edge). Numbers are the same in every run: guards are numbered in the order in which
// the parts of the program are loaded, addresses count from where their part was loaded.
//
// Like AFL's own, it says how large a map it wants when AFL_DUMP_MAP_SIZE is set. This file must not be instrumented itself.

#define _GNU_SOURCE
#include <link.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/shm.h>
#include <unistd.h>

#define DEFAULT_SIZE 65536
#define MOST_PARTS 256 // a server with more shared libraries shares numbers between them

static uint8_t nowhere[DEFAULT_SIZE]; // where counts go while nobody fuzzes
static uint8_t *map = nowhere;
static uint32_t size = DEFAULT_SIZE;
static uint32_t guards; // given out so far

struct part { uintptr_t start, end; };
static struct part parts[MOST_PARTS];
static int known_parts;
static __thread uint32_t before; // the place before this one, in this thread

static void attach(void) {
    static int done;
    if (done) return;
    done = 1;
    const char *id = getenv("__AFL_SHM_ID"), *wanted = getenv("AFL_MAP_SIZE");
    void *found = id && *id ? shmat(atoi(id), NULL, 0) : (void *)-1;
    if (found == (void *)-1) return;
    map = found;
    if (wanted && atoi(wanted) > 0) size = (uint32_t)atoi(wanted);
}

// A counter that never says "not at all" again.
static inline void count(uint32_t place) {
    uint8_t more = map[place] + 1;
    map[place] = more + !more;
}

// ---- trace-pc-guard ----

void __sanitizer_cov_trace_pc_guard_init(uint32_t *start, uint32_t *end) {
    if (start == end || *start) return; // called once for each file of a part
    attach();
    for (uint32_t *guard = start; guard < end; guard++) *guard = ++guards;
}

void __sanitizer_cov_trace_pc_guard(uint32_t *guard) {
    uint32_t place = *guard; // 0 in what runs before its guards are numbered
    count(place < size ? place : place % size);
}

// ---- trace-pc ----

static int learn(struct dl_phdr_info *info, size_t room, void *unused) {
    (void)room, (void)unused;
    uintptr_t start = UINTPTR_MAX, end = 0;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        if (segment->p_type != PT_LOAD) continue;
        uintptr_t from = info->dlpi_addr + segment->p_vaddr, to = from + segment->p_memsz;
        if (from < start) start = from;
        if (to > end) end = to;
    }
    for (int i = 0; i < known_parts; i++)
        if (parts[i].start == start) return 0;
    if (known_parts < MOST_PARTS && end) {
        parts[known_parts] = (struct part){start, end};
        known_parts++;
    }
    return 0;
}

static uint32_t place_of(uintptr_t address) {
    for (int again = 0; again < 2; again++) {
        for (int i = 0; i < known_parts; i++)
            if (address >= parts[i].start && address < parts[i].end)
                return (uint32_t)(address - parts[i].start) * 2654435761u ^ (uint32_t)i * 40503u << 16;
        attach();
        dl_iterate_phdr(learn, NULL); // the first time, and after a library was loaded
    }
    return 0;
}

void __sanitizer_cov_trace_pc(void) {
    uint32_t here = place_of((uintptr_t)__builtin_return_address(0));
    count((uint32_t)((uint64_t)(here ^ before) * size >> 32));
    before = here >> 1;
}

__attribute__((constructor)) static void start(void) {
    attach();
    if (!getenv("AFL_DUMP_MAP_SIZE")) return;
    uint32_t wanted = guards + 1 > DEFAULT_SIZE ? (guards + 64) / 64 * 64 : DEFAULT_SIZE;
    printf("%u\n", wanted);
    fflush(stdout);
    _exit(0);
}
