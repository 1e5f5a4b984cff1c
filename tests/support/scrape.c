/* scrape.c - reading what a monitoring system reads */
#include "scrape.h"

#include "unit.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_SIZE 128

static const char *next_line(const char *line)
{
    const char *end = strchr(line, '\n');

    return end ? end + 1 : line + strlen(line);
}

/* Where the name of a series ends. */
static size_t name_length(const char *line)
{
    return strcspn(line, "{ \n");
}

/* Where the series itself ends, which may have blanks in its labels. */
static size_t series_length(const char *line)
{
    size_t at = name_length(line);
    bool quoted = false;

    if (line[at] != '{')
        return at;
    for (; line[at] && (quoted || line[at] != '}'); at++) {
        if (line[at] == '\\' && quoted)
            at++;
        else if (line[at] == '"')
            quoted = !quoted;
    }
    return line[at] ? at + 1 : at;
}

double scrape_find(const char *text, const char *series)
{
    size_t length = strlen(series);

    for (; *text; text = next_line(text)) {
        if (strncmp(text, series, length) == 0 && text[length] == ' ')
            return strtod(text + length, NULL);
    }
    return -1;
}

double scrape_value(const char *text, const char *series)
{
    double value = scrape_find(text, series);

    if (value < 0)
        unit_fail("there is no %s in\n%s", series, text);
    return value;
}

double scrape_sum(const char *text, const char *name, const char *labels)
{
    double sum = 0;

    for (; *text; text = next_line(text)) {
        size_t length = series_length(text);
        const char *found = memmem(text, length, labels, strlen(labels));

        if (name_length(text) == strlen(name) && strncmp(text, name, strlen(name)) == 0 && found)
            sum += strtod(text + length, NULL);
    }
    return sum;
}

bool scrape_has(const char *text, const char *name, size_t length)
{
    for (; *text; text = next_line(text)) {
        if (name_length(text) == length && strncmp(text, name, length) == 0)
            return true;
    }
    return false;
}

/* Claim: a name, and labels in quotes between braces. */
static bool is_series(const char *line, size_t length)
{
    size_t at = name_length(line);

    for (size_t i = 0; i < at; i++) {
        if (!islower((unsigned char)line[i]) && line[i] != '_' &&
            !(i > 0 && isdigit((unsigned char)line[i])))
            return false;
    }
    if (at == 0 || at == length)
        return at > 0;
    for (at++; at < length; at++) {
        size_t name = strspn(line + at, "abcdefghijklmnopqrstuvwxyz_");

        if (name == 0 || strncmp(line + at + name, "=\"", 2) != 0)
            return false;
        for (at += name + 2; at < length && line[at] != '"'; at++)
            at += line[at] == '\\';
        at++;
        if (at == length - 1)
            return line[at] == '}';
        if (line[at] != ',')
            return false;
    }
    return false;
}

static void check_value(const char *line)
{
    size_t length = series_length(line);
    char *end;

    if (!is_series(line, length) || line[length] != ' ')
        unit_fail("no series: %.*s", (int)strcspn(line, "\n"), line);
    double value = strtod(line + length + 1, &end);

    if (end == line + length + 1 || *end != '\n' || value < 0 || isnan(value))
        unit_fail("no value: %.*s", (int)strcspn(line, "\n"), line);
    for (const char *other = next_line(line); *other; other = next_line(other)) {
        if (series_length(other) == length && strncmp(other, line, length) == 0)
            unit_fail("twice: %.*s", (int)length, line);
    }
}

/* Claim: the series belongs to the metric `family`, of this type. */
static bool belongs(const char *line, const char *family, const char *type)
{
    static const char *const endings[] = {"_bucket", "_sum", "_count"};
    size_t length = strlen(family), name = name_length(line);

    if (strncmp(line, family, length) != 0)
        return false;
    if (strcmp(type, "histogram") != 0)
        return name == length;
    for (size_t i = 0; i < COUNT(endings); i++) {
        if (name == length + strlen(endings[i]) &&
            strncmp(line + length, endings[i], strlen(endings[i])) == 0)
            return true;
    }
    return false;
}

/* Claim: the series' name ends so. */
static bool ends(const char *line, const char *ending)
{
    size_t length = name_length(line), size = strlen(ending);

    return *line != '#' && length > size && strncmp(line + length - size, ending, size) == 0;
}

/* The buckets of each series rise, and the last of them is its count. */
static void check_buckets(const char *text)
{
    double before = 0;

    for (const char *line = text; *line; line = next_line(line)) {
        double value = strtod(line + series_length(line), NULL);

        if (ends(line, "_bucket")) {
            assert_true(value >= before);
            before = value;
        } else if (ends(line, "_count")) {
            assert_true(value == before);
            before = 0;
        }
    }
}

void scrape_check(const char *text)
{
    char family[NAME_SIZE] = "", type[NAME_SIZE] = "", named[NAME_SIZE];

    assert_int_equal(text[strlen(text) - 1], '\n');
    for (const char *line = text; *line; line = next_line(line)) {
        if (sscanf(line, "# HELP %127[a-z_] %*[^\n]", family) == 1) {
            char again[NAME_SIZE + 16];

            snprintf(again, sizeof again, "# HELP %s ", family);
            assert_null(strstr(next_line(line), again));
        } else if (sscanf(line, "# TYPE %127[a-z_] %127[a-z]", named, type) == 2) {
            assert_string_equal(named, family);
            assert_true(strlen(family) > 6);
            assert_true(strcmp(type, "counter") == 0 || strcmp(type, "gauge") == 0 ||
                        strcmp(type, "histogram") == 0);
            assert_int_equal(strcmp(type, "counter") == 0,
                             strcmp(family + strlen(family) - 6, "_total") == 0);
        } else {
            check_value(line);
            if (!belongs(line, family, type))
                unit_fail("not of %s: %.*s", family, (int)strcspn(line, "\n"), line);
        }
    }
    check_buckets(text);
}
