/* shared_file.h - memory that the processes of a node share, as a file of fixed size */
#ifndef KEEL_CORE_SHARED_FILE_H
#define KEEL_CORE_SHARED_FILE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SHARED_FILE_SEED_SIZE 16

/*
 * What the file begins with: 64 bytes, so that what follows begins on a cache line. Numbers are the
 * machine's own: such a file never leaves the machine.
 */
struct shared_file_header {
    char magic[8];
    uint32_t version;
    uint32_t count;                      /* of the places it has */
    uint8_t seed[SHARED_FILE_SEED_SIZE]; /* random bytes of its own */
    uint8_t reserved[32];
};

_Static_assert(sizeof(struct shared_file_header) == 64, "what follows begins on a cache line");
_Static_assert(ATOMIC_LLONG_LOCK_FREE == 2, "only atomics without locks can be shared");
_Static_assert(sizeof(_Atomic uint64_t) == sizeof(uint64_t), "a number has 8 bytes in the file");

/* What a program expects of its file: whatever has another of these is not its own. */
struct shared_file_kind {
    char magic[8];
    uint32_t version;
    uint32_t count;
    size_t size; /* bytes of the whole file, with the header */
};

struct shared_file {
    void *memory; /* begins with the header; what follows is zero at first */
    size_t size;
    int fd;
};

/*
 * Opens and maps the file, made if need be by whichever process comes first. One that is not of
 * this kind or is damaged is put aside under its name with ".old" behind it, and never written
 * into. The caller ends it with shared_file_unmap(). False with errno.
 */
bool shared_file_map(const char *path, const struct shared_file_kind *kind,
                     struct shared_file *file);
void shared_file_unmap(struct shared_file *file);

/*
 * Waits until no other process is between these two, which is for what happens at a start, not with
 * every request. Whoever dies in between lets the next one in. False with errno.
 */
bool shared_file_lock(struct shared_file *file);
void shared_file_unlock(struct shared_file *file);

#endif
