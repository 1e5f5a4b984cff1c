# check.mk - what a change must pass: make test, make coverage, make check

# What the tests of the API were answered, and how each program ended: for checklist and for keelctl report.
SEEN = $(BUILD)/test-seen
RESULTS = $(BUILD)/test-results
# Answers of the API tests, which contract.sh holds the contract against.
ANSWERS = $(abspath $(BUILD))/answers
# When the tests passed: make check runs them only when a file has changed since.
TESTED = $(BUILD)/tested

.PHONY: test valgrind check checklist contract coverage format format-check layers tidy cppcheck keelctl-check docs docs-check browser

COVERAGE_FLOOR = 85
FORMATTED = $(shell find cgi-bin deploy include src tests -name '*.[ch]')
# From the sources and not from what is built: make reads this before the first build.
COVERAGE_TESTS = $(filter-out tests/e2e/ tests/faults/,$(sort $(dir $(TESTS) $(FUZZERS))))
SHELL_TESTS = $(sort $(wildcard tests/sql/schema.sh tests/sql/embed.sh tests/cli/*.sh tests/local/*.sh))

# Unit and API tests run under ASan and UBSan; the end-to-end tests drive the release build through real servers.
test: ## Run every test: unit, in-process API, end to end; the last line is "N passed, N failed"
	@deploy/local/packages build run test
	@$(MAKE) --no-print-directory MODE=san programs tests
	@$(MAKE) --no-print-directory programs
	@rm -rf $(SEEN) $(RESULTS) $(ANSWERS) $(TESTED)
	@touch $(TESTED).begun
	@KEEL_SEEN=$(abspath $(SEEN)) KEEL_RESULTS=$(abspath $(RESULTS)) KEEL_ANSWERS=$(ANSWERS) KEEL_PROGRAMS=$(abspath $(BUILD)) \
		tests/run $(SHELL_TESTS) $(BUILD)/san/tests
	@mv $(TESTED).begun $(TESTED)

# Of when the tests began: what changed while they ran was perhaps not tested.
$(TESTED): $(shell find $(wildcard .ci cgi-bin deploy docs include nginx sql src tests) Makefile -type f)
	@$(MAKE) --no-print-directory test

coverage: ## Run the tests on a coverage build; fails below the floor
	@deploy/local/packages build run test check
	@$(MAKE) --no-print-directory MODE=cov programs tests
	@find $(BUILD)/cov -name '*.gcda' -delete
	@KEEL_PROGRAMS=$(abspath $(BUILD))/cov tests/run $(COVERAGE_TESTS:%/=$(BUILD)/cov/%) $(filter tests/cli/%,$(SHELL_TESTS))
	@mkdir -p $(BUILD)/coverage
	@gcovr --root . --object-directory $(BUILD)/cov --filter src/ --filter cgi-bin/ --exclude-throw-branches \
		--html-details $(BUILD)/coverage/index.html --print-summary --fail-under-line $(COVERAGE_FLOOR) --txt $(BUILD)/coverage/lines.txt

contract: ## Hold the OpenAPI document against linters, a typed client and the API tests' answers
	@deploy/local/packages build run test check
	@$(MAKE) --no-print-directory MODE=san programs tests
	@$(MAKE) --no-print-directory programs
	@rm -f $(ANSWERS)
	@KEEL_ANSWERS=$(ANSWERS) KEEL_PROGRAMS=$(abspath $(BUILD)) tests/run $(BUILD)/san/tests/api tests/contract/contract.sh

valgrind: ## Run the API tests under valgrind's memcheck
	@deploy/local/packages build run test check
	@$(MAKE) --no-print-directory MODE=valgrind $(patsubst %.c,$(BUILD)/valgrind/%,$(filter tests/api/%,$(TESTS)))
	@KEEL_TEST_TIMEOUT=1800 KEEL_TEST_UNDER="valgrind --quiet --error-exitcode=97 --fair-sched=yes --leak-check=full \
		--show-leak-kinds=definite,indirect --errors-for-leak-kinds=definite,indirect" tests/run $(BUILD)/valgrind/tests/api

check: ## Everything a change must pass: format, layers, clang-tidy, cppcheck, keelctl check, documents, tests, checklist, contract, browser, coverage
	@deploy/local/packages build run test check
	@$(MAKE) --no-print-directory format-check layers
	@$(MAKE) --no-print-directory programs
	@$(MAKE) --no-print-directory cppcheck tidy keelctl-check docs-check
	@tests/check/docs-package
	@tests/check/security
	@$(MAKE) --no-print-directory $(TESTED)
	@$(MAKE) --no-print-directory checklist
	@KEEL_ANSWERS=$(ANSWERS) KEEL_PROGRAMS=$(abspath $(BUILD)) tests/run tests/contract/contract.sh
	@$(MAKE) --no-print-directory browser
	@$(MAKE) --no-print-directory coverage

format: ## Format the C sources
	@clang-format -i $(FORMATTED)

format-check:
	@clang-format --dry-run --Werror $(FORMATTED)

layers:
	@tests/check/layers

cppcheck: $(GENERATED)
	@cppcheck --quiet --std=c11 --error-exitcode=1 --inline-suppr --suppress=missingIncludeSystem \
		--enable=warning,portability,performance -Iinclude -I$(BUILD)/gen src cgi-bin

tidy: $(GENERATED)
	@printf '%s\n' $(SOURCES) src/cli/main.c cgi-bin/api.c | xargs -P $(shell nproc) -n 8 sh -c 'clang-tidy --quiet --warnings-as-errors="*" "$$@" -- -std=c17 $(CPPFLAGS)' tidy

# Without any setting of whoever calls: the documents say what the defaults are.
docs: ## Write API_REFERENCE.md, CONFIG.md, openapi.json and API_CHANGES.md below docs anew from the program's tables
	@$(MAKE) --no-print-directory programs
	@env -i $(BUILD)/keelctl docs --output docs
	@env -i $(BUILD)/keelctl openapi publish docs

docs-check:
	@mkdir -p $(BUILD)/docs
	@env -i $(BUILD)/keelctl docs --output $(BUILD)/docs >/dev/null
	@for document in $(BUILD)/docs/*.md; do \
		diff -u docs/$${document##*/} $$document || { echo "docs/$${document##*/} is stale: make docs writes it anew" >&2; exit 1; }; \
	done
	@env -i $(BUILD)/keelctl openapi publish docs --check
	@echo "docs: the generated documents are those of this build"

browser: ## Try the page at /api/docs in Chromium; what it saw is kept in build/screenshots
	@deploy/local/packages build run test check
	@$(MAKE) --no-print-directory programs
	@KEEL_PROGRAMS=$(abspath $(BUILD)) KEEL_SCREENSHOTS=$(abspath $(BUILD))/screenshots tests/run tests/browser/docs.sh

keelctl-check:
	@tests/check/catalog $(abspath $(BUILD))

checklist: programs ## Say of each endpoint what it must have and has, by what the last make test saw
	@tests/check/catalog $(abspath $(BUILD)) --source . --seen $(SEEN) --results $(RESULTS)
