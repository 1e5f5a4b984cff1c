/* rate.c - takes a token from the client's bucket */
#include "keel/core/address.h"
#include "keel/core/metrics.h"
#include "keel/middleware/limiter.h"
#include "stages.h"

static int64_t per_minute(const struct config *config, enum rate_class rate)
{
    switch (rate) {
    case RATE_READ:
        return config->rate_read_per_minute;
    case RATE_WRITE:
        return config->rate_write_per_minute;
    case RATE_AUTH:
        return config->rate_auth_per_minute;
    case RATE_UNSET:
    case RATE_FREE:
    case RATE_CLASS_COUNT:
        break;
    }
    return 0;
}

bool stage_rate(struct exchange *exchange)
{
    static const struct {
        const char *name;
        enum metrics_counter refusals;
    } classes[RATE_CLASS_COUNT] = {
        [RATE_READ] = {"read", METRICS_REFUSED_READ},
        [RATE_WRITE] = {"write", METRICS_REFUSED_WRITE},
        [RATE_AUTH] = {"auth", METRICS_REFUSED_AUTH},
    };
    enum rate_class rate = exchange->route->rate;
    int64_t limit = per_minute(&exchange->app->config, rate);
    int retry_after = 1;

    if (!exchange->app->limiter || limit == 0 || exchange->is_monitor)
        return true;
    char client[ADDRESS_SIZE];
    struct buffer key;

    address_to_client(exchange->request.client_address, client);
    buffer_init(&key, &exchange->scope.arena);
    buffer_add_text(&key, classes[rate].name);
    buffer_add_char(&key, ' ');
    buffer_add_text(&key, client);
    if (key.failed)
        return fail_memory(&exchange->scope);
    if (limiter_take(exchange->app->limiter, key.data, limit, exchange->scope.now, &retry_after))
        return true;
    metrics_count(exchange->app->metrics, classes[rate].refusals);
    fail(&exchange->scope, ERR_RATE_LIMITED, "Too many requests; try again in %d second%s",
         retry_after, retry_after == 1 ? "" : "s");
    exchange->scope.error.retry_after = retry_after;
    return false;
}
