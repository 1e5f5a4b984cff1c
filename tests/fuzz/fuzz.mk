# fuzz.mk - longer runs of the fuzz targets; `make test` only replays their stored inputs

.PHONY: fuzz fuzzers

# Seconds for each target.
FUZZ_SECONDS ?= 60

CFLAGS_fuzz = -O1 -g1 -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer -DARENA_CHUNK_SIZE=1
LDFLAGS_fuzz = -fsanitize=fuzzer,address,undefined

fuzzers: $(FUZZERS:tests/fuzz/%_fuzz.c=$(OUT)/fuzzers/%)

# Linked like the targets that replay, but with libFuzzer's main().
$(OUT)/fuzzers/%: $(OUT)/tests/fuzz/%_fuzz.o $(OUT)/libkeel.a
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

# New inputs go below $(BUILD); what breaks a target is kept there as crash-..., to be fixed and then stored.
fuzz: ## Fuzz each target for FUZZ_SECONDS (60)
	@deploy/local/packages build check
	@$(MAKE) --no-print-directory MODE=fuzz CC=clang fuzzers
	@tests/fuzz/run $(BUILD)/fuzz $(FUZZ_SECONDS)
