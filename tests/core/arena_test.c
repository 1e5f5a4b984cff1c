/* arena_test.c - tests of core/arena */
#include "keel/core/arena.h"

#include "support/faults.h"
#include "support/unit.h"

#include <stdalign.h>
#include <string.h>

static void test_alloc_zeroed_and_aligned(void **state)
{
    struct arena arena;

    (void)state;
    arena_init(&arena);
    for (size_t size = 0; size < 200; size++) {
        unsigned char *memory = arena_alloc(&arena, size);

        assert_non_null(memory);
        assert_int_equal((uintptr_t)memory % alignof(max_align_t), 0);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(memory[i], 0);
        memset(memory, 0xFF, size);
    }
    arena_free(&arena);
}

static void test_allocations_do_not_overlap(void **state)
{
    struct arena arena;
    unsigned char *memory[500];

    (void)state;
    arena_init(&arena);
    for (size_t i = 0; i < COUNT(memory); i++) {
        memory[i] = arena_alloc(&arena, i + 1);
        memset(memory[i], (int)(i % 251), i + 1);
    }
    for (size_t i = 0; i < COUNT(memory); i++) {
        for (size_t at = 0; at <= i; at++)
            assert_int_equal(memory[i][at], i % 251);
    }
    arena_free(&arena);
}

static void test_large_allocation(void **state)
{
    struct arena arena;
    const size_t size = 1000000;

    (void)state;
    arena_init(&arena);
    unsigned char *memory = arena_alloc(&arena, size);

    assert_non_null(memory);
    assert_int_equal(memory[size - 1], 0);
    memset(memory, 1, size);
    arena_free(&arena);
}

static void test_absurd_sizes(void **state)
{
    struct arena arena;

    (void)state;
    arena_init(&arena);
    assert_null(arena_alloc(&arena, SIZE_MAX));
    assert_null(arena_alloc(&arena, SIZE_MAX / 2 + 1));
    assert_null(arena_grow(&arena, NULL, 0, SIZE_MAX));
    assert_null(arena_copy(&arena, "", SIZE_MAX));
    arena_free(&arena);
}

static void test_grow_in_place(void **state)
{
    struct arena arena;

    (void)state;
    arena_init(&arena);
    char *memory = arena_alloc(&arena, 64);

    /* Room once had is there still, however large the chunks of this build are. */
    assert_ptr_equal(arena_grow(&arena, memory, 64, 32), memory);
    assert_ptr_equal(arena_grow(&arena, memory, 32, 64), memory);
    arena_free(&arena);
}

static void test_grow_moves(void **state)
{
    struct arena arena;

    (void)state;
    arena_init(&arena);
    char *memory = arena_copy(&arena, "0123456789", 10);

    assert_non_null(arena_alloc(&arena, 1));
    char *grown = arena_grow(&arena, memory, 11, 100000);

    assert_ptr_not_equal(grown, memory);
    assert_string_equal(grown, "0123456789");
    memset(grown, 'x', 100000);
    arena_free(&arena);
}

static void test_grow_from_nothing(void **state)
{
    struct arena arena;

    (void)state;
    arena_init(&arena);
    char *memory = arena_grow(&arena, NULL, 0, 3);

    assert_non_null(memory);
    memset(memory, 'x', 3);
    arena_free(&arena);
}

static void test_copy(void **state)
{
    struct arena arena;

    (void)state;
    arena_init(&arena);
    assert_string_equal(arena_copy(&arena, "category", 3), "cat");
    assert_string_equal(arena_copy(&arena, "", 0), "");
    assert_memory_equal(arena_copy(&arena, "a\0b", 3), "a\0b", 4);
    arena_free(&arena);
}

static void test_format(void **state)
{
    struct arena arena;

    (void)state;
    arena_init(&arena);
    assert_string_equal(arena_format(&arena, "%s-%d", "item", 7), "item-7");
    assert_int_equal(strlen(arena_format(&arena, "%50000d", 1)), 50000);
    arena_free(&arena);
}

/* Writes its number down where the next one goes. */
struct witness {
    int number;
    int **next;
};

static void note(void *object)
{
    struct witness *witness = object;

    *(*witness->next)++ = witness->number;
}

static void test_disposers_newest_first(void **state)
{
    struct arena arena;
    int order[3] = {0};
    int *next = order;
    struct witness witnesses[] = {{1, &next}, {2, &next}, {3, &next}};

    (void)state;
    arena_init(&arena);
    for (size_t i = 0; i < COUNT(witnesses); i++)
        assert_true(arena_defer(&arena, note, &witnesses[i]));
    assert_ptr_equal(next, order);
    arena_free(&arena);
    assert_int_equal(order[0], 3);
    assert_int_equal(order[1], 2);
    assert_int_equal(order[2], 1);
}

static void test_defer_without_memory(void **state)
{
    struct arena arena;
    int order[1] = {0};
    int *next = order;
    struct witness witness = {1, &next};

    (void)state;
    faults_begin();
    assert_true(faults_next());
    arena_init(&arena);
    bool kept = arena_defer(&arena, note, &witness);

    faults_stop();
    assert_true(faults_hit());
    assert_false(kept);
    assert_int_equal(order[0], 1);
    arena_free(&arena);
    assert_ptr_equal(next, order + 1);
}

static void test_usable_after_free(void **state)
{
    struct arena arena;

    (void)state;
    arena_init(&arena);
    assert_non_null(arena_alloc(&arena, 10));
    arena_free(&arena);
    assert_non_null(arena_alloc(&arena, 10));
    arena_free(&arena);
    arena_free(&arena);
}

/* Everything an arena does, in a row. */
static bool use_arena(struct arena *arena)
{
    char *text = arena_copy(arena, "abc", 3);
    char *grown = text ? arena_grow(arena, text, 4, 50000) : NULL;

    if (text)
        assert_string_equal(grown ? grown : text, "abc");
    return grown && arena_format(arena, "%s", grown) && arena_alloc(arena, 20000);
}

static void test_no_memory(void **state)
{
    (void)state;
    faults_begin();
    while (faults_next()) {
        struct arena arena;

        arena_init(&arena);
        bool ok = use_arena(&arena);

        faults_stop();
        arena_free(&arena);
        assert_int_equal(ok, !faults_hit());
    }
    assert_true(faults_count() >= 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {.name = "memory comes zeroed and aligned for any type",
         .test_func = test_alloc_zeroed_and_aligned},
        {.name = "allocations do not overlap", .test_func = test_allocations_do_not_overlap},
        {.name = "an allocation may be larger than a chunk", .test_func = test_large_allocation},
        {.name = "an absurd size is refused, not wrapped", .test_func = test_absurd_sizes},
        {.name = "the newest allocation grows where it stands", .test_func = test_grow_in_place},
        {.name = "an older allocation moves when it grows, with what is in it",
         .test_func = test_grow_moves},
        {.name = "growing nothing is allocating", .test_func = test_grow_from_nothing},
        {.name = "a copy has exactly the bytes asked for and a NUL", .test_func = test_copy},
        {.name = "formatted text may be of any length", .test_func = test_format},
        {.name = "disposers run when the arena is freed, newest first",
         .test_func = test_disposers_newest_first},
        {.name = "what cannot be remembered is disposed of at once",
         .test_func = test_defer_without_memory},
        {.name = "a freed arena can be used again, and freed twice",
         .test_func = test_usable_after_free},
        {.name = "without memory each call gives NULL and keeps what was there",
         .test_func = test_no_memory},
    };

    return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
