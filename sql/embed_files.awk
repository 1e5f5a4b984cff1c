# embed_files.awk - turns whole files (migrations, seeds, texts of mails, templates, lists) into C arrays
#
#   LC_ALL=C awk -v mode=header -f sql/embed_files.awk array=embedded_migrations sql/migrations/*.sql \
#       array=embedded_seeds sql/seeds/*.sql > embedded.h
#   the same with mode=source > embedded.c
#
# Every file goes to the array named before it, in the order given, under its name without folders.
# The text is written as single characters because ISO C promises only 4095 of them in one string.
# POSIX awk only: Debian's awk is mawk. A missing newline at the end of a file is added.

function refuse(where, why) {
    print where ": " why > "/dev/stderr"
    exit 1
}

function learn_characters(    i) {
    for (i = 1; i < 256; i++)
        written[sprintf("%c", i)] = i > 31 && i < 127 ? sprintf("'%c'", i) : sprintf("'\\%03o'", i)
    written["\n"] = "'\\n'"
    written["\t"] = "'\\t'"
    written["\r"] = "'\\r'"
    written["'"] = "'\\''"
    written["\\"] = "'\\\\'"
}

function print_line(line,    i, out) {
    for (i = 1; i <= length(line); i++)
        out = out written[substr(line, i, 1)] ","
    print "    " out "'\\n',"
}

# Reads one file, and in source mode writes its bytes; an empty one is a mistake.
function take_file(path,    line, got, lines) {
    files++
    if (mode == "source")
        print "static const char file_" files "[] = {"
    while ((got = (getline line < path)) > 0) {
        lines++
        if (mode == "source")
            print_line(line)
    }
    if (got < 0)
        refuse(path, "cannot be read")
    if (lines == 0)
        refuse(path, "is empty")
    close(path)
    if (mode == "source")
        print "    '\\0',\n};\n"
    array_of[files] = array
    name_of[files] = path
    sub(/^.*\//, "", name_of[files])
}

function print_declarations(    i) {
    print "struct embedded_file {"
    print "    const char *name;\n    const char *text; /* ends with a zero byte */"
    print "    size_t length;    /* in bytes, without that zero */\n};\n"
    for (i = 1; i <= arrays; i++)
        print "extern const struct embedded_file " array_name[i] "[];\nextern const size_t " \
            array_name[i] "_count;"
    print "\n#endif"
}

function print_array(name,    i) {
    print "const struct embedded_file " name "[] = {"
    for (i = 1; i <= files; i++)
        if (array_of[i] == name)
            print "    {\"" name_of[i] "\", file_" i ", sizeof file_" i " - 1},"
    print "};\nconst size_t " name "_count = sizeof " name " / sizeof " name "[0];\n"
}

function open_array(name) {
    if (name !~ /^[a-z][a-z0-9_]*$/)
        refuse("embed_files.awk", "'" name "' cannot name an array")
    array = name
    array_name[++arrays] = name
    before[arrays] = files + 0
}

function check_arrays(    i) {
    if (arrays == 0)
        refuse("embed_files.awk", "no array=NAME was given")
    before[arrays + 1] = files + 0
    for (i = 1; i <= arrays; i++)
        if (before[i] == before[i + 1])
            refuse("embed_files.awk", "no files were given for '" array_name[i] "'")
}

BEGIN {
    if (mode != "header" && mode != "source")
        refuse("embed_files.awk", "-v mode=header or -v mode=source is needed")
    if (length("\303\251") != 2)
        refuse("embed_files.awk", "run it with LC_ALL=C: it must see bytes")
    learn_characters()
    print "/* embedded." (mode == "header" ? "h" : "c") \
        " - files built into the programs; made by sql/embed_files.awk, do not edit */"
    if (mode == "header")
        print "#ifndef KEEL_GENERATED_EMBEDDED_H\n#define KEEL_GENERATED_EMBEDDED_H\n\n#include <stddef.h>\n"
    else
        print "#include \"embedded.h\"\n"
    for (a = 1; a < ARGC; a++) {
        if (ARGV[a] ~ /^array=/)
            open_array(substr(ARGV[a], 7))
        else if (arrays == 0)
            refuse(ARGV[a], "comes before the first array=NAME")
        else
            take_file(ARGV[a])
    }
    check_arrays()
    if (mode == "header")
        print_declarations()
    else
        for (a = 1; a <= arrays; a++)
            print_array(array_name[a])
    exit 0
}
