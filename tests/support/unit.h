/* unit.h - what every unit test includes: cmocka, and the headers it forgets to include itself */
#ifndef KEEL_TESTS_UNIT_H
#define KEEL_TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/*
 * Fails the test with a printf message. cmocka's own fail() and fail_msg() cannot be had beside
 * core/scope's fail().
 */
#undef fail
#undef fail_msg
#define unit_fail(...) (print_error(__VA_ARGS__), print_error("\n"), _fail(__FILE__, __LINE__))

/* A test that runs between the begin() and end() of its file. */
#define FIXTURE_TEST(sentence, function)                                                           \
    {                                                                                              \
        .name = (sentence), .test_func = (function), .setup_func = begin, .teardown_func = end     \
    }

/* For tables of cases. */
#define COUNT(array) (sizeof(array) / sizeof(array)[0])

#endif
