/* faults.h - what is done to a Keel under load; the functions are those of a struct fault's row */
#ifndef KEEL_TESTS_FAULTS_FAULTS_H
#define KEEL_TESTS_FAULTS_FAULTS_H

#include "trial.h"

/* workers.c */
void workers_kill_one(struct trial *trial);
void workers_kill_all(struct trial *trial);
void workers_roll(struct trial *trial);
void workers_limit(struct trial *trial);

/* web.c */
void web_reload(struct trial *trial);
void web_open_half(struct trial *trial);
void web_look_at_half(struct trial *trial);
void web_close_half(struct trial *trial);

/* database.c */
void database_stop_fast(struct trial *trial);
void database_stop_at_once(struct trial *trial);
void database_lose_process(struct trial *trial);
void database_freeze(struct trial *trial);
void database_freeze_long(struct trial *trial);
void database_thaw(struct trial *trial);

/* logs.c */
const char *logs_onto_small_disk(struct trial *trial);
void logs_fill(struct trial *trial);
void logs_make_room(struct trial *trial);

/* pooler.c */
const char *pooler_between(struct trial *trial);
void pooler_restart(struct trial *trial);
void pooler_away(struct trial *trial);

/* standby.c */
const char *standby_begin(struct trial *trial);
void standby_take_over(struct trial *trial);
void standby_end(struct trial *trial);

#endif
