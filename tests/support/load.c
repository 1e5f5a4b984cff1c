/* load.c - many clients that read and write items without a pause */
#include "load.h"

#include "keel/core/buffer.h"

#include "unit.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* No assertion in here: cmocka's belong to the main thread. */
static void note_problem(struct load_client *client, const char *what, const char *method,
                         const struct http_reply *reply)
{
    if (!*client->problem)
        snprintf(client->problem, sizeof client->problem, "%s %s: %s: %d %.300s", client->load->run,
                 method, what, reply->status, reply->body);
}

/* Claim: it succeeded with this status. */
static bool ask(struct load_client *client, int status, const struct http_request *request,
                struct http_reply *reply)
{
    client->requests++;
    if (!http_send(&client->http, request, reply)) {
        note_problem(client, "no answer", request->method, reply);
        return false;
    }
    const char *problem = http_problem(&client->http, request->method, reply);

    if (problem) {
        note_problem(client, problem, request->method, reply);
    } else if (reply->status == 502 || reply->status == 503) {
        client->refused++;
    } else if (reply->status != status) {
        note_problem(client, "another status", request->method, reply);
    } else {
        return true;
    }
    return false;
}

static int64_t id_of(const struct http_reply *reply)
{
    struct json_object *data = NULL, *id = NULL;

    return json_object_object_get_ex(reply->json, "data", &data) &&
                   json_object_object_get_ex(data, "id", &id)
               ? json_object_get_int64(id)
               : 0;
}

/* One item's life; every fourth is deleted at its end. */
static void work(struct load_client *client, const char *token)
{
    struct http *http = &client->http;
    struct http_reply reply;
    struct http_request request = {.method = "POST", .target = "/api/items", .token = token};

    request.body = http_format(http, "{\"name\":\"%s %d %zu\",\"price\":1.25}", client->load->run,
                               client->number, client->creates);
    int64_t *id = &client->ids[client->creates++];

    if (!ask(client, 201, &request, &reply))
        return;
    *id = id_of(&reply);
    request.target = http_format(http, "/api/items/%lld", (long long)*id);
    request.method = "PUT";
    (void)ask(client, 200, &request, &reply);
    request.method = "GET";
    request.body = NULL;
    (void)ask(client, 200, &request, &reply);
    request.method = "DELETE";
    if (client->creates % 4 == 0)
        (void)ask(client, 200, &request, &reply);
}

static void *run_client(void *user)
{
    struct load_client *client = user;

    while (!atomic_load(&client->load->stop) && client->creates < LOAD_CREATES_MAX &&
           !*client->problem) {
        work(client, client->load->site->editor);
        http_forget(&client->http);
    }
    return NULL;
}

void load_begin(struct load *load, struct site *site, const char *run)
{
    *load = (struct load){.site = site, .run = run};
    for (int i = 0; i < LOAD_CLIENTS; i++) {
        struct load_client *client = &load->clients[i];

        *client = (struct load_client){.load = load, .number = i};
        client->ids = calloc(LOAD_CREATES_MAX, sizeof *client->ids);
        assert_non_null(client->ids);
        http_open(&client->http, site->instance.port);
        assert_int_equal(pthread_create(&client->thread, NULL, run_client, client), 0);
    }
}

/* What the clients were told, in the database's words. */
struct tally {
    size_t requests, refused, creates, acknowledged;
    struct buffer ids;
    const char *problem;
};

static void add_client(struct tally *tally, const struct load_client *client)
{
    tally->requests += client->requests;
    tally->refused += client->refused;
    tally->creates += client->creates;
    if (*client->problem)
        tally->problem = client->problem;
    for (size_t i = 0; i < client->creates; i++) {
        if (client->ids[i] == 0)
            continue;
        buffer_add_text(&tally->ids, tally->acknowledged++ ? "," : "");
        buffer_add_int(&tally->ids, client->ids[i]);
    }
}

static void compare(struct load *load, const struct tally *tally)
{
    struct instance *instance = &load->site->instance;
    struct http *http = &load->site->http;
    long there =
        strtol(instance_ask(instance,
                            http_format(http, "SELECT count(*) FROM items WHERE name LIKE '%s %%'",
                                        load->run)),
               NULL, 10);
    long told = strtol(
        instance_ask(instance, http_format(http,
                                           "SELECT count(DISTINCT name) FROM items WHERE id = ANY "
                                           "('{%s}') AND name LIKE '%s %%'",
                                           tally->ids.data, load->run)),
        NULL, 10);
    const char *twice = instance_ask(
        instance, http_format(http,
                              "SELECT name FROM items WHERE name LIKE '%s %%' GROUP BY name "
                              "HAVING count(*) > 1 LIMIT 1",
                              load->run));

    assert_string_equal(twice, "");
    assert_int_equal(told, tally->acknowledged);
    /* A create that was refused in the middle may have happened or not. */
    assert_true(there >= told && there <= (long)tally->creates);
}

size_t load_end(struct load *load, size_t refused_max)
{
    struct tally tally = {0};
    char problem[sizeof load->clients[0].problem] = "";

    buffer_init(&tally.ids, &load->site->http.scope.arena);
    atomic_store(&load->stop, true);
    for (int i = 0; i < LOAD_CLIENTS; i++) {
        struct load_client *client = &load->clients[i];

        pthread_join(client->thread, NULL);
        add_client(&tally, client);
        if (tally.problem)
            snprintf(problem, sizeof problem, "%s", tally.problem);
        http_close(&client->http);
        free(client->ids);
    }
    if (*problem)
        unit_fail("%s", problem);
    if (tally.refused > refused_max)
        unit_fail("%zu of %zu requests were refused", tally.refused, tally.requests);
    assert_true(tally.acknowledged > 0);
    compare(load, &tally);
    return tally.requests;
}
