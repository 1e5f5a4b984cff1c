/* limiter_file.h - the file behind the limiter: made, checked and mapped */
#ifndef KEEL_MIDDLEWARE_LIMITER_FILE_H
#define KEEL_MIDDLEWARE_LIMITER_FILE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define LIMITER_SLOTS     65536u
#define LIMITER_SEED_SIZE 16

/* 64 bytes, so that slots begin on a cache line and no set of four lies across two. */
struct limiter_header {
    char magic[8];
    uint32_t version;
    uint32_t slot_count;
    uint8_t seed[LIMITER_SEED_SIZE];
    uint8_t reserved[32];
};

/* The whole file. Its numbers are the machine's own: it never leaves the machine. */
struct limiter_file {
    struct limiter_header header;
    _Atomic uint64_t slots[LIMITER_SLOTS];
};

/*
 * Maps the file, made if need be by whichever process comes first. One that is not ours or is
 * damaged is put aside under its name with ".old" behind it, and never written into. False with
 * errno.
 */
bool limiter_file_map(const char *path, struct limiter_file **file);
void limiter_file_unmap(struct limiter_file *file);

#endif
