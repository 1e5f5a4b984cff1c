/* host_curl.c - the functions of libcurl that keelctl calls, taken from the host's library when one
 * is called */
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

#include <dlfcn.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * Debian's libcurl brings three dozen libraries, and only SMTP and `keelctl doctor` want it. Nearly
 * every host has one, for PHP. Where there is none, each call fails, and curl_easy_strerror() says
 * why.
 */
#define LIBRARY "libcurl.so.4"
#define MISSING "this host has no " LIBRARY

#undef curl_easy_setopt
#undef curl_easy_getinfo

/* A function's address; POSIX has them fit into a pointer to data, C does not say how. */
union symbol {
    void *found;
    CURLcode (*global_init)(long);
    void (*global_cleanup)(void);
    CURL *(*easy_init)(void);
    void (*easy_cleanup)(CURL *);
    CURLcode (*easy_setopt)(CURL *, CURLoption, ...);
    CURLcode (*easy_getinfo)(CURL *, CURLINFO, ...);
    CURLcode (*easy_perform)(CURL *);
    const char *(*easy_strerror)(CURLcode);
    struct curl_slist *(*slist_append)(struct curl_slist *, const char *);
    void (*slist_free_all)(struct curl_slist *);
};

/* .found is NULL where the library, or the function in it, is not there. */
static union symbol find(const char *name)
{
    static void *library;
    static bool tried;

    if (!tried) {
        tried = true;
        library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
    }
    return (union symbol){library ? dlsym(library, name) : NULL};
}

CURLcode curl_global_init(long flags)
{
    union symbol symbol = find("curl_global_init");

    return symbol.found ? symbol.global_init(flags) : CURLE_OK;
}

void curl_global_cleanup(void)
{
    union symbol symbol = find("curl_global_cleanup");

    if (symbol.found)
        symbol.global_cleanup();
}

/* Without a library still something, so that it is the first option that fails, with its reason. */
CURL *curl_easy_init(void)
{
    static char none;
    union symbol symbol = find("curl_easy_init");

    return symbol.found ? symbol.easy_init() : &none;
}

void curl_easy_cleanup(CURL *curl)
{
    union symbol symbol = find("curl_easy_cleanup");

    if (symbol.found)
        symbol.easy_cleanup(curl);
}

/* The one argument behind is a pointer or an integer of the same size (long, curl_off_t). */
CURLcode curl_easy_setopt(CURL *curl, CURLoption option, ...)
{
    union symbol symbol = find("curl_easy_setopt");
    va_list arguments;

    _Static_assert(sizeof(void *) == sizeof(long) && sizeof(void *) == sizeof(curl_off_t),
                   "an option's value does not travel as a pointer");
    va_start(arguments, option);
    void *value = va_arg(arguments, void *);

    va_end(arguments);
    return symbol.found ? symbol.easy_setopt(curl, option, value) : CURLE_FAILED_INIT;
}

CURLcode curl_easy_getinfo(CURL *curl, CURLINFO info, ...)
{
    union symbol symbol = find("curl_easy_getinfo");
    va_list arguments;

    va_start(arguments, info);
    void *value = va_arg(arguments, void *);

    va_end(arguments);
    return symbol.found ? symbol.easy_getinfo(curl, info, value) : CURLE_FAILED_INIT;
}

CURLcode curl_easy_perform(CURL *curl)
{
    union symbol symbol = find("curl_easy_perform");

    return symbol.found ? symbol.easy_perform(curl) : CURLE_FAILED_INIT;
}

const char *curl_easy_strerror(CURLcode code)
{
    union symbol symbol = find("curl_easy_strerror");

    return symbol.found ? symbol.easy_strerror(code) : MISSING;
}

struct curl_slist *curl_slist_append(struct curl_slist *list, const char *text)
{
    union symbol symbol = find("curl_slist_append");

    return symbol.found ? symbol.slist_append(list, text) : NULL;
}

void curl_slist_free_all(struct curl_slist *list)
{
    union symbol symbol = find("curl_slist_free_all");

    if (symbol.found)
        symbol.slist_free_all(list);
}
