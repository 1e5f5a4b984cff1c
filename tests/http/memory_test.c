/* memory_test.c - tests of http/memory and http/transport */
#include "../support/unit.h"

#include "keel/http/memory.h"

#include <string.h>

static char *const environment[] = {"A=1", "AB=2", "A=3", "EMPTY=", "NOTHING", NULL};

static void test_variables(void **state)
{
    struct transport transport = {.environment = environment};

    (void)state;
    assert_string_equal(transport_variable(&transport, "A"), "1");
    assert_string_equal(transport_variable(&transport, "AB"), "2");
    assert_string_equal(transport_variable(&transport, "EMPTY"), "");
    assert_null(transport_variable(&transport, "B"));
    assert_null(transport_variable(&transport, "NOTHING"));
    assert_null(transport_variable(&transport, "ABC"));
}

static void test_body_in_pieces(void **state)
{
    struct memory_transport memory;
    struct arena arena;
    char bytes[8] = "";

    (void)state;
    arena_init(&arena);
    memory_transport_init(&memory, environment, "hello", 5, &arena);
    assert_ptr_equal(memory.transport.environment, environment);
    assert_int_equal(memory.transport.read(&memory.transport, bytes, 3), 3);
    assert_memory_equal(bytes, "hel", 3);
    assert_int_equal(memory.transport.read(&memory.transport, bytes, sizeof bytes), 2);
    assert_memory_equal(bytes, "lo", 2);
    assert_int_equal(memory.transport.read(&memory.transport, bytes, sizeof bytes), 0);
    arena_free(&arena);
}

static void test_no_body(void **state)
{
    struct memory_transport memory;
    struct arena arena;
    char bytes[8];

    (void)state;
    arena_init(&arena);
    memory_transport_init(&memory, environment, NULL, 0, &arena);
    assert_int_equal(memory.transport.read(&memory.transport, bytes, sizeof bytes), 0);
    arena_free(&arena);
}

static void test_break(void **state)
{
    struct memory_transport memory;
    struct arena arena;
    char bytes[8];

    (void)state;
    arena_init(&arena);
    memory_transport_init(&memory, environment, "hello", 5, &arena);
    memory.break_at = 2;
    assert_int_equal(memory.transport.read(&memory.transport, bytes, sizeof bytes), 2);
    assert_int_equal(memory.transport.read(&memory.transport, bytes, sizeof bytes),
                     TRANSPORT_ERROR);
    arena_free(&arena);
}

static void test_answer(void **state)
{
    struct memory_transport memory;
    struct arena arena;

    (void)state;
    arena_init(&arena);
    memory_transport_init(&memory, environment, NULL, 0, &arena);
    assert_true(memory.transport.write(&memory.transport, "Status: 200", 11));
    assert_true(memory.transport.write(&memory.transport, "\r\n", 2));
    assert_string_equal(memory.answer.data, "Status: 200\r\n");
    arena_free(&arena);
}

static void test_gone(void **state)
{
    struct memory_transport memory;
    struct arena arena;

    (void)state;
    arena_init(&arena);
    memory_transport_init(&memory, environment, NULL, 0, &arena);
    memory.gone_at = 5;
    assert_true(memory.transport.write(&memory.transport, "hel", 3));
    assert_false(memory.transport.write(&memory.transport, "lo!", 3));
    assert_true(memory.transport.write(&memory.transport, "lo", 2));
    assert_string_equal(memory.answer.data, "hello");
    assert_false(memory.was_cut);
    memory.transport.cut(&memory.transport);
    assert_true(memory.was_cut);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {"a variable is found by its whole name, the first of several", test_variables, NULL, NULL,
         NULL},
        {"a body is read in pieces to its end", test_body_in_pieces, NULL, NULL, NULL},
        {"no body ends at once", test_no_body, NULL, NULL, NULL},
        {"reading fails where it is told to", test_break, NULL, NULL, NULL},
        {"the answer is all that was written", test_answer, NULL, NULL, NULL},
        {"writing fails where it is told to, and a cut is seen", test_gone, NULL, NULL, NULL},
    };

    return cmocka_run_group_tests_name("http/memory", tests, NULL, NULL);
}
