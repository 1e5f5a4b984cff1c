/* writes_test.c - safe writes through nginx and several workers: keys and stock, many at once */
#include "support/site.h"

#include "support/unit.h"

#include <pthread.h>
#include <string.h>

#define WORKERS 4
#define SELLERS 50

static int begin(void **state)
{
    return site_begin(state, WORKERS, NULL);
}

/* One client; all send the same request at once. */
struct client {
    pthread_t thread;
    struct http http;
    const struct http_request *request;
    struct http_reply reply;
    bool answered;
};

static void *send_one(void *user)
{
    struct client *client = user;

    client->answered = http_send(&client->http, client->request, &client->reply);
    return NULL;
}

/* The replies last until the clients are closed by clients_end(). */
static void clients_begin(struct site *site, struct client *clients, size_t count,
                          const struct http_request *request)
{
    for (size_t i = 0; i < count; i++) {
        clients[i] = (struct client){.request = request};
        http_open(&clients[i].http, site->instance.port);
        assert_int_equal(pthread_create(&clients[i].thread, NULL, send_one, &clients[i]), 0);
    }
    for (size_t i = 0; i < count; i++)
        pthread_join(clients[i].thread, NULL);
    for (size_t i = 0; i < count; i++)
        assert_true(clients[i].answered);
}

static void clients_end(struct client *clients, size_t count)
{
    for (size_t i = 0; i < count; i++)
        http_close(&clients[i].http);
}

static void test_one_key(void **state)
{
    static const char *const headers[] = {"Idempotency-Key: 8e03978e-40d5-43dd-bc93-6894a57f9324",
                                          NULL};
    struct site *site = *state;
    const struct http_request request = {.method = "POST",
                                         .target = "/api/items",
                                         .token = site->editor,
                                         .body = "{\"name\":\"Once\",\"price\":1}",
                                         .headers = headers};
    struct client clients[10];
    int replays = 0;

    clients_begin(site, clients, COUNT(clients), &request);
    for (size_t i = 0; i < COUNT(clients); i++) {
        assert_int_equal(clients[i].reply.status, 201);
        assert_string_equal(clients[i].reply.body, clients[0].reply.body);
        replays += http_header(&clients[i].http, &clients[i].reply, "Idempotency-Replayed") != NULL;
    }
    assert_int_equal(replays, 9);
    clients_end(clients, COUNT(clients));
    assert_string_equal(
        instance_ask(&site->instance, "SELECT count(*) FROM items WHERE name = 'Once'"), "1");
}

/* Of 50 who want one of 30, thirty get it, and nobody is told anything else. */
static void test_stock(void **state)
{
    struct site *site = *state;
    int64_t id = site_make_item(site, "Sold out");
    const char *path = http_format(&site->http, "/api/items/%lld/adjust", (long long)id);
    const struct http_request request = {
        .method = "POST", .target = path, .token = site->editor, .body = "{\"delta\":-1}"};
    struct client clients[SELLERS];
    int sold = 0;

    http_expect(&site->http, 200, "POST", path, site->editor, "{\"delta\":30}");
    clients_begin(site, clients, SELLERS, &request);
    for (size_t i = 0; i < SELLERS; i++) {
        sold += clients[i].reply.status == 200;
        if (clients[i].reply.status != 200)
            http_must_fail(&clients[i].reply, 409, "CONFLICT");
    }
    clients_end(clients, SELLERS);
    assert_int_equal(sold, 30);
    assert_string_equal(
        instance_ask(
            &site->instance,
            http_format(&site->http, "SELECT quantity FROM items WHERE id = %lld", (long long)id)),
        "0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {.name = "ten with one key at once make one row and get one answer",
         .test_func = test_one_key},
        {.name = "fifty at once sell what is there and no more", .test_func = test_stock},
    };

    return cmocka_run_group_tests_name("safe writes", tests, begin, site_end);
}
