/* api_disturb.c - a trigger that disturbs whoever adds an item */
#include "api_disturb.h"

static void make_function(struct api *api, const char *statements)
{
    api_ask(api, api_format(api,
                            "CREATE FUNCTION disturb() RETURNS trigger LANGUAGE plpgsql AS $$ "
                            "BEGIN %s RETURN NEW; END $$",
                            statements));
}

void api_disturb(struct api *api, const char *statements)
{
    make_function(api, statements);
    api_ask(api, "CREATE TRIGGER disturb BEFORE INSERT ON items FOR EACH ROW "
                 "EXECUTE FUNCTION disturb()");
}

void api_disturb_commit(struct api *api, const char *statements)
{
    make_function(api, statements);
    api_ask(api, "CREATE CONSTRAINT TRIGGER disturb AFTER INSERT ON items "
                 "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION disturb()");
}

void api_calm(struct api *api)
{
    api_ask(api, "DROP FUNCTION disturb CASCADE");
}
