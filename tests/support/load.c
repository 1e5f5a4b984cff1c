/* load.c - many clients that read and write items without a pause */
#include "load.h"

#include "keel/core/clock.h"
#include "keel/core/random.h"

#include "unit.h"
#include "worker.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <json-c/json_pointer.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Before a client asks again who was refused. */
#define PATIENCE_MS 20

enum outcome { SERVED, REFUSED, FAILED };

void load_note(struct load_tally *tally, const char *format, ...)
{
    va_list arguments;

    if (*tally->problem)
        return;
    va_start(arguments, format);
    vsnprintf(tally->problem, sizeof tally->problem, format, arguments);
    va_end(arguments);
}

/* Claim: it asks for patience. A repeated create may meet its first attempt, still at work. */
static bool is_refusal(const struct http_request *request, int status)
{
    return (status >= 502 && status <= 504) || (status == 409 && request->headers);
}

static enum outcome judge(struct load_client *client, int status,
                          const struct http_request *request, const struct http_reply *reply)
{
    struct load_tally *tally = &client->tally;
    const char *problem =
        reply->status == 0 ? "no answer" : http_problem(&client->http, request->method, reply);

    if (!problem && reply->status == status)
        return SERVED;
    if (!problem && is_refusal(request, reply->status)) {
        tally->refused++;
        return REFUSED;
    }
    if (problem)
        tally->strange++;
    else
        tally->failed++;
    load_note(tally, "%s %s %s: %s: %d %.300s", client->load->run, request->method, request->target,
              problem ? problem : "another status", reply->status, reply->body);
    return FAILED;
}

/* No assertion in here: cmocka's belong to the main thread. */
static enum outcome ask(struct load_client *client, int status, const struct http_request *request,
                        struct http_reply *reply)
{
    int64_t began = clock_monotonic_us();

    client->tally.requests++;
    if (!http_send(&client->http, request, reply))
        reply->status = 0;
    enum outcome outcome = judge(client, status, request, reply);

    if (outcome == SERVED)
        atomic_store(&client->served_us, began);
    else
        atomic_store(&client->denied_us, clock_monotonic_us());
    sleep_ms(outcome == SERVED ? client->load->pause_ms : PATIENCE_MS);
    return outcome;
}

static int64_t number_at(const struct http_reply *reply, const char *pointer)
{
    struct json_object *value = NULL;

    (void)json_pointer_get(reply->json, pointer, &value);
    return json_object_get_int64(value);
}

/* One step of an item: a write, which is acknowledged or not. */
static enum outcome take_step(struct load_client *client, struct load_item *item,
                              enum load_step step, int status, const struct http_request *request,
                              struct http_reply *reply)
{
    item->asked = step;
    enum outcome outcome = ask(client, status, request, reply);

    if (outcome == SERVED) {
        item->told = step;
        client->tally.acknowledged++;
    }
    return outcome;
}

/* Asks until it is told, or the load stops. Claim: it was told. */
static bool create(struct load_client *client, struct load_item *item)
{
    struct load *load = client->load;
    struct http *http = &client->http;
    const char *const headers[] = {http_format(http, "Idempotency-Key: %" PRIx64 "-%d-%zu",
                                               load->key, client->number, client->count),
                                   NULL};
    const struct http_request request = {
        .method = "POST",
        .target = "/api/items",
        .token = load->site->editor,
        .body = http_format(http, "{\"name\":\"%s %d %zu\",\"price\":1.25,\"quantity\":%d}",
                            load->run, client->number, client->count, LOAD_CREATED),
        .headers = headers};
    struct http_reply reply;
    enum outcome outcome;

    do
        outcome = take_step(client, item, LOAD_CREATED, 201, &request, &reply);
    while (outcome == REFUSED && !atomic_load(&load->stop));
    if (outcome == SERVED)
        item->id = number_at(&reply, "/data/id");
    return outcome == SERVED;
}

/* What is read must not be older than what was acknowledged. */
static void read_back(struct load_client *client, const struct load_item *item, const char *target)
{
    const struct http_request request = {.method = "GET", .target = target};
    struct http_reply reply;

    if (ask(client, 200, &request, &reply) != SERVED)
        return;
    int64_t quantity = number_at(&reply, "/data/quantity");

    if (quantity >= item->told && quantity <= item->asked)
        return;
    client->tally.lost++;
    load_note(&client->tally, "%s: %s was read back as %lld", client->load->run, target,
              (long long)quantity);
}

/* One item's life; every fourth is deleted at its end. */
static void work(struct load_client *client)
{
    struct load_item *item = &client->items[client->count];
    struct http *http = &client->http;
    struct http_reply reply;

    if (create(client, item)) {
        const char *target = http_format(http, "/api/items/%lld", (long long)item->id);
        const struct http_request change = {
            .method = "PUT",
            .target = target,
            .token = client->load->site->editor,
            .body = http_format(http, "{\"name\":\"%s %d %zu\",\"price\":1.25,\"quantity\":%d}",
                                client->load->run, client->number, client->count, LOAD_CHANGED)};
        const struct http_request removal = {
            .method = "DELETE", .target = target, .token = change.token};

        (void)take_step(client, item, LOAD_CHANGED, 200, &change, &reply);
        read_back(client, item, target);
        if (client->count % 4 == 3)
            (void)take_step(client, item, LOAD_DELETED, 200, &removal, &reply);
    }
    client->count++;
}

static void *run_client(void *user)
{
    struct load_client *client = user;

    while (!atomic_load(&client->load->stop) && client->count < LOAD_ITEMS_MAX) {
        work(client);
        http_forget(&client->http);
    }
    return NULL;
}

void load_begin(struct load *load, struct site *site, const char *run, int pause_ms)
{
    *load = (struct load){.site = site, .run = run, .pause_ms = pause_ms};
    assert_true(random_bytes(&load->key, sizeof load->key));
    for (int i = 0; i < LOAD_CLIENTS; i++) {
        struct load_client *client = &load->clients[i];

        *client = (struct load_client){.load = load, .number = i};
        client->items = calloc(LOAD_ITEMS_MAX, sizeof *client->items);
        assert_non_null(client->items);
        http_open(&client->http, site->instance.port);
        assert_int_equal(pthread_create(&client->thread, NULL, run_client, client), 0);
    }
}

bool load_is_served(struct load *load, int64_t since_us)
{
    for (int i = 0; i < LOAD_CLIENTS; i++) {
        int64_t served = atomic_load(&load->clients[i].served_us);

        if (served <= since_us || served <= atomic_load(&load->clients[i].denied_us))
            return false;
    }
    return true;
}

static void add(struct load_tally *sum, const struct load_tally *tally)
{
    sum->requests += tally->requests;
    sum->refused += tally->refused;
    sum->failed += tally->failed;
    sum->strange += tally->strange;
    sum->acknowledged += tally->acknowledged;
    sum->lost += tally->lost;
    if (*tally->problem)
        load_note(sum, "%s", tally->problem);
}

void load_stop(struct load *load, struct load_tally *tally)
{
    *tally = (struct load_tally){0};
    atomic_store(&load->stop, true);
    for (int i = 0; i < LOAD_CLIENTS; i++) {
        struct load_client *client = &load->clients[i];

        pthread_join(client->thread, NULL);
        add(tally, &client->tally);
        http_close(&client->http);
    }
    load_compare(load, tally);
    for (int i = 0; i < LOAD_CLIENTS; i++)
        free(load->clients[i].items);
}

size_t load_end(struct load *load, size_t refused_max)
{
    struct load_tally tally;

    load_stop(load, &tally);
    if (*tally.problem)
        unit_fail("%s", tally.problem);
    if (tally.refused > refused_max)
        unit_fail("%zu of %zu requests were refused", tally.refused, tally.requests);
    assert_true(tally.acknowledged > 0);
    return tally.requests;
}
