/* build.h - what this program was built from */
#ifndef KEEL_CORE_BUILD_H
#define KEEL_CORE_BUILD_H

extern const char build_version[]; /* "0.1.0" */
extern const char build_commit[];  /* abbreviated hash, or "unknown" outside a checkout */

/* Where `make install` puts the settings; "" for what runs in a checkout. */
extern const char build_config_file[];

#endif
