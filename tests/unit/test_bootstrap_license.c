#include "lib/test.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "license.h"

TEST(names_become_spdx_expressions)
{
    static const struct {
        const char *text, *want;
        size_t refs;
    } rows[] = {
        {"Apache-2.0", "Apache-2.0", 0},
        {"apache-2.0", "Apache-2.0", 0},
        {"Expat", "MIT", 0},
        {"GPL-2+", "GPL-2.0-or-later", 0},
        {"BSD-3-clause", "BSD-3-Clause", 0},
        {"GPL-2+ or Expat", "(GPL-2.0-or-later OR MIT)", 0},
        {"MIT AND  Apache-2.0", "(MIT AND Apache-2.0)", 0},
        {"public-domain", "LicenseRef-public-domain", 1},
        {"GPL-3+ with GCC exception or ISC", "(LicenseRef-GPL-3--with-GCC-exception OR ISC)", 1},
        {"GPL-2, or Expat", "LicenseRef-GPL-2--or-Expat", 1}, /* what belongs together is not known */
        {"my own (c)", "LicenseRef-my-own--c-", 1},
        {"or", "(LicenseRef-unnamed OR LicenseRef-unnamed)", 1},
        {"NOASSERTION", "NOASSERTION", 0},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        json_auto_t *refs = json_array();
        char out[256];

        license_spdx(rows[i].text, "the manifest", refs, out, sizeof(out));
        if (strcmp(out, rows[i].want) != 0 || json_array_size(refs) != rows[i].refs)
            fail_msg("'%s' is '%s' with %zu references, not '%s'", rows[i].text, out, json_array_size(refs),
                     rows[i].want);
    }
}

static void of_file(const char *text, char *out, size_t n, json_t *refs)
{
    char path[] = "/tmp/test_license.XXXXXX";
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    license_of_copyright(path, "/usr/share/doc/x/copyright", refs, out, n);
    unlink(path);
}

TEST(a_copyright_file_names_each_license_once)
{
    json_auto_t *refs = json_array();
    char out[512];

    of_file("Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\nFiles: *\nLicense: Expat\n"
            "\nFiles: a\nLicense: GPL-2+ or Expat\n text\n\nFiles: b\nLicense: Expat\n\nLicense:\n\nLic\n"
            "License: Odd\n The text.\n",
            out, sizeof(out), refs);
    assert_string_equal(out, "MIT AND (GPL-2.0-or-later OR MIT) AND LicenseRef-Odd");
    assert_int_equal(json_array_size(refs), 1);
    assert_non_null(strstr(json_string_value(json_object_get(json_array_get(refs, 0), "extractedText")),
                           "/usr/share/doc/x/copyright"));
}

TEST(a_copyright_file_in_prose_asserts_nothing)
{
    static const char *const texts[] = {"", "This is GPL.\nLicense: GPL-2\n", "Format: x\n"};
    json_auto_t *refs = json_array();
    char out[64];

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        of_file(texts[i], out, sizeof(out), refs);
        assert_string_equal(out, "NOASSERTION");
    }
    license_of_copyright("/nonexistent", "x", refs, out, sizeof(out));
    assert_string_equal(out, "NOASSERTION");
}

TEST(what_is_too_long_is_cut)
{
    json_auto_t *refs = json_array();
    char text[5000], out[20];

    memset(text, 'a', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    license_spdx(text, "x", refs, out, sizeof(out));
    assert_int_equal(strlen(out), sizeof(out) - 1);
}

TEST_MAIN(cmocka_unit_test(names_become_spdx_expressions), cmocka_unit_test(a_copyright_file_names_each_license_once),
          cmocka_unit_test(a_copyright_file_in_prose_asserts_nothing), cmocka_unit_test(what_is_too_long_is_cut))
