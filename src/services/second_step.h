/* second_step.h - what the first step of signing in asks for where there is a second factor */
#ifndef KEEL_SERVICES_SECOND_STEP_H
#define KEEL_SERVICES_SECOND_STEP_H

#include "keel/services/sessions.h"

/* A grant that is an mfa_token and nothing else, for an account that has proved its password. */
bool second_step_ask(struct scope *scope, int64_t user_id, struct grant *grant);

#endif
