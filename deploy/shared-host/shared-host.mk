# shared-host.mk - make shared-host: one archive for a host that has Apache, PostgreSQL, cron and nothing of Keel's
#
# Needs from the Makefile: OUT, BUILD, VERSION, and the objects and the library that the two programs are linked from.

SHARED_HOST = $(BUILD)/shared-host
SHARED_HOST_OBJECTS = $(OUT)/deploy/shared-host
# Static: whatever Debian has as an archive. libssl and libcrypto cannot be, as libjwt, which is only there as a shared
# library, brings the latter; two of them in one process would not know of each other.
SHARED_HOST_LDLIBS = -Wl,-Bstatic -lfcgi -largon2 -ljson-c -lpq -L$(SHARED_HOST)/static -lpgcommon_shlib -lpgport_shlib \
	-Wl,-Bdynamic -ljwt -lssl -lcrypto -lm
# --exclude-libs: json-c and the jansson of libjwt have functions of the same names, and the program's own json-c must not
# be what libjwt finds.
# DT_RPATH and not DT_RUNPATH, so that the libraries that lie beside the program find each other, too.
SHARED_HOST_LDFLAGS = $(LDFLAGS) -s -Wl,--gc-sections,--exclude-libs,ALL,--disable-new-dtags,-rpath,'$$ORIGIN/../lib'

.PHONY: shared-host

shared-host: ## Make one archive for a shared host: the program for CGI and mod_fcgid, .htaccess, settings, instructions
	@deploy/local/packages build
	@$(MAKE) --no-print-directory MODE=release $(SHARED_HOST)/bin/api $(SHARED_HOST)/bin/keelctl
	@deploy/shared-host/pack $(SHARED_HOST) $(VERSION)

# The two parts of PostgreSQL that libpq's archive needs are in a package that brings a compiler along.
$(SHARED_HOST)/static/libpgcommon_shlib.a:
	$(call say,GET,$@)
	$(Q)deploy/shared-host/static-libraries $(SHARED_HOST)/static

$(SHARED_HOST)/bin/api: $(OUT)/cgi-bin/api.o $(SHARED_HOST_OBJECTS)/no_kerberos.o $(OUT)/libkeel.a | $(SHARED_HOST)/static/libpgcommon_shlib.a
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(SHARED_HOST_LDFLAGS) -o $@ $^ $(SHARED_HOST_LDLIBS)

# In the place of libcurl: it is the host's, and loaded when it is needed.
$(SHARED_HOST)/bin/keelctl: $(OUT)/src/cli/main.o $(SHARED_HOST_OBJECTS)/host_curl.o $(SHARED_HOST_OBJECTS)/no_kerberos.o $(OUT)/libkeel.a \
	| $(SHARED_HOST)/static/libpgcommon_shlib.a
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(SHARED_HOST_LDFLAGS) -o $@ $^ $(SHARED_HOST_LDLIBS)
