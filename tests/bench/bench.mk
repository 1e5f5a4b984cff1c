# bench.mk - the benchmarks: make bench, make bench-lists, make bench-export, make bench-import
#
# Needs from the Makefile: the target `programs`, and OUT/libkeel.a with everything below src.

.PHONY: bench bench-lists bench-export bench-import bench-programs

NULL_FCGI = $(OUT)/tests/bench/null_fcgi

bench-programs: programs $(NULL_FCGI)

$(NULL_FCGI): $(NULL_FCGI).o $(OUT)/libkeel.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

# The build is a make of its own, as in `up`.
bench: ## Measure requests/s, latency, CPU, memory, imports and exports, in under five minutes; BENCH_BIG=1: of a million rows, with bench-lists
	@deploy/local/packages build run bench
	@$(MAKE) --no-print-directory MODE=release bench-programs
	@tests/bench/run $(BUILD) $(BUILD)/release/tests/bench/null_fcgi
	@[ "$(BENCH_BIG)" != 1 ] || tests/bench/lists $(BUILD)

bench-lists: ## Measure lists on tables of 1,000 to 1,000,000 items side by side, in about ten minutes
	@deploy/local/packages build run bench
	@$(MAKE) --no-print-directory MODE=release programs
	@tests/bench/lists $(BUILD)

bench-export: ## Measure exports beside psql's \copy, of 100,000 rows; BENCH_BIG=1: of a million
	@deploy/local/packages build run bench
	@$(MAKE) --no-print-directory MODE=release programs
	@tests/bench/export $(BUILD)

bench-import: ## Measure imports beside psql's \copy, of 50,000 rows; BENCH_BIG=1: of a million
	@deploy/local/packages build run bench
	@$(MAKE) --no-print-directory MODE=release programs
	@tests/bench/import $(BUILD)
