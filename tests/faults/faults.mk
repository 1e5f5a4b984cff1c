# faults.mk - what Keel stands on is broken under load: make faults

.PHONY: faults

FAULTS = $(BUILD)/faults.md
FAULTS_TEST = $(BUILD)/san/tests/faults/faults_test

$(OUT)/tests/faults/faults_test: $(patsubst %.c,$(OUT)/%.o,$(filter-out %_test.c,$(wildcard tests/faults/*.c)))

# `make test` runs the quick ones. CASE='*frozen*' chooses by name.
faults: ## Break what Keel stands on, under load; the table says what each fault cost (two minutes)
	@deploy/local/packages build run test
	@$(MAKE) --no-print-directory MODE=san $(FAULTS_TEST)
	@$(MAKE) --no-print-directory programs
	@rm -f $(FAULTS)
	@KEEL_FAULTS=$(abspath $(FAULTS)) $(if $(CASE),KEEL_FAULT='$(CASE)') KEEL_TEST_TIMEOUT=1500 \
		KEEL_PROGRAMS=$(abspath $(BUILD)) tests/run $(FAULTS_TEST); status=$$?; \
		if [ -e $(FAULTS) ]; then column -t -s '|' -o '|' $(FAULTS); fi; exit $$status
