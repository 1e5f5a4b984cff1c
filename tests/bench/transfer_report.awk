# transfer_report.awk - the report of bench-import and bench-export; used with verdict.awk and transfer.awk
#
# awk -v figures=FILE -v rounds=N -v json=FILE -v strict=0|1. Exit status 1: a target was missed, and strict is set.

BEGIN {
    transfer_read(figures)
    transfer_table()
    print ""
    transfer_judge()
    printf "{\n  \"rounds\": %d,\n  \"targets\": [%s\n  ]\n}\n", rounds, targets >json
    exit strict && missed
}
