# tap.awk - reads what one test program printed; prints its failures, then "passed failed skipped" as last line
#
# Understands the TAP of cmocka (where a skipped test reads "not ok 3 # SKIP name") and of scripts that print
# `ok - sentence` and `not ok - sentence`. Lines with # behind a failure are its messages, and so is what a test that
# fails has said before. A plan (1..N) that does not come true, and an exit status that the lines do not explain, are
# failures too.
# Variables: program, status (its exit status), limit (seconds it was given).

function sentence(line)
{
    sub(/^(not )?ok *[0-9]* *(- )?(# *SKIP *)?/, "", line)
    return line
}

function complain(text)
{
    failed++
    print "FAILED  " program ": " text
}

# What the program said last, for those that ended without a word of TAP.
function show_tail(first)
{
    first = NR > 40 ? NR - 39 : 1
    for (; first <= NR; first++)
        print "        " lines[first]
}

BEGIN { planned = -1 }

{ lines[NR] = $0 }

/^1\.\.[0-9]+/ {
    planned = substr($1, 4) + 0
    next
}

/^(not )?ok( |$)/ {
    seen++
    failing = 0
    if ($0 ~ /# *[Ss][Kk][Ii][Pp]/) {
        skipped++
        print "skipped " program ": " sentence($0)
    } else if ($0 ~ /^ok/) {
        passed++
    } else {
        complain(sentence($0))
        for (i = 1; i <= kept; i++)
            print "        " said[i]
        failing = 1
    }
    kept = 0
    next
}

/^# not ok - / { next } # cmocka's word on the whole group

failing && /^#/ { print "        " substr($0, 3) }

NF && !/^#/ && kept < 10 { said[++kept] = $0 }

END {
    if (status == 124 || status == 137) {
        complain("still ran after " limit " seconds and was ended")
        show_tail()
    } else if (status >= 128) {
        complain("crashed (signal " status - 128 ")")
        show_tail()
    } else if (seen == 0) {
        complain("ran no test (exit status " status ")")
        show_tail()
    } else if (planned >= 0 && planned != seen) {
        complain("planned " planned " tests and ran " seen)
        show_tail()
    } else if (status != 0 && failed == 0) {
        complain("all tests passed, but it ended with status " status)
        show_tail()
    }
    print passed + 0, failed + 0, skipped + 0
}
