/* Whatever is taken as a size, a CPU or a time is not negative and survives being written and read again. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "core/quantity.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int (*parse)(const char *, int64_t *, struct cr_error *),
                  void (*write)(int64_t, char[CR_QUANTITY_TEXT]), const char *text)
{
    struct cr_error err = {0};
    int64_t value, again;
    char short_form[CR_QUANTITY_TEXT];

    if (parse(text, &value, &err) < 0) {
        assert(err.code == CR_E_CONFIG && *err.msg && *err.hint);
        return;
    }
    assert(value >= 0);
    write(value, short_form);
    assert(strlen(short_form) < CR_QUANTITY_TEXT - 1);
    assert(parse(short_form, &again, &err) == 0 && again == value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[128];

    if (size >= sizeof(text))
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    check(cr_bytes_parse, cr_bytes_text, text);
    check(cr_cpu_parse, cr_cpu_text, text);
    check(cr_duration_parse, cr_duration_text, text);
    return 0;
}
