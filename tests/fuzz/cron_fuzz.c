/* cron_fuzz.c - any text: what is taken for a cron expression has a time that comes next, and it is
 * one that is meant */
#include "fuzz.h"

#include "keel/core/calendar.h"
#include "keel/core/cron.h"

#include <string.h>

#define NOON 1768219200 /* 2026-01-12 12:00 */

static void check_meant(const struct cron *cron, int64_t at)
{
    struct calendar_date date = calendar_from_days(at / 86400);

    fuzz_expect(at % 60 == 0, "a tick is a whole minute");
    fuzz_expect(cron->minutes >> at / 60 % 60 & 1, "its minute is meant");
    fuzz_expect(cron->hours >> at / 3600 % 24 & 1, "its hour is meant");
    fuzz_expect(cron->months >> date.month & 1, "its month is meant");
    fuzz_expect((cron->days >> date.day | cron->weekdays >> calendar_weekday(at / 86400)) & 1,
                "its day is meant");
}

/* Clocks that are set from one hour ahead of UTC to another, by noon UTC. */
static void check_place(const struct cron *cron, int64_t at, int64_t next, int64_t offset_after)
{
    const struct cron_shift before = {3600, NOON, offset_after}, behind = {offset_after, 0, 0};
    bool is_before = at - before.offset < NOON;
    const struct cron_shift *shift = is_before ? &before : &behind;
    int64_t place = cron_place(cron, next, shift);

    fuzz_expect(place > at - shift->offset, "time goes on in UTC, too");
    fuzz_expect(!is_before || place == next - 3600 || place >= NOON,
                "nothing moves but what the change is in front of");
}

static void check_walk(const struct cron *cron)
{
    int64_t at = NOON - 86400;

    for (int i = 0; i < 20; i++) {
        int64_t next = cron_next(cron, at);

        fuzz_expect(next > at, "the next one comes later");
        fuzz_expect(next - at < INT64_C(41) * 366 * 86400, "and within forty years");
        fuzz_expect(cron_next(cron, next - 1) == next, "nothing is skipped");
        check_meant(cron, next);
        check_place(cron, at, next, 7200);
        check_place(cron, at, next, 0);
        at = next;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct cron cron;
    const char *why;

    arena_init(&arena);
    char *text = arena_copy(&arena, (const char *)data, size);

    if (text && cron_parse(&arena, text, &cron, &why)) {
        fuzz_expect(!why, "what is taken needs no reason");
        check_walk(&cron);
    } else if (text) {
        fuzz_expect(why && *why, "what is refused has a reason");
    }
    arena_free(&arena);
    return 0;
}
