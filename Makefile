# Makefile - builds, tests and runs Keel; `make help` lists what there is to do

BUILD ?= build
# release, san (ASan and UBSan), valgrind or cov (coverage); each has a folder of its own below $(BUILD)
MODE ?= release
OUT = $(BUILD)/$(MODE)
# As many compilers at once as there are cores, unless somebody says otherwise.
ifeq ($(MAKELEVEL)$(filter -j%,$(MAKEFLAGS)),0)
MAKEFLAGS += --jobs=$(shell nproc)
endif
ifeq ($(origin CC),default)
CC = gcc
endif

VERSION := $(shell cat VERSION)
COMMIT := $(shell git rev-parse --short HEAD 2>/dev/null || echo unknown)

PACKAGES = json-c libpq libjwt libcrypto
CPPFLAGS += -D_GNU_SOURCE -Iinclude -I$(BUILD)/gen $(shell pkg-config --cflags $(PACKAGES) 2>/dev/null)
WARNINGS = -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla \
	-Wformat=2 -Wcast-qual -Wundef -Wimplicit-fallthrough
ifdef CI
WARNINGS += -Werror
endif
# Hundreds of test programs are linked, each with all of the library: gold needs half of ld's time.
QUICK_LINKER := $(if $(shell command -v ld.gold),-fuse-ld=gold)
CFLAGS_release = -O2 -g -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection -fPIE
LDFLAGS_release = -pie -Wl,-z,relro,-z,now,-z,noexecstack,--as-needed
# ARENA_CHUNK_SIZE=1: each allocation from an arena is a block that the sanitizers watch, and that a test can make fail.
# -g1: files and lines, which are what a report shows, in half the size.
CFLAGS_san = -O1 -g1 -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer -DARENA_CHUNK_SIZE=1
LDFLAGS_san = -fsanitize=address,undefined $(QUICK_LINKER)
CFLAGS_valgrind = -O1 -g1 -fno-omit-frame-pointer -DARENA_CHUNK_SIZE=1
LDFLAGS_valgrind = $(QUICK_LINKER)
CFLAGS_cov = -O0 -g1 --coverage -fprofile-update=atomic -DARENA_CHUNK_SIZE=1
LDFLAGS_cov = --coverage $(QUICK_LINKER)
CFLAGS += -std=c17 $(WARNINGS) $(CFLAGS_$(MODE)) -MMD -MP
LDFLAGS += $(LDFLAGS_$(MODE))
LDLIBS = -lfcgi -largon2 $(shell pkg-config --libs $(PACKAGES) 2>/dev/null)
# Who sends mail needs libcurl; the worker only queues it and stays without.
MAIL_LDLIBS = -lcurl
TEST_LDLIBS = -lcmocka -lcurl

SOURCES := $(sort $(shell find src -name '*.c' ! -path src/cli/main.c))
GENERATED = $(BUILD)/gen/sql.c $(BUILD)/gen/embedded.c
OBJECTS = $(SOURCES:%.c=$(OUT)/%.o) $(GENERATED:$(BUILD)/%.c=$(OUT)/%.o) $(OUT)/gen/build.o
TESTS := $(sort $(shell find tests -name '*_test.c'))
TEST_PROGRAMS = $(TESTS:%.c=$(OUT)/%)
TEST_SUPPORT := $(sort $(wildcard tests/support/*.c))
FUZZERS := $(sort $(wildcard tests/fuzz/*_fuzz.c))
REPLAYS = $(FUZZERS:%.c=$(OUT)/%)
QUERIES := $(sort $(wildcard sql/queries/*.sql))
MIGRATIONS := $(sort $(wildcard sql/migrations/*.sql))
SEEDS := $(sort $(wildcard sql/seeds/*.sql))
MAILS := $(sort $(wildcard deploy/mail/*))
TEMPLATES := $(sort $(wildcard src/cli/templates/*.tmpl))
COMMON_PASSWORDS = src/services/common_passwords.txt
EMBEDDED_FILES = $(MIGRATIONS) $(SEEDS) $(MAILS) $(TEMPLATES) $(COMMON_PASSWORDS)
EMBEDDED = array=embedded_migrations $(MIGRATIONS) array=embedded_seeds $(SEEDS) array=embedded_mail $(MAILS) \
	array=embedded_templates $(TEMPLATES) array=embedded_passwords $(COMMON_PASSWORDS)

# `make V=1` shows whole commands.
Q = $(if $(V),,@)
say = $(if $(V),,@printf '  %-5s %s\n' $(1) $(2))

.PHONY: all programs tests clean
.DELETE_ON_ERROR:
.SECONDARY:

all: programs ## Build build/api and build/keelctl

ifeq ($(MODE),release)
programs: $(BUILD)/api $(BUILD)/keelctl

# Two builds at once (make up beside make dev) must not take each other's copy.
$(BUILD)/%: $(OUT)/%
	$(Q)cp -f $< $@.$$$$ && mv -f $@.$$$$ $@
else
programs: $(OUT)/api $(OUT)/keelctl
endif

$(OUT)/api: $(OUT)/cgi-bin/api.o $(OUT)/libkeel.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(OUT)/keelctl: $(OUT)/src/cli/main.o $(OUT)/libkeel.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS) $(MAIL_LDLIBS)

$(OUT)/libkeel.a: $(OBJECTS)
	$(call say,AR,$@)
	$(Q)rm -f $@ && ar rcs $@ $^

$(OUT)/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

$(OUT)/gen/%.o: $(BUILD)/gen/%.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

# The generated headers must be there before anything that may include them is compiled.
$(OBJECTS) $(OUT)/cgi-bin/api.o $(OUT)/src/cli/main.o: | $(BUILD)/gen/sql.h $(BUILD)/gen/embedded.h

$(BUILD)/gen/sql.h: $(QUERIES) sql/embed_queries.awk
	@mkdir -p $(@D)
	$(call say,GEN,$@)
	$(Q)awk -v mode=header -f sql/embed_queries.awk $(QUERIES) > $@

$(BUILD)/gen/sql.c: $(QUERIES) sql/embed_queries.awk
	@mkdir -p $(@D)
	$(call say,GEN,$@)
	$(Q)awk -v mode=source -f sql/embed_queries.awk $(QUERIES) > $@

$(BUILD)/gen/embedded.h: $(EMBEDDED_FILES) sql/embed_files.awk
	@mkdir -p $(@D)
	$(call say,GEN,$@)
	$(Q)LC_ALL=C awk -v mode=header -f sql/embed_files.awk $(EMBEDDED) > $@

$(BUILD)/gen/embedded.c: $(EMBEDDED_FILES) sql/embed_files.awk
	@mkdir -p $(@D)
	$(call say,GEN,$@)
	$(Q)LC_ALL=C awk -v mode=source -f sql/embed_files.awk $(EMBEDDED) > $@

BUILD_SOURCE = \#include "keel/core/build.h"\n\nconst char build_version[] = "%s";\nconst char build_commit[] = "%s";\nconst char build_config_file[] = "%s";\n

# Written anew only when it changes, so that a commit alone rebuilds nothing else.
$(BUILD)/gen/build.c: FORCE
	@mkdir -p $(@D)
	@printf '$(BUILD_SOURCE)' '$(VERSION)' '$(COMMIT)' '' > $@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@

.PHONY: FORCE
FORCE:

tests: $(TEST_PROGRAMS) $(REPLAYS)

# Allocations of our own code can be made to fail, one after the other (tests/support/faults.h), and so can statements
# on their way to PostgreSQL (tests/support/query_faults.h).
WRAPPED = -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=strdup \
	-Wl,--wrap=PQsendPrepare,--wrap=PQsendQuery,--wrap=PQsendQueryParams,--wrap=PQsendQueryPrepared

$(OUT)/tests/%_test: $(OUT)/tests/%_test.o $(TEST_SUPPORT:%.c=$(OUT)/%.o) $(OUT)/libkeel.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(LDFLAGS) $(WRAPPED) -o $@ $^ $(LDLIBS) $(TEST_LDLIBS)

$(OUT)/tests/fuzz/%_fuzz: $(OUT)/tests/fuzz/%_fuzz.o $(OUT)/tests/fuzz/replay.o $(OUT)/libkeel.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(OUT)/tests/%.o: CPPFLAGS += -Itests -Isrc
$(TESTS:%.c=$(OUT)/%.o) $(TEST_SUPPORT:%.c=$(OUT)/%.o): | $(BUILD)/gen/sql.h $(BUILD)/gen/embedded.h

clean: ## Remove what was built (not the instance below var/)
	rm -rf $(BUILD)

-include $(shell find $(OUT) -name '*.d' 2>/dev/null)
include deploy/local/instance.mk
include deploy/shared-host/shared-host.mk
include deploy/install.mk
include tests/check/check.mk
include tests/bench/bench.mk
include tests/faults/faults.mk
-include tests/fuzz/fuzz.mk
