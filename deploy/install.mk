# install.mk - make install, make uninstall, make deb, make deb-check
#
# Needs from the Makefile: OUT, BUILD, BUILD_SOURCE, the objects and the library that the two programs are linked from.

PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
SBINDIR ?= $(PREFIX)/sbin
LIBEXECDIR ?= $(PREFIX)/lib/keel
DATADIR ?= $(PREFIX)/share/keel
DOCDIR ?= $(PREFIX)/share/doc/keel
UNITDIR ?= $(PREFIX)/lib/systemd/system
SYSCONFDIR ?= /etc
DESTDIR ?=

# Linked apart from those that run in a checkout: these know where their settings are.
INSTALLED = $(OUT)/installed

# What an operator copies, or what nginx/render reads.
SHARED_FILES = $(shell find nginx deploy/apache deploy/lighttpd deploy/mail deploy/pgbouncer.ini -type f ! -name '.*' ! -name 'render*')

# Each line: mode, file, place. The words between at-signs are filled in in the texts.
define INSTALL_LIST
0755 $(INSTALLED)/api $(LIBEXECDIR)/api
0755 $(INSTALLED)/keelctl $(BINDIR)/keelctl
0755 deploy/spawn-fcgi/keel-workers $(SBINDIR)/keel-workers
0755 deploy/setup/keel-setup $(SBINDIR)/keel-setup
$(foreach file,$(wildcard deploy/lib/*.sh),0644 $(file) $(LIBEXECDIR)/lib/$(notdir $(file))
)$(foreach file,$(wildcard deploy/systemd/*.target deploy/systemd/*.socket deploy/systemd/*.service),0644 $(file) $(UNITDIR)/$(notdir $(file))
)0644 deploy/systemd/keel-.service.d/hardening.conf $(UNITDIR)/keel-.service.d/hardening.conf
0644 deploy/setup/keel.env $(DATADIR)/keel.env
0644 deploy/spawn-fcgi/keel.default $(DATADIR)/keel.default
$(foreach file,$(SHARED_FILES),0644 $(file) $(DATADIR)/$(file:deploy/%=%)
)$(foreach file,$(wildcard nginx/render*),0755 $(file) $(DATADIR)/$(file)
)$(foreach file,$(wildcard docs/*.md docs/openapi.json) LICENSE,0644 $(file) $(DOCDIR)/$(notdir $(file))
)
endef

PLACES = @BINDIR@ @LIBEXECDIR@ @DATADIR@ @DOCDIR@ @SYSCONFDIR@
FILL_IN = $(foreach place,$(PLACES),-e 's,$(place),$($(place:@%@=%)),g')

.PHONY: install uninstall deb deb-check

$(INSTALLED)/build.c: FORCE
	@mkdir -p $(@D)
	@printf '$(BUILD_SOURCE)' '$(VERSION)' '$(COMMIT)' '$(SYSCONFDIR)/keel/keel.env' > $@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@

$(INSTALLED)/build.o: $(INSTALLED)/build.c
	$(call say,CC,$<)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

# Its build.o stands before the library, whose own is then not looked for.
$(INSTALLED)/api: $(OUT)/cgi-bin/api.o $(INSTALLED)/build.o $(OUT)/libkeel.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(INSTALLED)/keelctl: $(OUT)/src/cli/main.o $(INSTALLED)/build.o $(OUT)/libkeel.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS) $(MAIL_LDLIBS)

install uninstall: private export LIST = $(INSTALL_LIST)

install: $(INSTALLED)/api $(INSTALLED)/keelctl ## Install below PREFIX (/usr/local), inside DESTDIR if that is set
	$(Q)printf '%s\n' "$$LIST" | deploy/install "$(DESTDIR)" $(FILL_IN)
	@printf '%s\n' 'Installed. On the host, as root: keel-setup database, then systemctl daemon-reload' \
		'and systemctl enable --now keel.target; docs/OPERATIONS.md has the rest.'

uninstall: ## Remove what make install put there (said with the same PREFIX); settings, data and logs stay
	$(Q)printf '%s\n' "$$LIST" | deploy/uninstall "$(DESTDIR)"

deb: ## Build a Debian package below build/deb
	@deploy/local/packages build deb
	@deploy/debian/build $(abspath $(BUILD))

deb-check: deb ## Judge the package with lintian, and try it on a machine with systemd inside this one (as root)
	@lintian --fail-on error,warning $(BUILD)/deb/keel_*.deb
	@tests/run tests/deploy/package.sh
